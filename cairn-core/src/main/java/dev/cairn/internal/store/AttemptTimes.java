package dev.cairn.internal.store;

import java.time.Duration;

/**
 * How long the parts of an attempt took.
 *
 * @param queueWait the time from when the job was due until it was claimed; zero if it was claimed
 *     before, and at most a hundred years
 * @param run how long its worker ran
 * @param endedNanos when its worker ended, in {@link System#nanoTime()}
 */
public record AttemptTimes(Duration queueWait, Duration run, long endedNanos) {
  private static final Duration LONGEST_WAIT = Duration.ofDays(36_500);

  /**
   * Limits the wait. A job may be due at any time that PostgreSQL can hold, and whoever measures
   * waits may count in nanoseconds.
   */
  public AttemptTimes {
    if (queueWait.compareTo(LONGEST_WAIT) > 0) {
      queueWait = LONGEST_WAIT;
    } else if (queueWait.isNegative()) {
      queueWait = Duration.ZERO;
    }
  }
}
