package dev.cairn.programs;

import dev.cairn.source.Source;
import java.lang.reflect.Type;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Rows by key, as a keyset finds them: whatever lies behind the last finished one. */
record RowSource(List<Long> keys) implements Source<Long, Long> {
  static RowSource of(List<Integer> keys) {
    return new RowSource(keys.stream().map(Integer::longValue).sorted().toList());
  }

  @Override
  public Type cursorType() {
    return Long.class;
  }

  @Override
  public Reader<Long, Long> open(Long after, Optional<String> pinned) {
    Iterator<Long> rest = keys.stream().filter(key -> after == null || key > after).iterator();
    return () -> {
      if (!rest.hasNext()) {
        return null;
      }
      Long key = rest.next();
      return new Item<>(key, key);
    };
  }
}
