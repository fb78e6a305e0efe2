package dev.cairn.spi;

import java.lang.reflect.Type;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Converts values to JSON and back. Thread-safe. The default codec is {@link JacksonCodec}.
 *
 * <p>A value that was encoded, stored as jsonb and decoded is equal to the original, or it is
 * refused when it is encoded. A silent change would lose data or repeat work. PostgreSQL writes
 * numbers without exponents, has no negative zero, and sorts the keys of objects. Numbers in
 * arguments and outputs, which other languages read too, may come back in another notation of the
 * same amount.
 *
 * <p>All methods throw {@link IllegalArgumentException} with the field and the reason when a value
 * or a type does not fit.
 */
public interface JsonCodec {
  /**
   * Encodes job arguments, an output or metadata as JSON text.
   *
   * @throws IllegalArgumentException if the value does not fit, or if {@link #decode} would not
   *     return an equal value
   */
  String encode(@Nullable Object value);

  /**
   * Reads job arguments. Unknown properties are ignored, and missing ones get their default,
   * because producers in other versions and languages leave out empty properties.
   */
  <T> T decode(String json, Class<T> type);

  /**
   * Refuses a type of arguments whose values cannot be decoded. Called for each worker when its
   * client is built. The default accepts every type.
   */
  default void requireArguments(Class<?> type) {}

  /**
   * Refuses a type whose values {@link #decodeExactly} can never return. Called before the code of
   * a step runs. The default accepts every type.
   */
  default void requireExact(Type type) {}

  /**
   * Encodes a value that only {@link #decodeExactly} reads, such as a cursor or the result of a
   * step. May write more than {@link #encode}, so that the value comes back equal.
   */
  default String encodeExactly(@Nullable Object value) {
    return encode(value);
  }

  /**
   * Like {@link #encodeExactly(Object)}, but refuses a value that {@link #decodeExactly} would not
   * return equal. The default decodes each value once and compares it by {@code equals}.
   *
   * @param type the type that it will be decoded to
   */
  default String encodeExactly(@Nullable Object value, Type type) {
    String json = encodeExactly(value);
    Object back = decodeExactly(json, type);
    if (!Objects.deepEquals(value, back)) {
      throw new IllegalArgumentException(
          "%s would come back as %s: use another type".formatted(value, back));
    }
    return json;
  }

  /**
   * Returns the text of the arguments for a unique key. The text has the properties that are marked
   * with {@link dev.cairn.Unique}, or all if none is marked. Equal arguments have equal texts. The
   * text has River's form, so that programs in Go compute the same key.
   *
   * <p>The default sorts the outermost object of {@link #encode} and keeps the rest as written.
   * Override it in a codec that writes maps or sets in no fixed order, or to support marks. A codec
   * that delegates {@link #encode} has to delegate this method too.
   */
  default String encodeUnique(Object args) {
    return UniqueText.of(encode(args));
  }

  /**
   * Checks that {@link #encodeUnique} honours every mark of a type. Called for the types of all
   * workers when a client is built, and before the first insertion of any other type.
   *
   * <p>The default refuses every mark.
   *
   * @throws IllegalArgumentException if a {@link dev.cairn.Unique} cannot be honoured, with the
   *     type, the field and a remedy in the message
   */
  default void requireUnique(Class<?> argsType) {
    if (MarkedMembers.within(argsType)) {
      throw new IllegalArgumentException(
          "%s has properties with @Unique, and codec %s does not support marks: override encodeUnique and requireUnique in it, or remove the marks [CAIRN-111]"
              .formatted(argsType.getName(), getClass().getName()));
    }
  }

  /**
   * Reads a value that this program itself has written, such as a cursor or the result of a step. A
   * value that does not fit exactly is an error: it never becomes null or zero.
   */
  @Nullable Object decodeExactly(String json, Type type);

  /**
   * Reads a value that a program in another language has written for this type, such as a cursor of
   * River for Go. Like {@link #decodeExactly}, but a missing property gets its default, because Go
   * leaves out empty properties.
   */
  default @Nullable Object decodeForeign(String json, Type type) {
    return decodeExactly(json, type);
  }
}
