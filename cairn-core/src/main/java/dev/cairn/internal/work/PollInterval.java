package dev.cairn.internal.work;

import java.time.Duration;

/**
 * How long the fetcher of a queue waits from one look to the next, unless it is told of new jobs.
 *
 * <p>A job that snoozes for a few seconds, or is retried that soon, becomes due without a
 * notification. A look at a queue says when its next job is due, and the fetcher wakes up then. So
 * a queue may rest for its whole interval only after a look was answered, and only if no job of it
 * has run for some seconds: the outcome of such a job may be written after the look. Otherwise it
 * rests for a second at most. Used by one thread.
 */
final class PollInterval {
  /** Between two looks at a queue whose next job may be due at any time. */
  static final Duration BUSY = Duration.ofSeconds(1);

  /** Longer than a job may be available before it is due. */
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

  /** Jobs of the queue run, or their outcomes are not written yet. */
  void works(long nowNanos) {
    isBusy = true;
    busyUntilNanos = nowNanos + BUSY_NANOS;
  }

  /** The jobs ahead were claimed without an answer that says when the next one is due. */
  void claimed() {
    isAnswered = false;
  }

  /**
   * A look over all jobs ahead has said when the next one is due.
   *
   * @param untilDue longer than any interval if there is none
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

  /** This time, but not beyond the moment at which the next job is due. */
  Duration rest(Duration most, long nowNanos) {
    Duration untilDue = Duration.ofNanos(Math.max(nextDueNanos - nowNanos, 0));
    return isNextKnown && untilDue.compareTo(most) < 0 ? untilDue : most;
  }

  /** Whether the job that was the next has become due since the last call. */
  boolean takeDue(long nowNanos) {
    boolean isDue = isNextKnown && nextDueNanos - nowNanos <= 0;
    isNextKnown &= !isDue;
    return isDue;
  }
}
