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
   * Writes what a unique key compares by {@link dev.cairn.UniqueOptions#withArgs()}: the arguments
   * as {@link #encode} writes them, but only what is marked with {@link dev.cairn.Unique}, and
   * equal arguments always alike. The result is River's text, which Go makes of the same arguments.
   *
   * <p>The default takes all of {@link #encode}, and sorts the outermost object. A codec that
   * writes maps or sets in the JVM's order, or has to honour marks, needs more than that. One that
   * delegates to another for {@link #encode} delegates this as well.
   */
  default String encodeUnique(Object args) {
    return UniqueText.of(encode(args));
  }

  /**
   * Checks that {@link #encodeUnique} honours all marks of a type. Called for the types of all
   * workers when a client is built, and before the first insertion of any other type.
   *
   * <p>The default refuses every mark.
   *
   * @throws IllegalArgumentException if a {@link dev.cairn.Unique} cannot be honoured, with the
   *     type, the field and a way out
   */
  default void requireUnique(Class<?> argsType) {
    if (MarkedMembers.within(argsType)) {
      throw new IllegalArgumentException(
          "%s has properties with @Unique, and codec %s does not say which those are in its JSON: override encodeUnique and requireUnique in it, or remove the marks"
              .formatted(argsType.getName(), getClass().getName()));
    }
  }

  /**
   * Reads what this program itself has written, such as a cursor or the result of a step: whatever
   * does not fit exactly is an error, never a null or zero (R14).
   */
  @Nullable Object decodeExactly(String json, Type type);
}
