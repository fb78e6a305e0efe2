package dev.cairn.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks by its content whether a file is text, and whether it is still the same file. */
record FileIdentity(Path file, FileChannel channel) {
  private static final int HEAD = 1024;

  /** A digest of the first bytes, for {@link #requireSame} in later attempts. */
  String pin() throws IOException {
    int length = (int) Math.min(channel.size(), HEAD);
    return length + ":" + digest(length);
  }

  private String digest(int length) throws IOException {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(head(length));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private byte[] head(int length) throws IOException {
    var head = ByteBuffer.allocate(length);
    while (head.hasRemaining() && channel.read(head, head.position()) >= 0) {
      // Until the head is full or the file has ended.
    }
    return Arrays.copyOf(head.array(), head.position());
  }

  /** Refuses files whose lines would be garbage. */
  void requireText() throws IOException {
    byte[] head = head(4);
    String kind = kind(head);
    if (kind != null) {
      throw new IllegalStateException(
          "%s is %s, but sources read text in UTF-8: convert or unpack it first [CAIRN-321]"
              .formatted(file, kind));
    }
  }

  private static @Nullable String kind(byte[] head) {
    int begin = head.length < 2 ? 0 : (head[0] & 0xFF) << 8 | (head[1] & 0xFF);
    if (begin == 0x1F8B) {
      return "compressed by gzip";
    }
    if (begin == 0xFFFE || begin == 0xFEFF || hasZerosOfWideText(head)) {
      return "in UTF-16 or UTF-32";
    }
    if (Arrays.equals(head, new byte[] {'P', 'K', 3, 4})) {
      return "a zip archive, such as a workbook of Excel";
    }
    return null;
  }

  /** Recognizes wide text without a byte order mark by the zero bytes of its first letters. */
  private static boolean hasZerosOfWideText(byte[] head) {
    int zeros = 0;
    for (byte each : head) {
      zeros = zeros << 1 | (each == 0 ? 1 : 0);
    }
    return head.length == 4
        && (zeros == 0b0101 || zeros == 0b1010 || zeros == 0b0111 || zeros == 0b1110);
  }

  /**
   * Refuses to resume if the file was cut or replaced.
   *
   * @return the running digest at the position
   */
  FileTrail requireSame(FilePosition position, Optional<String> pinned) throws IOException {
    if (position.offset() > channel.size()) {
      throw new IllegalStateException(
          "%s was read up to byte %d, but has only %d now: it was cut or replaced; restart the job to read it from its beginning [CAIRN-320]"
              .formatted(file, position.offset(), channel.size()));
    }
    if (pinned.isPresent()) {
      String[] parts = pinned.get().split(":", 2);
      int length = Integer.parseInt(parts[0]);
      if (!digest(length).equals(parts[1])) {
        throw isAnother("its first %d bytes".formatted(length));
      }
    }
    FileTrail trail = FileTrail.before(channel, position.offset(), FileTrail.BLOCK);
    if (position.digest() != null && !position.digest().equals(trail.digest())) {
      throw isAnother("the bytes before byte %d".formatted(position.offset()));
    }
    return trail;
  }

  private IllegalStateException isAnother(String difference) {
    return new IllegalStateException(
        "%s is not the file that this job began to read: %s differ; restart the job to read it from its beginning [CAIRN-320]"
            .formatted(file, difference));
  }
}
