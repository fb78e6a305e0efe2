package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Items in an order that is the same in every attempt, each with a position to go on after (R15,
 * R16). {@link Sources} has those that are often needed; own ones only need to keep that promise.
 * Immutable: each attempt opens its own reader.
 *
 * @param <T> the items
 * @param <C> the positions; anything the client's codec can encode
 */
public interface Source<T, C> {
  /** What positions are decoded to: a class, or a parameterized type. */
  Type cursorType();

  /**
   * Begins to read.
   *
   * @param after the last finished item; null to begin at the beginning
   * @param pinned what {@link #pin()} said when the step first ran
   * @throws IllegalStateException if what lies behind the source has changed so that the position
   *     means nothing any more
   */
  Reader<T, C> open(@Nullable C after, Optional<String> pinned) throws Exception;

  /**
   * Finds one item again, though others may have come or gone around it. The default reads from
   * behind {@code before} until it comes to the item, or to the one that is behind it now.
   *
   * @param position that of the item
   * @param before the position of the item that came before it once; null if it was the first one
   * @param pinned as for {@link #open}
   * @return null if it is not there any more
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

  /** Whether {@link #pin()} has anything to say; if not, nothing is saved for it. */
  default boolean hasPin() {
    return false;
  }

  /**
   * What is fixed when a step first runs with this source and stays so in later attempts, an upper
   * bound for example. Asked for once in a job's life.
   */
  default Optional<String> pin() throws Exception {
    return Optional.empty();
  }

  /**
   * How many items there are, if that can be told without going through them; for progress. Asked
   * for once in a job's life.
   */
  default OptionalLong size(Optional<String> pinned) throws Exception {
    return OptionalLong.empty();
  }

  /**
   * How much is done at a position, in the unit of {@link #size}.
   *
   * @param items how many were finished
   */
  default long done(C position, long items) {
    return items;
  }

  /**
   * The same positions with other items. An exception of the mapping is the failure of its item,
   * which the step's {@code ItemPolicy} decides about.
   */
  default <U> Source<U, C> map(Mapping<T, U> mapping) {
    return new MappedSource<>(
        this, item -> new Item<>(mapping.apply(item.value()), item.position()));
  }

  /** Makes one item of another. */
  @FunctionalInterface
  interface Mapping<T, U> {
    U apply(T item) throws Exception;
  }

  /**
   * Reads on from one place. Used by one thread. Must not hold a connection or transaction while
   * its caller works on an item (R25).
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
     * @param position where one is when this item is finished
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
     * An item that cannot be read, while those behind it can. It fails when it is worked, with this
     * failure, so that the step's {@code ItemPolicy} decides about it.
     */
    public static <T, C> Item<T, C> unreadable(C position, Exception failure) {
      return new Item<>(null, position, failure);
    }

    /**
     * What was read.
     *
     * @throws IllegalStateException if it cannot be read; its cause says why
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

    /** Why it cannot be read; empty if it was read. */
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
