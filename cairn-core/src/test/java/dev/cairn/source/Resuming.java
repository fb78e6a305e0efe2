package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.source.Source.Item;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads sources as a job does that is stopped and goes on. */
final class Resuming {
  private static final JsonCodec CODEC = JacksonCodec.create();

  private Resuming() {}

  /** All items from behind a position. */
  static <T, C> List<Item<T, C>> read(
      Source<T, C> source, @Nullable C after, Optional<String> pinned) throws Exception {
    var items = new ArrayList<Item<T, C>>();
    try (Source.Reader<T, C> reader = source.open(after, pinned)) {
      for (Item<T, C> item = reader.next(); item != null; item = reader.next()) {
        items.add(item);
      }
      assertThat(reader.next()).as("after the end").isNull();
    }
    return items;
  }

  static <T, C> List<T> values(Source<T, C> source) throws Exception {
    return read(source, null, source.pin()).stream().map(Item::value).toList();
  }

  /**
   * Stops after each item in turn, keeps the position as a checkpoint does, and asserts that a new
   * reader gives what was left, with nothing missed and nothing twice.
   */
  static <T, C> List<T> stoppedAtEveryItem(Source<T, C> source) throws Exception {
    Optional<String> pinned = source.pin();
    List<Item<T, C>> all = read(source, null, pinned);
    for (int finished = 1; finished <= all.size(); finished++) {
      C position = all.get(finished - 1).position();
      List<Item<T, C>> rest = read(source, saved(source, position), pinned);
      assertThat(rest)
          .as("after %d of %d items, at %s", finished, all.size(), position)
          .isEqualTo(all.subList(finished, all.size()));
    }
    return all.stream().map(Item::value).toList();
  }

  /** The position as it comes back from a checkpoint. */
  static <C> C saved(Source<?, C> source, C position) {
    return decoded(source, CODEC.encodeExactly(position, source.cursorType()));
  }

  /** The position that a checkpoint has kept. */
  @SuppressWarnings({"unchecked", "NullAway"}) // the source's type, and no position is null
  static <C> C decoded(Source<?, C> source, String json) {
    return (C) CODEC.decodeExactly(json, source.cursorType());
  }

  /** The position as a checkpoint keeps it. */
  static String encoded(Object position) {
    return CODEC.encodeExactly(position);
  }
}
