package dev.cairn.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of what somebody else's service gives out.
 *
 * @param next the token of the page after this one; null if this is the last
 */
public record Page<T>(List<T> items, @Nullable String next) {
  public Page {
    items = List.copyOf(items);
  }

  /** Asks for a page. */
  @FunctionalInterface
  public interface Fetch<T> {
    /**
     * The page of a token.
     *
     * @param token null for the first page
     */
    Page<T> page(@Nullable String token) throws Exception;
  }

  /**
   * Where one is among the pages.
   *
   * @param token of the page, null for the first one
   * @param finished how many of its items are finished
   * @param end whether that was the last item of the last page
   */
  public record Position(@Nullable String token, int finished, boolean end) {}
}
