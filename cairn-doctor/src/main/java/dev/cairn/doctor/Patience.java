package dev.cairn.doctor;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long the database may take: for each statement, and for all together.
 *
 * @param all null if only each statement is limited
 */
record Patience(Duration each, @Nullable Duration all, long begunNanos) {
  static Patience from(Duration each, @Nullable Duration all) {
    return new Patience(each, all, System.nanoTime());
  }

  /** Whether the time for all statements together is used up. */
  boolean isOver() {
    return all != null && System.nanoTime() - begunNanos >= all.toNanos();
  }

  /** For the next statement. Never zero, which PostgreSQL would take for no limit. */
  Duration next() {
    if (all == null) {
      return each;
    }
    Duration left = all.minusNanos(System.nanoTime() - begunNanos);
    Duration shorter = left.compareTo(each) < 0 ? left : each;
    return shorter.toMillis() < 1 ? Duration.ofMillis(1) : shorter;
  }
}
