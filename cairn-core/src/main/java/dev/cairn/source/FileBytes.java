package dev.cairn.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;

/** Reads the bytes of a file from a position on, and keeps the digest of the bytes before it. */
final class FileBytes implements AutoCloseable {
  static final int END = -1;

  private static final int BUFFER_MIN = 4 * 1024;
  private static final int BUFFER = 64 * 1024;

  private final FileContent content;
  private final FileTrail trail;
  private final byte[] bytes;
  private int trailed;
  private int next;
  private int end;
  private long endOffset;

  FileBytes(FileContent content, FileTrail trail) throws IOException {
    this.content = content;
    this.trail = trail;
    this.endOffset = trail.offset();
    long size = content.size().orElse(Long.MAX_VALUE);
    this.bytes = new byte[Math.clamp(size - endOffset, BUFFER_MIN, BUFFER)];
  }

  /** The offset of the next byte. */
  long offset() {
    return endOffset - (end - next);
  }

  /** The next byte, or {@link #END} at the current end of the file. */
  int read() throws IOException {
    return atEnd() ? END : bytes[next++] & 0xFF;
  }

  /** Skips the next byte if it has this value. */
  boolean skip(int wanted) throws IOException {
    if (atEnd() || bytes[next] != wanted) {
      return false;
    }
    next++;
    return true;
  }

  /** Skips these bytes if the file begins with them. Call it before reading anything else. */
  void skip(byte[] wanted) throws IOException {
    if (!atEnd()
        && Arrays.equals(bytes, 0, Math.min(wanted.length, end), wanted, 0, wanted.length)) {
      next = wanted.length;
    }
  }

  /** The byte before the first one that is read; 0 at the beginning of the file. */
  int previous() {
    return trail.last();
  }

  boolean atEnd() throws IOException {
    return next == end && !fill();
  }

  private boolean fill() throws IOException {
    follow();
    int count = content.read(ByteBuffer.wrap(bytes), endOffset);
    if (count <= 0) {
      return false;
    }
    next = 0;
    trailed = 0;
    end = count;
    endOffset += count;
    return true;
  }

  private void follow() {
    trail.add(bytes, trailed, next);
    trailed = next;
  }

  /** The digest of the bytes before the next one. */
  String digest() {
    follow();
    return trail.digest();
  }

  /** The current size, as {@link FileContent#size} reports it. */
  OptionalLong size() throws IOException {
    return content.size();
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
