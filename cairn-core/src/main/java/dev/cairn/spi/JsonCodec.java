package dev.cairn.spi;

import java.lang.reflect.Type;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns values into JSON and back. Thread-safe. The default one is {@link JacksonCodec}.
 *
 * <p>A value that was encoded, stored as jsonb and decoded is equal to what it was, or is refused
 * when it is encoded: silent changes would drop data or repeat work. PostgreSQL writes numbers
 * without exponents, knows no negative zero, and sorts the keys of objects. Numbers in arguments
 * and outputs, which other languages read too, may come back in another notation of the same
 * amount.
 *
 * <p>All methods throw {@link IllegalArgumentException} with the field and the reason when a value
 * or a type does not fit.
 */
public interface JsonCodec {
  /**
   * Job arguments, an output or metadata as JSON text.
   *
   * @throws IllegalArgumentException also if {@link #decode} would not give back an equal value
   */
  String encode(@Nullable Object value);

  /**
   * Reads job arguments: properties that the type does not know are passed over and missing ones
   * get their default, since producers in other versions and languages leave out what is empty.
   */
  <T> T decode(String json, Class<T> type);

  /**
   * Refuses a type of arguments of which no value could be decoded. Called for each worker when its
   * client is built. Unless overridden every type is accepted.
   */
  default void requireArguments(Class<?> type) {}

  /**
   * Refuses a type of which {@link #decodeExactly} could never give back a value. Called before the
   * code of a step runs. Unless overridden every type is accepted.
   */
  default void requireExact(Type type) {}

  /**
   * Writes what only {@link #decodeExactly} reads, such as a cursor or the result of a step, and
   * may add to {@link #encode} what that needs to give back an equal value.
   */
  default String encodeExactly(@Nullable Object value) {
    return encode(value);
  }

  /**
   * As {@link #encodeExactly(Object)}, and refuses a value that {@link #decodeExactly} would not
   * give back. Unless overridden, each value is decoded once and compared by {@code equals}.
   *
   * @param type what it will be decoded to
   */
  default String encodeExactly(@Nullable Object value, Type type) {
    String json = encodeExactly(value);
    Object back = decodeExactly(json, type);
    if (!Objects.deepEquals(value, back)) {
      throw new IllegalArgumentException(
          "%s would come back as %s: take another type".formatted(value, back));
    }
    return json;
  }

  /**
   * Reads what this program itself has written, such as a cursor or the result of a step: whatever
   * does not fit exactly is an error, never a null or zero (R14).
   */
  @Nullable Object decodeExactly(String json, Type type);
}
