package dev.cairn.cli.demo;

import dev.cairn.WorkContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/** Reads files for the inventory. Used by one thread. */
final class FileHasher {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final String UNKNOWN_TYPE = "application/octet-stream";

  private final MessageDigest digest = sha256();
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /** What is recorded of an entry. Stops in the middle of a file if the attempt has to. */
  FileRecord read(TreeWalk.Entry entry, WorkContext context) {
    if (entry.problem() != null) {
      return FileRecord.unreadable(entry.path(), entry.problem());
    }
    try {
      long size = 0;
      digest.reset();
      try (InputStream in = Files.newInputStream(entry.file())) {
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          digest.update(buffer, 0, read);
          size += read;
          context.yieldIfInterrupted();
        }
      }
      String sha256 = HexFormat.of().formatHex(digest.digest());
      return new FileRecord(entry.path(), size, sha256, mimeType(entry.file()), null);
    } catch (IOException e) {
      return FileRecord.unreadable(entry.path(), problem(e));
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Why something cannot be read, in a few words. */
  static String problem(IOException failure) {
    return switch (failure) {
      case AccessDeniedException e -> "permission denied";
      case NoSuchFileException e -> "deleted meanwhile";
      case NotDirectoryException e -> "replaced meanwhile";
      default -> failure.getClass().getSimpleName();
    };
  }

  private static String mimeType(Path file) throws IOException {
    return Objects.requireNonNullElse(Files.probeContentType(file), UNKNOWN_TYPE);
  }
}
