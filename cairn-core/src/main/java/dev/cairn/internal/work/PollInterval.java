package dev.cairn.internal.work;

import java.time.Duration;

/**
 * How long the fetcher of a queue waits between two looks, unless a notification wakes it.
 *
 * <p>A job that snoozes for a few seconds, or is retried that soon, becomes due without a
 * notification. A look at a queue returns the time until its next job is due, and the fetcher wakes
 * up then. So a queue may rest for its whole interval only after a look was answered. In addition,
 * none of its jobs may have run in the last seconds, because the outcome of such a job may be
 * written after the look. Otherwise it rests for at most a second. Used by one thread.
 */
final class PollInterval {
  /** The interval while the queue's next job may become due at any time. */
  static final Duration BUSY = Duration.ofSeconds(1);

  /** Longer than the time for which a job may be available before it is due. */
  private static final long BUSY_NANOS = Duration.ofSeconds(6).toNanos();

  private final Duration idle;
  private boolean isBusy;
  private long busyUntilNanos;
  private boolean isAnswered;
  private boolean isNextKnown;
  private long nextDueNanos;

  /**
   * Creates the interval of a queue.
   *
   * @param idle the time to wait while the queue is idle
   */
  PollInterval(Duration idle) {
    this.idle = idle;
  }

  /** The interval of the queue while it is idle. */
  Duration idle() {
    return idle;
  }

  /** Notes that jobs of the queue run, or that their outcomes are not written yet. */
  void works(long nowNanos) {
    isBusy = true;
    busyUntilNanos = nowNanos + BUSY_NANOS;
  }

  /**
   * Notes that jobs were claimed: that statement does not return the time until the next job is
   * due.
   */
  void claimed() {
    isAnswered = false;
  }

  /**
   * Notes the answer of a look over all jobs ahead.
   *
   * @param untilDue the time until the next job is due; longer than any interval if there is none
   */
  void looked(Duration untilDue, long nowNanos) {
    isAnswered = true;
    isNextKnown = untilDue.compareTo(idle) < 0;
    nextDueNanos = isNextKnown ? nowNanos + untilDue.toNanos() : 0;
  }

  /** The longest time until the next look. */
  Duration now(long nowNanos) {
    isBusy &= busyUntilNanos - nowNanos > 0;
    boolean mayRest = isAnswered && !isBusy;
    return mayRest || idle.compareTo(BUSY) <= 0 ? idle : BUSY;
  }

  /** The given time, but at most until the next job is due. */
  Duration rest(Duration most, long nowNanos) {
    Duration untilDue = Duration.ofNanos(Math.max(nextDueNanos - nowNanos, 0));
    return isNextKnown && untilDue.compareTo(most) < 0 ? untilDue : most;
  }

  /** Whether the next job has become due. True only once for each job. */
  boolean takeDue(long nowNanos) {
    boolean isDue = isNextKnown && nextDueNanos - nowNanos <= 0;
    isNextKnown &= !isDue;
    return isDue;
  }
}
