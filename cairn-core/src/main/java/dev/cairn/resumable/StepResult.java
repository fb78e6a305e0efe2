package dev.cairn.resumable;

import org.jspecify.annotations.NonNull;
import org.jspecify.annotations.Nullable;

/** Carries a result, with its encoded form, out of a lambda. */
final class StepResult<T extends @Nullable Object> {
  private final StepValues values;
  private final StepEntry entry;
  private final Class<@NonNull T> type;
  private @Nullable T value;
  private @Nullable String json;

  StepResult(StepValues values, StepEntry entry, Class<@NonNull T> type) {
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
