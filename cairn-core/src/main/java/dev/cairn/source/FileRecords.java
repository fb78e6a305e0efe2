package dev.cairn.source;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The records of a file in UTF-8, without their line ends. The position is the offset in bytes
 * behind the last finished record, so that reading goes on with a seek.
 *
 * @param quoted whether a line end within double quotes belongs to the record, as in CSV
 */
record FileRecords(Path file, boolean quoted) implements Source<String, Long> {
  /** The first bytes of a file tell whether it is still the same one. */
  private static final int HEAD = 1024;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  @Override
  public Type cursorType() {
    return Long.class;
  }

  @Override
  public boolean hasPin() {
    return true;
  }

  @Override
  public Optional<String> pin() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int length = (int) Math.min(channel.size(), HEAD);
      return Optional.of(length + ":" + digest(channel, length));
    }
  }

  private static String digest(FileChannel channel, int length) throws IOException {
    var head = ByteBuffer.allocate(length);
    while (head.hasRemaining() && channel.read(head, head.position()) >= 0) {
      // Until the head is full or the file has ended.
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(head.array(), head.position()));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** In bytes: how many records there are, only reading them tells. */
  @Override
  public OptionalLong size(Optional<String> pinned) throws IOException {
    return OptionalLong.of(Files.size(file));
  }

  @Override
  public long done(Long position, long items) {
    return position;
  }

  @Override
  public Reader<String, Long> open(@Nullable Long after, Optional<String> pinned)
      throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    boolean opened = false;
    try {
      long start = after == null ? 0 : after;
      requireSameFile(channel, start, pinned);
      var records = new Records(channel, start);
      opened = true;
      return records;
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private void requireSameFile(FileChannel channel, long start, Optional<String> pinned)
      throws IOException {
    if (start > channel.size()) {
      throw new IllegalStateException(
          "%s was read up to byte %d, but has only %d now: it was cut or replaced; restart the job to read it from its beginning"
              .formatted(file, start, channel.size()));
    }
    if (pinned.isPresent()) {
      String[] parts = pinned.get().split(":", 2);
      int length = Integer.parseInt(parts[0]);
      if (!digest(channel, length).equals(parts[1])) {
        throw new IllegalStateException(
            "%s is not the file that this job began to read: its first %d bytes are others; restart the job to read it from its beginning"
                .formatted(file, length));
      }
    }
  }

  private final class Records implements Reader<String, Long> {
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024).limit(0);
    private byte[] record = new byte[256];
    private long offset;

    Records(FileChannel channel, long start) throws IOException {
      this.channel = channel;
      this.offset = start;
      channel.position(start);
      if (start == 0) {
        skipByteOrderMark();
      }
    }

    private void skipByteOrderMark() throws IOException {
      for (int i = 0; i < BYTE_ORDER_MARK.length; i++) {
        if (read() != (BYTE_ORDER_MARK[i] & 0xFF)) {
          channel.position(0);
          buffer.limit(0);
          offset = 0;
          return;
        }
      }
    }

    @Override
    public @Nullable Item<String, Long> next() throws IOException {
      long start = offset;
      int length = 0;
      boolean inQuotes = false;
      int read;
      while ((read = read()) >= 0 && (read != '\n' || inQuotes)) {
        if (quoted && read == '"') {
          inQuotes = !inQuotes;
        }
        if (length == record.length) {
          record = Arrays.copyOf(record, length * 2);
        }
        record[length++] = (byte) read;
      }
      if (read < 0 && offset == start) {
        return null;
      }
      if (inQuotes) {
        throw new EOFException(
            "%s ends within quotes that begin in the record at byte %d".formatted(file, start));
      }
      if (read >= 0 && length > 0 && record[length - 1] == '\r') {
        length--;
      }
      return new Item<>(decode(start, length), offset);
    }

    private String decode(long start, int length) throws CharacterCodingException {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(record, 0, length))
            .toString();
      } catch (CharacterCodingException e) {
        var named =
            new CharacterCodingException() {
              private static final long serialVersionUID = 1L;

              @Override
              public String getMessage() {
                return "%s is not in UTF-8 in the record at byte %d".formatted(file, start);
              }
            };
        named.initCause(e);
        throw named;
      }
    }

    private int read() throws IOException {
      if (!buffer.hasRemaining()) {
        buffer.clear();
        int count = channel.read(buffer);
        buffer.flip();
        if (count < 0) {
          buffer.limit(0);
          return -1;
        }
      }
      offset++;
      return buffer.get() & 0xFF;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
