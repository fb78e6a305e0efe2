package dev.cairn.programs;

import dev.cairn.source.Source;
import java.lang.reflect.Type;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Rows by key, as somebody's own source finds them: whatever lies behind the last finished one. */
record RowSource(List<Integer> keys) implements Source<Integer, Integer> {
  RowSource {
    keys = keys.stream().sorted().toList();
  }

  @Override
  public Type cursorType() {
    return Integer.class;
  }

  @Override
  public Reader<Integer, Integer> open(Integer after, Optional<String> pinned) {
    Iterator<Integer> rest = keys.stream().filter(key -> after == null || key > after).iterator();
    return () -> {
      if (!rest.hasNext()) {
        return null;
      }
      Integer key = rest.next();
      return new Item<>(key, key);
    };
  }
}
