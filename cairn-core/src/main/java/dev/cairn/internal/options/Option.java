package dev.cairn.internal.options;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One setting of an object of options. Settings are compared by identity, because each is a
 * constant.
 *
 * @param <T> the type of its value
 */
public final class Option<T extends @Nullable Object> {
  private final String name;
  private final @Nullable T initial;

  private Option(String name, @Nullable T initial) {
    this.name = name;
    this.initial = initial;
  }

  /** A setting that is null unless set. */
  public static <T> Option<@Nullable T> of(String name) {
    return new Option<>(name, null);
  }

  /** A setting that is {@code initial} unless set. */
  public static <T> Option<T> of(String name, T initial) {
    return new Option<>(name, Objects.requireNonNull(initial, name));
  }

  /** A setting that every object gets when it is created. */
  public static <T> Option<T> required(String name) {
    return new Option<>(name, null);
  }

  String name() {
    return name;
  }

  @Nullable T initial() {
    return initial;
  }

  @Override
  public String toString() {
    return name;
  }
}
