package dev.cairn.source;

import java.lang.reflect.Type;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Pages by token. */
record PagedSource<T>(Page.Fetch<T> fetch) implements Source<T, Page.Position> {
  @Override
  public Type cursorType() {
    return Page.Position.class;
  }

  @Override
  public Reader<T, Page.Position> open(Page.@Nullable Position after, Optional<String> pinned) {
    return new Pages(after == null ? new Page.Position(null, 0, false) : after);
  }

  /**
   * Finds the item by its place: there may now be another page after the page that was the last.
   */
  @Override
  public @Nullable Item<T, Page.Position> find(
      Page.Position position, Page.@Nullable Position before, Optional<String> pinned)
      throws Exception {
    Item<T, Page.Position> found = open(before, pinned).next();
    return found != null && (position.end() || found.position().equals(position)) ? found : null;
  }

  private final class Pages implements Reader<T, Page.Position> {
    private Page.Position position;
    private @Nullable Page<T> page;

    Pages(Page.Position position) {
      this.position = position;
    }

    @Override
    public @Nullable Item<T, Page.Position> next() throws Exception {
      while (!position.end()) {
        Page<T> current = page;
        if (current == null) {
          current = fetch.page(position.token());
          page = current;
        }
        if (position.finished() < current.items().size()) {
          T item = current.items().get(position.finished());
          position = after(current, position.finished() + 1);
          return new Item<>(item, position);
        }
        position = after(current, position.finished());
      }
      return null;
    }

    /**
     * The end of a page is the beginning of the next one, so that a finished page is not fetched
     * again.
     */
    private Page.Position after(Page<T> current, int finished) {
      if (finished < current.items().size()) {
        return new Page.Position(position.token(), finished, false);
      }
      if (current.next() == null) {
        return new Page.Position(position.token(), finished, true);
      }
      page = null;
      return new Page.Position(current.next(), 0, false);
    }
  }
}
