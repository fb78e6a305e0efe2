package dev.cairn.internal.work;

import java.time.Duration;

/**
 * How long the fetcher of a queue waits from one look to the next, unless it is told of new jobs.
 * While jobs of the queue run, and a little longer, that is at most a second: one that snoozes for
 * a few seconds, or is tried again that soon, is due at a moment that nobody tells of. Of jobs that
 * others have put off so, a look says when they are due. Used by one thread.
 */
final class PollInterval {
  static final Duration BUSY = Duration.ofSeconds(1);

  /** Longer than a job may be available before it is due. */
  private static final long BUSY_NANOS = Duration.ofSeconds(6).toNanos();

  private final Duration idle;
  private boolean isBusy;
  private long busyUntilNanos;
  private boolean isNextKnown;
  private long nextDueNanos;

  /**
   * Of a queue that is idle.
   *
   * @param idle how long to wait then
   */
  PollInterval(Duration idle) {
    this.idle = idle;
  }

  /** Jobs of the queue run. */
  void works(long nowNanos) {
    isBusy = true;
    busyUntilNanos = nowNanos + BUSY_NANOS;
  }

  /**
   * A look over all jobs that are ahead has said when the next one is due.
   *
   * @param untilDue longer than anything if there is none
   */
  void looked(Duration untilDue, long nowNanos) {
    isNextKnown = untilDue.compareTo(idle) < 0;
    nextDueNanos = isNextKnown ? nowNanos + untilDue.toNanos() : 0;
  }

  /** Until the next look, at most. */
  Duration now(long nowNanos) {
    isBusy &= busyUntilNanos - nowNanos > 0;
    return isBusy && idle.compareTo(BUSY) > 0 ? BUSY : idle;
  }

  /** So long, and not beyond the moment at which the next job is due. */
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
