package dev.cairn.spi;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Turns values into JSON and back. Thread-safe. The default one is {@link JacksonCodec}.
 *
 * <p>Both methods throw {@link IllegalArgumentException} with the field and the reason when a value
 * does not fit.
 */
public interface JsonCodec {
  /** The value as JSON text. */
  String encode(@Nullable Object value);

  /**
   * Reads job arguments: properties that the type does not know are passed over and missing ones
   * get their default, since producers in other versions and languages leave out what is empty.
   */
  <T> T decode(String json, Class<T> type);

  /**
   * Writes what only {@link #decodeExactly} reads, such as a cursor or the result of a step, and
   * may add to {@link #encode} what that needs to give back an equal value.
   */
  default String encodeExactly(@Nullable Object value) {
    return encode(value);
  }

  /**
   * Reads what this program itself has written, such as a cursor or the result of a step: whatever
   * does not fit exactly is an error, never a null or zero (R14).
   */
  @Nullable Object decodeExactly(String json, Type type);

  /**
   * Reads what a program in another language has written for this type, such as a cursor of River
   * for Go: like {@link #decodeExactly}, but a missing property gets its default, since Go leaves
   * out what is empty.
   */
  default @Nullable Object decodeForeign(String json, Type type) {
    return decodeExactly(json, type);
  }
}
