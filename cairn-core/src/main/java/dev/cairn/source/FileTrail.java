package dev.cairn.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/*
 * Before a reader resumes, it checks that the bytes before its position have not changed. Reading
 * all of them again would take minutes for a large file. So the digest covers only the block before
 * the current one, and the current block up to the position. Two running checksums are enough for
 * that: one began at the start of the previous block, the other at the start of the current block.
 */

/** The digest of the bytes before a position in a file. */
final class FileTrail {
  static final int BLOCK = 1024 * 1024;

  private final int block;
  private CRC32C sincePreviousBlock = new CRC32C();
  private CRC32C sinceBlock = new CRC32C();
  private long offset;
  private byte last;

  private FileTrail(int block, long start) {
    this.block = block;
    this.offset = start;
  }

  /** Reads the bytes before a position, less than two blocks; fewer if the file ends before it. */
  static FileTrail before(FileContent content, long position, int block) throws IOException {
    var trail = new FileTrail(block, start(position, block));
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(64 * 1024, position - trail.offset));
    while (trail.offset < position) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), position - trail.offset));
      int count = content.read(buffer, trail.offset);
      if (count < 0) {
        break;
      }
      trail.add(buffer.array(), 0, count);
    }
    return trail;
  }

  private static long start(long position, int block) {
    return Math.max(0, (position / block - 1) * block);
  }

  long offset() {
    return offset;
  }

  void add(byte[] bytes, int from, int to) {
    int next = from;
    while (next < to) {
      int count = (int) Math.min(to - next, block - offset % block);
      sincePreviousBlock.update(bytes, next, count);
      sinceBlock.update(bytes, next, count);
      next += count;
      offset += count;
      last = bytes[next - 1];
      if (offset % block == 0) {
        sincePreviousBlock = sinceBlock;
        sinceBlock = new CRC32C();
      }
    }
  }

  /** The last byte before the position; 0 if there is none. */
  byte last() {
    return last;
  }

  /** The number of covered bytes, and their checksum. */
  String digest() {
    return (offset - start(offset, block))
        + ":"
        + HexFormat.of().toHexDigits((int) sincePreviousBlock.getValue());
  }
}
