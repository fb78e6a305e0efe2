package dev.cairn.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Checks the content of a file: whether it is text, and whether it is still the same file. */
record FileIdentity(Path file, FileContent content) {
  private static final byte[] TAR = "ustar".getBytes(StandardCharsets.US_ASCII);
  private static final int TAR_OFFSET = 257;

  /** A digest of the first bytes, for {@link #requireSame} in later attempts. */
  String pin() throws IOException {
    byte[] head = head(FileContent.HEAD);
    return head.length + ":" + digest(head);
  }

  private static String digest(byte[] head) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(head);
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private byte[] head(int length) throws IOException {
    var head = ByteBuffer.allocate(length);
    while (head.hasRemaining() && content.read(head, head.position()) >= 0) {
      // Until the head is full or the file has ended.
    }
    return Arrays.copyOf(head.array(), head.position());
  }

  /** Refuses files whose lines would be garbage. */
  void requireText() throws IOException {
    byte[] head = head(FileContent.HEAD);
    String kind = kind(head);
    if (kind != null) {
      throw new IllegalStateException(
          "%s is %s, but sources read text in UTF-8: convert or unpack it first; a file compressed by gzip may stay so if its name ends with .gz [CAIRN-321]"
              .formatted(file, kind));
    }
  }

  private static @Nullable String kind(byte[] head) {
    int begin = head.length < 2 ? 0 : (head[0] & 0xFF) << 8 | (head[1] & 0xFF);
    if (begin == GzipStream.MAGIC) {
      return "compressed by gzip";
    }
    if (begin == 0xFFFE || begin == 0xFEFF || hasZerosOfWideText(head)) {
      return "in UTF-16 or UTF-32";
    }
    if (hasAt(0, head, new byte[] {'P', 'K', 3, 4})) {
      return "a zip archive, such as a workbook of Excel";
    }
    if (hasAt(TAR_OFFSET, head, TAR)) {
      return "a tar archive";
    }
    return null;
  }

  private static boolean hasAt(int offset, byte[] head, byte[] wanted) {
    int end = offset + wanted.length;
    return end <= head.length && Arrays.equals(head, offset, end, wanted, 0, wanted.length);
  }

  /** Recognizes wide text without a byte order mark by the zero bytes of its first letters. */
  private static boolean hasZerosOfWideText(byte[] head) {
    int zeros = 0;
    for (int i = 0; i < Math.min(4, head.length); i++) {
      zeros = zeros << 1 | (head[i] == 0 ? 1 : 0);
    }
    return head.length >= 4
        && (zeros == 0b0101 || zeros == 0b1010 || zeros == 0b0111 || zeros == 0b1110);
  }

  /**
   * Refuses to resume if the file was cut or replaced.
   *
   * @return the running digest at the position
   */
  FileTrail requireSame(FilePosition position, Optional<String> pinned) throws IOException {
    requireSize(position);
    if (pinned.isPresent()) {
      String[] parts = pinned.get().split(":", 2);
      int length = Integer.parseInt(parts[0]);
      if (!digest(head(length)).equals(parts[1])) {
        throw isAnother("its first %d bytes".formatted(length));
      }
    }
    FileTrail trail = FileTrail.before(content, position.offset(), FileTrail.BLOCK);
    requireSize(position);
    if (position.digest() != null && !position.digest().equals(trail.digest())) {
      throw isAnother("the bytes before byte %d".formatted(position.offset()));
    }
    return trail;
  }

  /**
   * Checks the size, unless it is unknown: the unpacked size of a gzip file is known only at its
   * end.
   */
  private void requireSize(FilePosition position) throws IOException {
    OptionalLong size = content.size();
    if (size.isPresent() && position.offset() > size.getAsLong()) {
      throw new IllegalStateException(
          ("%s was read up to byte %d, but now has only %d: it was cut or replaced. Restart the "
                  + "job to read it from its beginning [CAIRN-320]")
              .formatted(file, position.offset(), size.getAsLong()));
    }
  }

  private IllegalStateException isAnother(String difference) {
    return new IllegalStateException(
        ("%s is not the file that this job started to read: %s differ. Restart the job to "
                + "read it from its beginning [CAIRN-320]")
            .formatted(file, difference));
  }
}
