package dev.cairn.internal.postgres;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A list of values for one parameter, so that a statement's text does not depend on their number.
 * The array has the type of its elements, because the driver sends an {@code Object[]} as a text.
 */
final class SqlArray {
  private final String type;
  private final @Nullable Object[] elements;

  private SqlArray(String type, @Nullable Object[] elements) {
    this.type = type;
    this.elements = elements;
  }

  static <T extends @Nullable Object> SqlArray longs(
      List<T> items, Function<T, @Nullable Long> value) {
    return new SqlArray("bigint", items.stream().map(value).toArray(Long[]::new));
  }

  static <T extends @Nullable Object> SqlArray integers(
      List<T> items, Function<T, @Nullable Integer> value) {
    return new SqlArray("integer", items.stream().map(value).toArray(Integer[]::new));
  }

  static <T extends @Nullable Object> SqlArray numbers(List<T> items, Function<T, Double> value) {
    return new SqlArray("float8", items.stream().map(value).toArray(Double[]::new));
  }

  static <T extends @Nullable Object> SqlArray booleans(List<T> items, Function<T, Boolean> value) {
    return new SqlArray("boolean", items.stream().map(value).toArray(Boolean[]::new));
  }

  static <T extends @Nullable Object> SqlArray texts(
      List<T> items, Function<T, @Nullable String> value) {
    return new SqlArray("text", items.stream().map(value).toArray(String[]::new));
  }

  /** Times to the microsecond, as texts that the statement casts. */
  static <T extends @Nullable Object> SqlArray instants(
      List<T> items, Function<T, @Nullable Instant> value) {
    return texts(
        items,
        item -> {
          Instant instant = value.apply(item);
          return instant == null ? null : Times.text(instant);
        });
  }

  /** PostgreSQL's name of the element type. */
  String type() {
    return type;
  }

  @Nullable Object[] elements() {
    return elements;
  }
}
