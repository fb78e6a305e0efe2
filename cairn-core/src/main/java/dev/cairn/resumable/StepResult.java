package dev.cairn.resumable;

import org.jspecify.annotations.Nullable;

/** A result on its way out of a lambda, with its encoded form. */
final class StepResult<T> {
  private final StepValues values;
  private @Nullable T value;
  private @Nullable String json;

  StepResult(StepValues values) {
    this.values = values;
  }

  void set(StepEntry entry, T value) {
    this.value = value;
    this.json = values.encodeResult(entry, value);
  }

  @Nullable String json() {
    return json;
  }

  @SuppressWarnings("NullAway") // null only if T allows it, since set() was called
  T value() {
    return value;
  }
}
