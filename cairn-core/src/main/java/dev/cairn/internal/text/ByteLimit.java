package dev.cairn.internal.text;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** Refuses texts that are too large to be stored, in bytes of UTF-8. */
public final class ByteLimit {
  /**
   * The longest path of a step. An entry of an index has at most 2,704 bytes, and Cairn's index has
   * other columns beside the path.
   */
  static final int PATH_MAX = 2_000;

  private static final int CHARACTER_MAX = 3;

  private ByteLimit() {}

  /**
   * Returns the JSON of a value that a job keeps, if it is not too large.
   *
   * @param what returns the name of the value for the message; called only if there is one
   * @throws IllegalArgumentException if it is larger
   */
  public static String ofValue(Supplier<String> what, String json, int bytesMax) {
    return require(
        what,
        json,
        bytesMax,
        "keep the data in your own table and only its key here, or raise resumableLimits");
  }

  /**
   * Returns the path of a step, including the names of its enclosing steps, if it is not too long.
   *
   * @param what returns the name of the value for the message; called only if there is one
   * @throws IllegalArgumentException if it is longer
   */
  public static String ofPath(Supplier<String> what, String path) {
    return require(what, path, PATH_MAX, "nest fewer steps, or give them shorter names");
  }

  private static String require(Supplier<String> what, String text, int bytesMax, String wayOut) {
    // Only long texts need their bytes counted.
    if (text.length() > bytesMax / CHARACTER_MAX) {
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > bytesMax) {
        throw new IllegalArgumentException(
            "%s has %d bytes, but at most %d are allowed: %s [CAIRN-205]"
                .formatted(what.get(), bytes, bytesMax, wayOut));
      }
    }
    return text;
  }
}
