package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Loop;
import java.time.Duration;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.Queue;

/** Outcomes that are sent again later. Used by one thread. */
final class LateOutcomes {
  private final Queue<Late> waiting = new PriorityQueue<>(Comparator.comparingLong(Late::dueNanos));

  /** Times count from the creation of this object, so that they can be compared. */
  private final long originNanos = System.nanoTime();

  private record Late(Ending ending, long dueNanos) {}

  void add(Ending ending, Duration pause) {
    waiting.add(new Late(ending, now() + pause.toNanos()));
    ending.waits(true);
  }

  /** Moves the outcomes that are due to {@code target}. */
  void dueTo(Deque<Ending> target) {
    long now = now();
    while (!waiting.isEmpty() && waiting.element().dueNanos() <= now) {
      Ending due = waiting.element().ending();
      target.add(due);
      waiting.remove();
      due.waits(false);
    }
  }

  /** The time until the next outcome is due. */
  Duration untilNext() {
    Late next = waiting.peek();
    return next == null ? Loop.UNTIL_RUNG : Duration.ofNanos(Math.max(next.dueNanos() - now(), 1));
  }

  private long now() {
    return System.nanoTime() - originNanos;
  }
}
