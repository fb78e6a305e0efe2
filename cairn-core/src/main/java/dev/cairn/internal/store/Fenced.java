package dev.cairn.internal.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a statement that names a claim.
 *
 * @param value null if the claim does not hold
 */
public record Fenced<T>(@Nullable T value) {
  /** The first row; the claim does not hold if there is none. */
  public static <T> Fenced<T> ofFirst(List<T> rows) {
    return new Fenced<>(rows.isEmpty() ? null : rows.getFirst());
  }
}
