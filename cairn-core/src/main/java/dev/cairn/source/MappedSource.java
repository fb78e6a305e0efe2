package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A source that converts the items of another source. */
record MappedSource<T, U, C>(Source<T, C> source, ItemMapping<T, U, C> mapping)
    implements Source<U, C> {
  /** Converts one item. An exception is the failure of this one item. */
  @FunctionalInterface
  interface ItemMapping<T, U, C> {
    /** Returns null to skip the item. */
    @Nullable Item<U, C> apply(Item<T, C> item) throws Exception;
  }

  @Override
  public Type cursorType() {
    return source.cursorType();
  }

  @Override
  public boolean hasPin() {
    return source.hasPin();
  }

  @Override
  public Optional<String> pin() throws Exception {
    return source.pin();
  }

  @Override
  public OptionalLong size(Optional<String> pinned) throws Exception {
    return source.size(pinned);
  }

  @Override
  public long done(C position, long items) {
    return source.done(position, items);
  }

  @Override
  public @Nullable Item<U, C> find(C position, @Nullable C before, Optional<String> pinned)
      throws Exception {
    Item<T, C> found = source.find(position, before, pinned);
    return found == null ? null : mapped(found);
  }

  @Override
  public Reader<U, C> open(@Nullable C after, Optional<String> pinned) throws Exception {
    return new Mapped(source.open(after, pinned));
  }

  private final class Mapped implements Reader<U, C>, FormerPositions<C> {
    private final Reader<T, C> reader;
    private @Nullable C position;

    Mapped(Reader<T, C> reader) {
      this.reader = reader;
    }

    @Override
    public @Nullable Item<U, C> next() throws Exception {
      for (Item<T, C> item = reader.next(); item != null; item = reader.next()) {
        position = item.position();
        Item<U, C> mapped = mapped(item);
        if (mapped != null) {
          return mapped;
        }
      }
      return null;
    }

    @Override
    public boolean isAt(@Nullable C saved) {
      return FormerPositions.isAt(reader, position, saved);
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  private @Nullable Item<U, C> mapped(Item<T, C> item) throws Exception {
    Optional<Exception> unreadable = item.failure();
    if (unreadable.isPresent()) {
      return Item.unreadable(item.position(), unreadable.get());
    }
    try {
      return mapping.apply(item);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      return Item.unreadable(item.position(), e);
    }
  }
}
