package dev.cairn.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The log of one attempt: its last 2 MB. Valid until the attempt ends. Later lines are not kept.
 * Thread-safe.
 */
public final class AttemptLog {
  /** The most bytes that are kept of one attempt, as in River. */
  static final int BYTES_MAX = 2 << 20;

  private final Deque<String> lines = new ArrayDeque<>();
  private long bytes;
  private long dropped;

  AttemptLog() {}

  /** Adds a text, and a line end if the text has none. */
  public void add(String text) {
    String line = storable(text.endsWith("\n") ? text : text + "\n");
    synchronized (lines) {
      lines.add(line);
      bytes += bytes(line);
      while (bytes > BYTES_MAX && lines.size() > 1) {
        drop(bytes(lines.remove()));
      }
      if (bytes > BYTES_MAX) {
        shorten(lines.remove());
      }
    }
  }

  boolean isEmpty() {
    synchronized (lines) {
      return lines.isEmpty();
    }
  }

  /** All kept lines, after a line that says how much was dropped. */
  String text() {
    synchronized (lines) {
      String all = String.join("", lines);
      return dropped == 0 ? all : "... %d bytes dropped ...\n".formatted(dropped) + all;
    }
  }

  private void drop(int size) {
    bytes -= size;
    dropped += size;
  }

  /** One text that is too large by itself: its end is kept, in whole characters. */
  private void shorten(String line) {
    byte[] encoded = line.getBytes(StandardCharsets.UTF_8);
    int from = encoded.length - BYTES_MAX;
    while ((encoded[from] & 0xC0) == 0x80) {
      from++;
    }
    lines.add(new String(encoded, from, encoded.length - from, StandardCharsets.UTF_8));
    drop(from);
  }

  /** What PostgreSQL can store: no U+0000, and a question mark for half a surrogate pair. */
  private static String storable(String text) {
    byte[] encoded = text.replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8);
    return new String(encoded, StandardCharsets.UTF_8);
  }

  private static int bytes(String line) {
    return line.getBytes(StandardCharsets.UTF_8).length;
  }
}
