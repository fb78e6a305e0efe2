package dev.cairn.source;

import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * The position of an item is its place in its own page. It must not depend on what follows, because
 * a page may grow: a nested source would not know the item again. So a reader that continues after
 * the last item of a page fetches that page once more, to learn what follows it now. Earlier
 * versions took the beginning of the next page as the position of such an item.
 */

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

  /** Finds the item by its place in its page. */
  @Override
  public @Nullable Item<T, Page.Position> find(
      Page.Position position, Page.@Nullable Position before, Optional<String> pinned)
      throws Exception {
    if (position.finished() == 0) {
      return findLastOfPage(position, before);
    }
    List<T> items = fetch.page(position.token()).items();
    return position.finished() > items.size()
        ? null
        : new Item<>(items.get(position.finished() - 1), position);
  }

  /** The position of an earlier version: the beginning of the page after that of the item. */
  private @Nullable Item<T, Page.Position> findLastOfPage(
      Page.Position position, Page.@Nullable Position before) throws Exception {
    var pages = new Pages(before == null ? new Page.Position(null, 0, false) : before);
    Item<T, Page.Position> found = pages.next();
    return found != null && pages.isAt(position) ? new Item<>(found.value(), position) : null;
  }

  private final class Pages implements Reader<T, Page.Position>, FormerPositions<Page.Position> {
    /** The tokens of the pages without items since the last item. */
    private final Set<String> empty = new HashSet<>();

    private Page.Position position;
    private @Nullable Page<T> page;
    private long itemsRead;

    Pages(Page.Position position) {
      this.position = position;
    }

    @Override
    public @Nullable Item<T, Page.Position> next() throws Exception {
      while (!position.end()) {
        Page<T> current = page();
        int finished = position.finished();
        if (finished < current.items().size()) {
          T item = current.items().get(finished);
          boolean isLast = finished + 1 == current.items().size() && current.next() == null;
          position = new Page.Position(position.token(), finished + 1, isLast);
          empty.clear();
          itemsRead++;
          return new Item<>(item, position);
        }
        if (current.next() == null) {
          position = new Page.Position(position.token(), finished, true);
        } else {
          requireNew(current.next());
          position = new Page.Position(current.next(), 0, false);
          page = null;
        }
      }
      return null;
    }

    private Page<T> page() throws Exception {
      Page<T> current = page;
      if (current == null) {
        // Pages without items follow each other without a point of interruption.
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        current = fetch.page(position.token());
        requireOther(current.next());
        page = current;
      }
      return current;
    }

    /** Refuses a page that follows itself: its items would be worked again and again. */
    private void requireOther(@Nullable String next) {
      if (next != null && (next.isEmpty() || next.equals(position.token()))) {
        throw new IllegalStateException(
            ("%s names '%s' as the token of the page after it, which is %s: the last page must be"
                    + " created with Page.last(items), and every other page must name another one"
                    + " [CAIRN-334]")
                .formatted(
                    position.token() == null
                        ? "the first page"
                        : "the page of token '%s'".formatted(position.token()),
                    next,
                    next.isEmpty() ? "empty" : "its own"));
      }
    }

    /** Refuses pages without items that lead to each other. */
    private void requireNew(String next) {
      if (!empty.add(next)) {
        throw new IllegalStateException(
            ("the pages go round in a circle: after pages without items, the page of token '%s'"
                    + " comes again [CAIRN-334]")
                .formatted(next));
      }
    }

    /**
     * In earlier versions, the beginning of a page was the position of the last item before it. A
     * reader that was opened where that item was next knows it as its first one, even if its page
     * has grown since. A later item of such a page has the same page after it, but is another item.
     */
    @Override
    public boolean isAt(Page.@Nullable Position saved) {
      Page<T> current = page;
      if (saved == null || current == null || itemsRead == 0) {
        return false;
      }
      return saved.equals(position)
          || (itemsRead == 1
              && saved.finished() == 0
              && current.next() != null
              && current.next().equals(saved.token()));
    }
  }
}
