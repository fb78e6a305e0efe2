package dev.cairn.source;

import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The elements of a list. The position is the number of finished elements. */
record ListSource<T>(List<T> list) implements SplittableSource<T, Integer> {
  ListSource {
    list = withoutNulls("the list of a source", list);
  }

  /**
   * Copies a list.
   *
   * @throws IllegalArgumentException if it holds a null, with the place
   */
  static <T> List<T> withoutNulls(String what, List<T> list) {
    int number = 1;
    for (T element : list) {
      if (element == null) {
        throw new IllegalArgumentException("element %d of %s is null".formatted(number, what));
      }
      number++;
    }
    return List.copyOf(list);
  }

  @Override
  public Type cursorType() {
    return Integer.class;
  }

  @Override
  public OptionalLong size(Optional<String> pinned) {
    return OptionalLong.of(list.size());
  }

  @Override
  public Reader<T, Integer> open(@Nullable Integer after, Optional<String> pinned) {
    int finished = after == null ? 0 : after;
    if (finished > list.size()) {
      throw new IllegalStateException(
          ("%d elements of the list are finished, but it now has only %d: the list must be the "
                  + "same in every attempt [CAIRN-320]")
              .formatted(finished, list.size()));
    }
    return reader(finished, list.size());
  }

  private Reader<T, Integer> reader(int first, int end) {
    return new Reader<>() {
      private int next = first;

      @Override
      public @Nullable Item<T, Integer> next() {
        return next >= end ? null : new Item<>(list.get(next), ++next);
      }
    };
  }

  /** Returns null for an element beyond the end of a list that has become shorter. */
  @Override
  public @Nullable Item<T, Integer> find(
      Integer position, @Nullable Integer before, Optional<String> pinned) {
    return position > list.size() ? null : new Item<>(list.get(position - 1), position);
  }

  @Override
  public List<String> split(int parts) {
    return new Range(0, list.size()).split(parts);
  }

  @Override
  public Source<T, Integer> part(String description) {
    Range range = (Range) new Range(0, 0).part(description);
    return new Source<>() {
      @Override
      public Type cursorType() {
        return Integer.class;
      }

      @Override
      public OptionalLong size(Optional<String> pinned) {
        return OptionalLong.of(range.end() - range.first());
      }

      @Override
      public Reader<T, Integer> open(@Nullable Integer after, Optional<String> pinned) {
        if (range.end() > list.size()) {
          throw new IllegalStateException(
              "the list was split when it had %d elements or more, and now has %d: it must be the same in every attempt [CAIRN-320]"
                  .formatted(range.end(), list.size()));
        }
        return reader(after == null ? (int) range.first() : after, (int) range.end());
      }

      @Override
      public @Nullable Item<T, Integer> find(
          Integer position, @Nullable Integer before, Optional<String> pinned) {
        return ListSource.this.find(position, before, pinned);
      }
    };
  }
}
