package dev.cairn.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The bytes of which records are made: the bytes of a file, or the unpacked bytes of a gzip file.
 */
interface FileContent extends Closeable {
  /** How many bytes at the beginning can be read again at any time. */
  int HEAD = 1024;

  static FileContent open(Path file) throws IOException {
    FileChannel channel = FileAccess.open(file);
    return GzipContent.isNamed(file) ? new GzipContent(file, channel) : of(file, channel);
  }

  /** The bytes of a file as they are. */
  static FileContent of(Path file, FileChannel channel) {
    return new FileContent() {
      @Override
      public int read(ByteBuffer buffer, long offset) throws IOException {
        return FileAccess.read(file, channel, buffer, offset);
      }

      @Override
      public OptionalLong size() throws IOException {
        return OptionalLong.of(channel.size());
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  /**
   * Reads bytes into a buffer. After the {@link #HEAD}, offsets must not go back.
   *
   * @return the number of bytes that were read; -1 at the current end
   */
  int read(ByteBuffer buffer, long offset) throws IOException;

  /** The current size; empty if it is known only after reading to the end. */
  OptionalLong size() throws IOException;
}
