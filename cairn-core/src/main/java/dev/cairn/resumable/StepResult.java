package dev.cairn.resumable;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** Carries a result, with its encoded form, out of a lambda. Its type is that of {@code T}. */
final class StepResult<T extends @Nullable Object> {
  private final StepValues values;
  private final StepEntry entry;
  private final Type type;
  private @Nullable T value;
  private @Nullable String json;

  StepResult(StepValues values, StepEntry entry, Type type) {
    this.values = values;
    this.entry = entry;
    this.type = type;
    values.requireType(entry, "result", type);
  }

  void set(T value) {
    String encoded = values.encodeResult(entry, value, type);
    this.json = encoded;
    this.value = values.asRemembered(entry, value, encoded, type);
  }

  @Nullable String json() {
    return json;
  }

  @SuppressWarnings("NullAway") // null only if T allows it, since set() was called
  T value() {
    return value;
  }
}
