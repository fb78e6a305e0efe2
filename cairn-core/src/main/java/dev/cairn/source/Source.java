package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Items in an order that is the same in every attempt, each with its position. An attempt continues
 * after a position. {@link Sources} has the common sources. A source of your own must keep the same
 * order and the same positions in every attempt. Immutable: each attempt opens its own reader.
 *
 * @param <T> the items
 * @param <C> the positions; anything the client's codec can encode
 */
public interface Source<T, C> {
  /** The type of the positions: a class, or a parameterized type. */
  Type cursorType();

  /**
   * Opens a reader.
   *
   * @param after the last finished item; null to start at the beginning
   * @param pinned the result of {@link #pin()} when the step first ran
   * @throws IllegalStateException if the data has changed so that the position is no longer valid
   */
  Reader<T, C> open(@Nullable C after, Optional<String> pinned) throws Exception;

  /**
   * Finds one item again, although items around it may have been added or removed. The default
   * reads from {@code before} until it reaches the item, or the item that now follows it.
   *
   * @param position the position of the item
   * @param before the position of the item that preceded it; null if it was the first item
   * @param pinned as for {@link #open}
   * @return null if the item no longer exists
   */
  default @Nullable Item<T, C> find(C position, @Nullable C before, Optional<String> pinned)
      throws Exception {
    C behind;
    try (Reader<T, C> reader = open(position, pinned)) {
      Item<T, C> next = reader.next();
      behind = next == null ? null : next.position();
    }
    try (Reader<T, C> reader = open(before, pinned)) {
      for (Item<T, C> next = reader.next(); next != null; next = reader.next()) {
        if (next.position().equals(position)) {
          return next;
        }
        if (next.position().equals(behind)) {
          return null;
        }
      }
      return null;
    }
  }

  /** Whether {@link #pin()} returns a value. If not, nothing is saved for it. */
  default boolean hasPin() {
    return false;
  }

  /**
   * The state that is fixed when a step first runs with this source, for example an upper bound. It
   * stays the same in later attempts. Called once in a job's life.
   */
  default Optional<String> pin() throws Exception {
    return Optional.empty();
  }

  /**
   * How many items there are, if that is known without reading them; for progress. Called once in a
   * job's life.
   */
  default OptionalLong size(Optional<String> pinned) throws Exception {
    return OptionalLong.empty();
  }

  /**
   * How much is done at a position, in the unit of {@link #size}.
   *
   * @param items the number of finished items
   */
  default long done(C position, long items) {
    return items;
  }

  /**
   * A source with the same positions and converted items. If the mapping throws, its item fails,
   * and the step's {@code ItemPolicy} decides what happens.
   */
  default <U> Source<U, C> map(Mapping<T, U> mapping) {
    return new MappedSource<>(
        this, item -> new Item<>(mapping.apply(item.value()), item.position()));
  }

  /** Converts an item. */
  @FunctionalInterface
  interface Mapping<T, U> {
    U apply(T item) throws Exception;
  }

  /**
   * Reads items from one position on. Used by one thread. Must not hold a connection or transaction
   * while its caller works on an item.
   */
  interface Reader<T, C> extends AutoCloseable {
    /** The next item; null after the last one. */
    @Nullable Item<T, C> next() throws Exception;

    @Override
    default void close() throws IOException {}
  }

  /**
   * An item with its position, or the position of an item that cannot be read. Two are equal if
   * both parts are. Immutable.
   */
  final class Item<T, C> {
    private final @Nullable T value;
    private final C position;
    private final @Nullable Exception failure;

    /**
     * An item that was read.
     *
     * @param position the position after which this item is finished
     */
    public Item(T value, C position) {
      this(value, position, null);
    }

    private Item(@Nullable T value, C position, @Nullable Exception failure) {
      this.value = value;
      this.position = position;
      this.failure = failure;
    }

    /**
     * An item that cannot be read, although the following items can. It fails with {@code failure}
     * when it is worked, and the step's {@code ItemPolicy} decides what happens.
     */
    public static <T, C> Item<T, C> unreadable(C position, Exception failure) {
      return new Item<>(null, position, failure);
    }

    /**
     * The item.
     *
     * @throws IllegalStateException if it could not be read; the cause is the failure
     */
    @SuppressWarnings("NullAway") // null only where T is
    public T value() {
      if (failure != null) {
        throw new IllegalStateException(
            "the item at %s cannot be read: %s".formatted(position, failure.getMessage()), failure);
      }
      return value;
    }

    public C position() {
      return position;
    }

    /** Why the item cannot be read; empty if it was read. */
    public Optional<Exception> failure() {
      return Optional.ofNullable(failure);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Item<?, ?> item
          && Objects.equals(item.value, value)
          && Objects.equals(item.position, position)
          && Objects.equals(item.failure, failure);
    }

    @Override
    public int hashCode() {
      return Objects.hash(value, position, failure);
    }

    @Override
    public String toString() {
      return "%s at %s".formatted(failure == null ? value : failure, position);
    }
  }
}
