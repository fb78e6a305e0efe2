package dev.cairn.source;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Whole numbers, one after the other. */
record Range(long first, long end) implements SplittableSource<Long, Long> {
  Range {
    if (end < first) {
      throw new IllegalArgumentException(
          "a range cannot end at %d before its first number %d".formatted(end, first));
    }
  }

  @Override
  public Type cursorType() {
    return Long.class;
  }

  @Override
  public OptionalLong size(Optional<String> pinned) {
    return OptionalLong.of(end - first);
  }

  @Override
  public Reader<Long, Long> open(@Nullable Long after, Optional<String> pinned) {
    long start = after == null ? first : Math.max(after + 1, first);
    return new Reader<>() {
      private long next = start;

      @Override
      public @Nullable Item<Long, Long> next() {
        if (next >= end) {
          return null;
        }
        long number = next++;
        return new Item<>(number, number);
      }
    };
  }

  @Override
  public List<String> split(int parts) {
    var all = new ArrayList<String>();
    long from = first;
    for (int part = 0; part < parts; part++) {
      // The rest is divided among the remaining parts, because a product could overflow.
      long to = from + Long.divideUnsigned(end - from, parts - part);
      if (to > from) {
        all.add(from + ".." + to);
      }
      from = to;
    }
    return all;
  }

  @Override
  public Source<Long, Long> part(String description) {
    int dots = description.indexOf("..");
    return new Range(
        Long.parseLong(description.substring(0, dots)),
        Long.parseLong(description.substring(dots + 2)));
  }
}
