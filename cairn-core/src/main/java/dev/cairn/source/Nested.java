package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An item of a source within an item of another source. May get further components.
 *
 * @param outer the item around it
 */
public record Nested<T, U>(T outer, U inner) {
  /**
   * Where one is in both sources.
   *
   * @param finished the last outer item that is finished with all within it; null before the first
   * @param current the outer item one is in; null between two
   * @param inner how far one has come in it; null at its beginning
   */
  public record Position<C, D>(@Nullable C finished, @Nullable C current, @Nullable D inner) {}

  /** Goes through the inner sources one after the other. */
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
      return new NestedReader<>(this, start, outer.open(start.finished(), pinned));
    }
  }

  /** Opens what is within an item. */
  @FunctionalInterface
  public interface Inner<T, U, D> {
    Source<U, D> within(T outer) throws Exception;
  }

  private static final class NestedReader<T, U, C, D>
      implements Source.Reader<Nested<T, U>, Position<C, D>> {
    private final NestedSource<T, U, C, D> source;
    private final Source.Reader<T, C> outer;
    private Position<C, D> position;
    private Source.@Nullable Item<T, C> current;
    private Source.@Nullable Reader<U, D> inner;

    NestedReader(NestedSource<T, U, C, D> source, Position<C, D> start, Source.Reader<T, C> outer) {
      this.source = source;
      this.outer = outer;
      this.position = start;
    }

    @Override
    public Source.@Nullable Item<Nested<T, U>, Position<C, D>> next() throws Exception {
      while (true) {
        Source.Item<T, C> around = current;
        Source.Reader<U, D> reader = inner;
        if (around == null || reader == null) {
          around = outer.next();
          if (around == null) {
            return null;
          }
          current = around;
          reader = openInner(around);
          inner = reader;
        }
        Source.Item<U, D> item = reader.next();
        if (item != null) {
          position = new Position<>(position.finished(), around.position(), item.position());
          return new Source.Item<>(new Nested<>(around.value(), item.value()), position);
        }
        reader.close();
        current = null;
        inner = null;
        position = new Position<>(around.position(), null, null);
      }
    }

    /** Goes on within the item one was in, unless another one has come before it. */
    private Source.Reader<U, D> openInner(Source.Item<T, C> around) throws Exception {
      boolean isSame = Objects.equals(around.position(), position.current());
      Source<U, D> within = source.inners().within(around.value());
      return within.open(isSame ? position.inner() : null, Optional.empty());
    }

    @Override
    public void close() throws IOException {
      try (outer) {
        if (inner != null) {
          inner.close();
        }
      }
    }
  }

  /** The type of a position with these two in it. */
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
