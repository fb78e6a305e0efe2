package dev.cairn.internal.json;

import dev.cairn.internal.foreign.ForeignFailure;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;

/**
 * Checks JSON before it goes into a statement. Invalid JSON would also fail the other jobs of that
 * statement.
 */
public final class StorableJson {
  private static final String ESCAPED_NUL = "\\u0000";

  private StorableJson() {}

  /**
   * Returns the JSON of a codec if PostgreSQL can store it as jsonb.
   *
   * @param what returns the name of the value for the message; called only if there is one
   * @throws IllegalArgumentException if the codec refuses the value, or as in {@link #require}
   */
  public static String encoded(Supplier<String> what, Supplier<String> codec) {
    String json;
    try {
      json = codec.get();
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "%s cannot be stored: %s [CAIRN-203]"
              .formatted(what.get(), new ForeignFailure(e).message()),
          e);
    }
    return require(what, json);
  }

  /**
   * Returns {@code json} if PostgreSQL can store it as jsonb.
   *
   * @param what returns the name of the value for the message; called only if there is one
   * @throws IllegalArgumentException if it contains U+0000 or half of a surrogate pair, or exceeds
   *     the limits of jsonb
   */
  public static String require(Supplier<String> what, String json) {
    if (containsNul(json)) {
      throw new IllegalArgumentException(
          what.get()
              + JsonLimits.whereNul(json)
              + " contains the character U+0000, which PostgreSQL cannot store [CAIRN-204]");
    }
    requireText(what, json);
    JsonLimits.require(what, json);
    return json;
  }

  /**
   * Returns {@code text} if PostgreSQL can store it.
   *
   * @param what names the text in the message
   * @throws IllegalArgumentException if it contains U+0000 or half of a surrogate pair
   */
  public static String requireText(String what, String text) {
    return requireText(() -> what, text);
  }

  /**
   * Returns {@code text} if PostgreSQL can store it.
   *
   * @param what returns the name of the value for the message; called only if there is one
   * @throws IllegalArgumentException if it contains U+0000 or half of a surrogate pair
   */
  public static String requireText(Supplier<String> what, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new IllegalArgumentException(
            what.get()
                + " contains the character U+0000, which PostgreSQL cannot store [CAIRN-204]");
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new IllegalArgumentException(
              what.get()
                  + " contains half of a surrogate pair at "
                  + i
                  + ", which is not valid text [CAIRN-204]");
        }
        i++;
      }
    }
    return text;
  }

  /**
   * Whether there is an escape of U+0000. After an odd number of backslashes, the backslash of the
   * escape is escaped itself, so the rest is plain text.
   */
  private static boolean containsNul(String json) {
    for (int at = json.indexOf(ESCAPED_NUL); at >= 0; at = json.indexOf(ESCAPED_NUL, at + 1)) {
      int backslashes = 0;
      while (at - backslashes > 0 && json.charAt(at - backslashes - 1) == '\\') {
        backslashes++;
      }
      if (backslashes % 2 == 0) {
        return true;
      }
    }
    return false;
  }

  /** Replaces what PostgreSQL cannot store, which is U+0000 and halves of surrogate pairs. */
  public static String clean(String text) {
    var clean = new StringBuilder(text.length());
    text.codePoints()
        .map(c ->
            c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) ? 0xFFFD : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  /**
   * Checks metadata and similar objects that are given as text.
   *
   * @throws IllegalArgumentException if it is not a JSON object that PostgreSQL can store
   */
  public static String requireObject(String what, String metadata) {
    require(() -> what, metadata);
    try {
      if (StoredJson.read(metadata).isObject()) {
        return metadata;
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not JSON: %s [CAIRN-206]".formatted(what, e.getOriginalMessage()), e);
    }
    throw new IllegalArgumentException(
        "%s must be a JSON object such as {\"customer\": 7}, not %s [CAIRN-206]"
            .formatted(what, metadata));
  }
}
