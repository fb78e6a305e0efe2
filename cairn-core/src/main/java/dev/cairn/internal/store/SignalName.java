package dev.cairn.internal.store;

import dev.cairn.internal.json.StorableJson;
import java.util.Objects;

/** The name of a signal. */
public final class SignalName {
  private static final int LENGTH_MAX = 255;

  private SignalName() {}

  /**
   * Returns the name if it is valid.
   *
   * @throws IllegalArgumentException if it does not have 1 to 255 characters, or PostgreSQL cannot
   *     store it
   */
  public static String require(String name) {
    int length = Objects.requireNonNull(name, "name").codePointCount(0, name.length());
    if (length == 0 || length > LENGTH_MAX) {
      throw new IllegalArgumentException(
          "a signal's name must have 1 to %d characters: '%s'".formatted(LENGTH_MAX, name));
    }
    return StorableJson.requireText("the name of a signal", name);
  }
}
