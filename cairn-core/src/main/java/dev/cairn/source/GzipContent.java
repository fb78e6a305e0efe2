package dev.cairn.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The unpacked bytes of a gzip file. Going to an offset unpacks everything before it. */
final class GzipContent implements FileContent {
  private static final int UNKNOWN = -1;

  private final GzipStream stream;
  private byte @Nullable [] head;
  private long offset;
  private long size = UNKNOWN;

  GzipContent(Path file, FileChannel channel) {
    this.stream = new GzipStream(file, channel);
  }

  static boolean isNamed(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
  }

  @Override
  public int read(ByteBuffer buffer, long from) throws IOException {
    byte[] beginning = head();
    if (from < beginning.length) {
      int count = Math.min(buffer.remaining(), beginning.length - (int) from);
      buffer.put(beginning, (int) from, count);
      return count;
    }
    skipTo(from);
    int count =
        stream.read(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
    if (count < 0) {
      size = offset;
      return count;
    }
    buffer.position(buffer.position() + count);
    offset += count;
    return count;
  }

  private byte[] head() throws IOException {
    byte[] beginning = head;
    if (beginning == null) {
      beginning = stream.readNBytes(HEAD);
      head = beginning;
      offset = beginning.length;
      if (offset < HEAD) {
        size = offset;
      }
    }
    return beginning;
  }

  private void skipTo(long from) throws IOException {
    if (from < offset) {
      throw new IllegalStateException("byte %d was already passed [CAIRN-320]".formatted(from));
    }
    offset += stream.skip(from - offset);
  }

  @Override
  public OptionalLong size() {
    return size == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(size);
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
