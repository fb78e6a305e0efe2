package dev.cairn.source;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A page of items from an outside service. Created by {@link #of} and {@link #last}; may get
 * further components.
 *
 * @param next the token of the page after this one; null if this is the last
 */
public record Page<T>(List<T> items, @Nullable String next) {
  public Page {
    items = ListSource.withoutNulls("a page", items);
  }

  /** A page with a next page. */
  public static <T> Page<T> of(List<T> items, String next) {
    return new Page<>(items, Objects.requireNonNull(next, "next"));
  }

  /** The last page, or the only one. */
  public static <T> Page<T> last(List<T> items) {
    return new Page<>(items, null);
  }

  /** Fetches a page. */
  @FunctionalInterface
  public interface Fetch<T> {
    /**
     * Fetches the page of a token. Called again after an interruption, so it must return the same
     * items.
     *
     * @param token the token; null for the first page
     */
    Page<T> page(@Nullable String token) throws Exception;
  }

  /**
   * The position among the pages. Two positions are equal if they are after the same place of the
   * same page, whatever followed that page at the time. May get further components.
   *
   * @param token the token of the page; null for the first page
   * @param finished how many of its items are finished
   * @param end whether no item followed this one, so that the service need not be asked again
   */
  public record Position(@Nullable String token, int finished, boolean end) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Position position
          && position.finished == finished
          && Objects.equals(position.token, token);
    }

    @Override
    public int hashCode() {
      return Objects.hash(token, finished);
    }
  }
}
