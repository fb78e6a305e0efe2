package dev.cairn.internal.store;

import java.util.List;

/**
 * The jobs of a queue that a claim considers: for each priority, those after one mark, up to and
 * including another.
 *
 * @param from at most one mark per priority; a priority without a mark is read from its beginning
 * @param to at most one mark per priority; a priority without a mark is skipped. If there are no
 *     marks at all, every priority is read to its end
 */
public record ClaimRange(List<ClaimMark> from, List<ClaimMark> to) {
  /** All jobs. */
  public static final ClaimRange ALL = new ClaimRange(List.of(), List.of());

  public ClaimRange {
    from = List.copyOf(from);
    to = List.copyOf(to);
  }

  /** Whether the range ends before the end of the queue. */
  public boolean isBack() {
    return !to.isEmpty();
  }

  /** A range from these marks to the end of the queue. */
  public static ClaimRange from(List<ClaimMark> marks) {
    return new ClaimRange(marks, List.of());
  }
}
