package dev.cairn.chaos.proxy;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Splits a stream of PostgreSQL's protocol, version 3, into messages. Used by one thread. */
final class Frames {
  static final int HEADER_BYTES = 5;

  /** The longest message; jobs and their checkpoints are far smaller. */
  private static final int MESSAGE_BYTES_MAX = 64 << 20;

  private final DataInputStream stream;

  Frames(InputStream stream) {
    this.stream = new DataInputStream(stream);
  }

  /** The first message of a client, which has no type; null at the end. */
  byte @Nullable [] startup() throws IOException {
    try {
      int length = stream.readInt();
      byte[] message = new byte[checked(length)];
      ByteBuffer.wrap(message).putInt(length);
      stream.readFully(message, Integer.BYTES, length - Integer.BYTES);
      return message;
    } catch (EOFException e) {
      return null;
    }
  }

  /** The next message with its header; null at the end. */
  byte @Nullable [] next() throws IOException {
    try {
      int type = stream.read();
      if (type < 0) {
        return null;
      }
      int length = stream.readInt();
      byte[] message = new byte[checked(length) + 1];
      ByteBuffer.wrap(message).put((byte) type).putInt(length);
      stream.readFully(message, HEADER_BYTES, length - Integer.BYTES);
      return message;
    } catch (EOFException e) {
      return null;
    }
  }

  /** Whether more can be read without waiting. */
  boolean hasMore() throws IOException {
    return stream.available() > 0;
  }

  private static int checked(int length) throws IOException {
    if (length < Integer.BYTES || length > MESSAGE_BYTES_MAX) {
      throw new IOException("not PostgreSQL's protocol: a message of %d bytes".formatted(length));
    }
    return length;
  }
}
