package dev.cairn.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/*
 * GZIPInputStream ends the file at bytes after a member that are not another member: with a damaged
 * header, the rest would vanish without an error. Here every byte must belong to a member.
 */

/** Unpacks the members of a gzip file (RFC 1952), one after the other. */
final class GzipStream extends InputStream {
  static final int MAGIC = 0x1F8B;

  private static final int DEFLATE = 8;
  private static final int HAS_HEADER_CHECKSUM = 2;
  private static final int HAS_EXTRA_FIELD = 4;
  private static final int HAS_NAME = 8;
  private static final int HAS_COMMENT = 16;
  private static final int TIME_AND_SYSTEM_BYTES = 6;
  private static final int BUFFER = 64 * 1024;

  private final Path file;
  private final FileChannel channel;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private final ByteBuffer packed = ByteBuffer.allocate(BUFFER).limit(0);
  private long packedEnd;
  private long unpacked;
  private boolean isInMember;

  GzipStream(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  /**
   * Reads unpacked bytes.
   *
   * @throws IllegalStateException if the file is damaged or ends within a member
   */
  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    while (length > 0) {
      if (!isInMember && !beginMember()) {
        return -1;
      }
      int count = inflate(bytes, from, length);
      if (count > 0) {
        checksum.update(bytes, from, count);
        unpacked += count;
        return count;
      }
      if (inflater.finished()) {
        endMember();
      } else if (!fill()) {
        throw endsWithinMember();
      }
    }
    return 0;
  }

  private int inflate(byte[] bytes, int from, int length) {
    try {
      return inflater.inflate(bytes, from, length);
    } catch (DataFormatException e) {
      throw damaged("its compressed data is not valid (%s)".formatted(e.getMessage()));
    }
  }

  /** Returns false at the end of the file. */
  private boolean beginMember() throws IOException {
    if (!packed.hasRemaining() && !fill()) {
      requireNotCut();
      return false;
    }
    boolean isFirst = packedOffset() == 0;
    if (((next() << 8) | next()) != MAGIC) {
      throw isFirst
          ? isNotPacked()
          : damaged("the bytes after a gzip member are not another member");
    }
    if (next() != DEFLATE) {
      throw damaged("its compression method is not deflate");
    }
    skipHeader(next());
    inflater.reset();
    inflater.setInput(packed);
    checksum.reset();
    isInMember = true;
    return true;
  }

  private void skipHeader(int flags) throws IOException {
    skipBytes(TIME_AND_SYSTEM_BYTES);
    if ((flags & HAS_EXTRA_FIELD) != 0) {
      skipBytes((int) number(2));
    }
    if ((flags & HAS_NAME) != 0) {
      skipText();
    }
    if ((flags & HAS_COMMENT) != 0) {
      skipText();
    }
    if ((flags & HAS_HEADER_CHECKSUM) != 0) {
      skipBytes(2);
    }
  }

  private void skipBytes(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  private void skipText() throws IOException {
    while (next() != 0) {
      // Read up to the zero that ends the text.
    }
  }

  private void endMember() throws IOException {
    if (number(4) != checksum.getValue()
        || number(4) != (inflater.getBytesWritten() & 0xFFFF_FFFFL)) {
      throw damaged("the checksum of a gzip member is wrong");
    }
    isInMember = false;
  }

  private long number(int bytes) throws IOException {
    long number = 0;
    for (int i = 0; i < bytes; i++) {
      number |= (long) next() << (8 * i);
    }
    return number;
  }

  private int next() throws IOException {
    if (!packed.hasRemaining() && !fill()) {
      throw endsWithinMember();
    }
    return packed.get() & 0xFF;
  }

  /** Fills the buffer again when it is used up. Returns false at the end of the file. */
  private boolean fill() throws IOException {
    int count = FileAccess.read(file, channel, packed.clear(), packedEnd);
    packed.flip();
    packedEnd += Math.max(0, count);
    return count > 0;
  }

  private long packedOffset() {
    return packedEnd - packed.remaining();
  }

  private void requireNotCut() throws IOException {
    if (packedEnd == 0) {
      throw isNotPacked();
    }
    if (channel.size() < packedEnd) {
      throw new IllegalStateException(
          ("%s was read up to byte %d, but now has only %d: it was cut while it was read. "
                  + "Restart the job to read it from its beginning [CAIRN-320]")
              .formatted(file, packedEnd, channel.size()));
    }
  }

  private IllegalStateException isNotPacked() {
    return new IllegalStateException(
        "%s is not compressed by gzip, as its name says: rename it, or replace it and retry the job [CAIRN-321]"
            .formatted(file));
  }

  private IllegalStateException endsWithinMember() {
    return damaged("it ends within a gzip member, so it was cut, or is still being written");
  }

  private IllegalStateException damaged(String reason) {
    return new IllegalStateException(
        ("%s cannot be unpacked after byte %d of its text (byte %d of the file): %s. Replace "
                + "the file with an intact copy and retry the job, which continues after the last "
                + "finished record [CAIRN-321]")
            .formatted(file, unpacked, packedOffset(), reason));
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    channel.close();
  }
}
