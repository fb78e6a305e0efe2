package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An item of an inner source, with the item of the outer source that contains it. May get further
 * components.
 *
 * @param outer the item of the outer source
 * @param inner the item of the inner source
 */
public record Nested<T, U>(T outer, U inner) {
  /**
   * The position in both sources. Two positions are equal if they are after the same item, even if
   * other items were added before it meanwhile. May get further components.
   *
   * @param finished the last outer item that is finished with all its inner items; null before the
   *     first
   * @param current the outer item in progress; null between two outer items
   * @param inner the position within {@code current}; null at its beginning
   * @param pin the fixed state of its inner source; null if there is none
   * @param begun other outer items that were started and are not finished
   */
  public record Position<C, D>(
      @Nullable C finished,
      @Nullable C current,
      @Nullable D inner,
      @Nullable String pin,
      List<Begun<C, D>> begun) {
    public Position {
      begun = List.copyOf(begun);
    }

    /** A position without a fixed state and without other outer items that were started. */
    public Position(@Nullable C finished, @Nullable C current, @Nullable D inner) {
      this(finished, current, inner, null, List.of());
    }

    /** The last outer item that was reached. */
    private @Nullable C outermost() {
      return current == null ? finished : current;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Position<?, ?> position
          && Objects.equals(position.current, current)
          && Objects.equals(position.inner, inner)
          && (current != null || Objects.equals(position.finished, finished));
    }

    @Override
    public int hashCode() {
      return Objects.hash(outermost(), inner);
    }
  }

  /**
   * The position in an outer item that was started, and whose work continues after an outer item
   * that was later added before it. May get further components.
   *
   * @param outer the position of the outer item
   * @param inner the position within it; null at its beginning
   * @param pin the fixed state of its inner source; null if there is none
   */
  public record Begun<C, D>(C outer, @Nullable D inner, @Nullable String pin) {}

  /** Reads the inner sources one after the other. */
  record NestedSource<T, U, C, D>(Source<T, C> outer, Inner<T, U, D> inners, Class<D> innerType)
      implements Source<Nested<T, U>, Position<C, D>> {
    @Override
    public Type cursorType() {
      return new PositionType(outer.cursorType(), innerType);
    }

    @Override
    public boolean hasPin() {
      return outer.hasPin();
    }

    @Override
    public Optional<String> pin() throws Exception {
      return outer.pin();
    }

    @Override
    public Reader<Nested<T, U>, Position<C, D>> open(
        @Nullable Position<C, D> after, Optional<String> pinned) throws Exception {
      Position<C, D> start = after == null ? new Position<>(null, null, null) : after;
      return new NestedReader<>(this, new Bookmarks<>(start), outer.open(start.finished(), pinned));
    }

    /** Searches only in the outer item: items that were added before it do not matter. */
    @Override
    public Source.@Nullable Item<Nested<T, U>, Position<C, D>> find(
        Position<C, D> position, @Nullable Position<C, D> before, Optional<String> pinned)
        throws Exception {
      C current = position.current();
      D inner = position.inner();
      if (current == null || inner == null) {
        return findUnreadable(position, before, pinned);
      }
      Source.Item<T, C> around = outer.find(current, position.finished(), pinned);
      if (around == null || around.failure().isPresent()) {
        return null;
      }
      D behind = before != null && current.equals(before.current()) ? before.inner() : null;
      Source.Item<U, D> found =
          inners.within(around.value()).find(inner, behind, Optional.ofNullable(position.pin()));
      return found == null ? null : item(around, found, position);
    }

    /** An outer item that cannot be read is an item itself. */
    private Source.@Nullable Item<Nested<T, U>, Position<C, D>> findUnreadable(
        Position<C, D> position, @Nullable Position<C, D> before, Optional<String> pinned)
        throws Exception {
      C wanted = position.finished();
      C behind = before == null ? null : before.outermost();
      Source.Item<T, C> found = wanted == null ? null : outer.find(wanted, behind, pinned);
      return found == null || found.failure().isEmpty()
          ? null
          : Source.Item.unreadable(position, found.failure().get());
    }

    private static <T, U, C, D> Source.Item<Nested<T, U>, Position<C, D>> item(
        Source.Item<T, C> outer, Source.Item<U, D> inner, Position<C, D> position) {
      return inner.failure().isPresent()
          ? Source.Item.unreadable(position, inner.failure().get())
          : new Source.Item<>(new Nested<>(outer.value(), inner.value()), position);
    }
  }

  /** Opens the source within an item. */
  @FunctionalInterface
  public interface Inner<T, U, D> {
    /** The inner source of an outer item. Must be the same in every attempt. */
    Source<U, D> within(T outer) throws Exception;
  }

  /**
   * The positions in the outer items that were begun. If the next outer item is not the one that
   * was begun last, it was added before that one, or that one no longer exists. The two cases
   * cannot be distinguished. The position is kept for the first case, and does no harm in the
   * second.
   */
  private static final class Bookmarks<C, D> {
    /**
     * More than enough: each entry takes an interruption, and an outer item that was added before
     * the one in progress.
     */
    private static final int MOST = 16;

    private List<Begun<C, D>> begun;
    private @Nullable C finished;

    Bookmarks(Position<C, D> start) {
      this.begun = start.begun();
      this.finished = start.finished();
      if (start.current() != null) {
        add(new Begun<>(start.current(), start.inner(), start.pin()));
      }
    }

    private void add(Begun<C, D> last) {
      var more = new ArrayList<>(begun.subList(Math.max(0, begun.size() - MOST + 1), begun.size()));
      more.add(last);
      begun = List.copyOf(more);
    }

    /**
     * Removes and returns the position in an outer item; null if it was not begun.
     *
     * @param isFormer whether a position of an earlier version means the same item
     */
    @Nullable Begun<C, D> take(C outer, Predicate<C> isFormer) {
      Begun<C, D> found =
          first(each -> each.outer().equals(outer))
              .or(() -> first(each -> isFormer.test(each.outer())))
              .orElse(null);
      if (found != null) {
        begun = begun.stream().filter(other -> !other.equals(found)).toList();
      }
      return found;
    }

    private Optional<Begun<C, D>> first(Predicate<Begun<C, D>> condition) {
      return begun.stream().filter(condition).findFirst();
    }

    Position<C, D> within(C outer, D inner, @Nullable String pin) {
      return new Position<>(finished, outer, inner, pin, begun);
    }

    Position<C, D> behind(C outer) {
      finished = outer;
      return new Position<>(outer, null, null, null, begun);
    }
  }

  private static final class NestedReader<T, U, C, D>
      implements Source.Reader<Nested<T, U>, Position<C, D>>, FormerPositions<Position<C, D>> {
    private final NestedSource<T, U, C, D> source;
    private final Bookmarks<C, D> bookmarks;
    private final Source.Reader<T, C> outer;
    private @Nullable Opened<T, U, C, D> opened;
    private @Nullable Position<C, D> position;

    NestedReader(
        NestedSource<T, U, C, D> source, Bookmarks<C, D> bookmarks, Source.Reader<T, C> outer) {
      this.source = source;
      this.bookmarks = bookmarks;
      this.outer = outer;
    }

    @Override
    public Source.@Nullable Item<Nested<T, U>, Position<C, D>> next() throws Exception {
      Source.Item<Nested<T, U>, Position<C, D>> item = read();
      position = item == null ? null : item.position();
      return item;
    }

    private Source.@Nullable Item<Nested<T, U>, Position<C, D>> read() throws Exception {
      while (true) {
        Opened<T, U, C, D> current = opened;
        if (current == null) {
          Source.Item<T, C> around = outer.next();
          if (around == null) {
            return null;
          }
          if (around.failure().isPresent()) {
            return Source.Item.unreadable(
                bookmarks.behind(around.position()), around.failure().get());
          }
          current = open(around);
          opened = current;
        }
        Source.Item<U, D> item = current.inner().next();
        if (item != null) {
          C outside = current.around().position();
          return NestedSource.item(
              current.around(), item, bookmarks.within(outside, item.position(), current.pin()));
        }
        opened = null;
        current.inner().close();
        Position<C, D> ignored = bookmarks.behind(current.around().position());
      }
    }

    /** Opens an outer item, at its earlier position if it was begun. */
    private Opened<T, U, C, D> open(Source.Item<T, C> around) throws Exception {
      Source<U, D> within = source.inners().within(around.value());
      Begun<C, D> begun =
          bookmarks.take(
              around.position(), saved -> FormerPositions.isAt(outer, around.position(), saved));
      Optional<String> pin = begun == null ? fixed(within) : Optional.ofNullable(begun.pin());
      return new Opened<>(
          around, within.open(begun == null ? null : begun.inner(), pin), pin.orElse(null));
    }

    @Override
    public boolean isAt(@Nullable Position<C, D> saved) {
      Position<C, D> last = position;
      if (saved == null || last == null) {
        return false;
      }
      Opened<T, U, C, D> current = opened;
      if (current == null) {
        // An outer item that cannot be read.
        return saved.current() == null
            && FormerPositions.isAt(outer, last.finished(), saved.finished());
      }
      return FormerPositions.isAt(outer, last.current(), saved.current())
          && FormerPositions.isAt(current.inner(), last.inner(), saved.inner());
    }

    private static Optional<String> fixed(Source<?, ?> source) throws Exception {
      return source.hasPin() ? source.pin() : Optional.empty();
    }

    @Override
    public void close() throws IOException {
      try (outer) {
        if (opened != null) {
          opened.inner().close();
        }
      }
    }
  }

  /** An outer item that is being read. */
  private record Opened<T, U, C, D>(
      Source.Item<T, C> around, Source.Reader<U, D> inner, @Nullable String pin) {}

  /** The type of a position, with the types of both positions. */
  private record PositionType(Type outer, Type inner) implements ParameterizedType {
    @Override
    public Type[] getActualTypeArguments() {
      return new Type[] {outer, inner};
    }

    @Override
    public Type getRawType() {
      return Position.class;
    }

    @Override
    public Type getOwnerType() {
      return Nested.class;
    }
  }
}
