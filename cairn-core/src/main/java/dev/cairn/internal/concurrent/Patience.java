package dev.cairn.internal.concurrent;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * A short time limit for others, which does not count the time in which this process could not run.
 * Whoever judges by such a limit would otherwise take a machine that is too busy for a moment for a
 * database that does not answer, or for a thread that does not react. On a punctual machine, the
 * limit is exact.
 *
 * <p>Not for limits that others rely on, such as that of a lease.
 */
public final class Patience {
  private static final long SLICE_NANOS = Duration.ofMillis(20).toNanos();

  /** A slice that takes longer was late, and counts as a slice. */
  private static final long LATE_NANOS = Duration.ofMillis(30).toNanos();

  /**
   * How much lateness is allowed in total. The limit itself is never shortened: a machine that is
   * always late has the limit by the wall clock.
   */
  private static final long LATENESS_MAX_NANOS = Duration.ofMillis(2_500).toNanos();

  /** One long pause, as of a suspended process, is a single lateness. */
  private static final long LATENESS_OF_SLICE_MAX_NANOS = Duration.ofMillis(500).toNanos();

  private Patience() {}

  /**
   * Waits in slices.
   *
   * @param most the limit; if it is zero, only looks
   * @param isOver waits for at most the given time, and returns whether the wait is over
   * @return whether it was over in time
   */
  public static boolean await(Duration most, Predicate<Duration> isOver) {
    return await(most, isOver, System::nanoTime);
  }

  static boolean await(Duration most, Predicate<Duration> isOver, LongSupplier nanoTime) {
    long limit = Nanos.of(most);
    long start = nanoTime.getAsLong();
    long left = limit;
    long lateness = 0;
    do {
      long slice = Math.min(left, SLICE_NANOS);
      long begun = nanoTime.getAsLong();
      if (isOver.test(Duration.ofNanos(slice))) {
        return true;
      }
      long took = nanoTime.getAsLong() - begun;
      if (took > LATE_NANOS) {
        lateness += Math.min(took - slice, LATENESS_OF_SLICE_MAX_NANOS);
        took = slice;
      }
      left -= took;
    } while (left > 0 && (lateness < LATENESS_MAX_NANOS || nanoTime.getAsLong() - start < limit));
    return false;
  }
}
