package dev.cairn;

/**
 * Names an attribute of a {@link WorkContext}. Two keys are the same only if they are the same
 * object: keep one in a constant.
 *
 * @param <T> the type of the attribute
 */
public final class ContextKey<T> {
  private final String name;
  private final Class<T> type;

  private ContextKey(String name, Class<T> type) {
    this.name = name;
    this.type = type;
  }

  /** A new key; the name is for messages only. */
  public static <T> ContextKey<T> of(String name, Class<T> type) {
    return new ContextKey<>(name, type);
  }

  /** The type that every value under this key has. */
  public Class<T> type() {
    return type;
  }

  @Override
  public String toString() {
    return name;
  }
}
