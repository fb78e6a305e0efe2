package dev.cairn.internal.work;

import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.ClaimedJob;
import java.time.Duration;
import java.time.Instant;

/**
 * When an attempt began and ended, by this process's clock and by the database's. The time runs
 * from the creation of this object. Thread-safe.
 */
final class RunningTime {
  private final ClaimedJob claimed;
  private final long startedNanos = System.nanoTime();
  private volatile long endedNanos;
  private volatile boolean ended;

  RunningTime(ClaimedJob claimed) {
    this.claimed = claimed;
  }

  /** When the attempt began, in {@link System#nanoTime()}. */
  long startedNanos() {
    return startedNanos;
  }

  void end() {
    endedNanos = System.nanoTime();
    ended = true;
  }

  boolean hasEnded() {
    return ended;
  }

  /** How long the attempt took; until now if it has not ended. */
  AttemptTimes times() {
    long end = ended ? endedNanos : System.nanoTime();
    return new AttemptTimes(
        Duration.between(claimed.scheduledAt(), claimed.claim().attemptedAt()),
        Duration.ofNanos(end - startedNanos),
        end);
  }

  /**
   * The database's time: its clock at the claim, plus the time that has passed by this process's
   * clock.
   */
  Instant databaseTime() {
    return claimed.claim().attemptedAt().plusNanos(System.nanoTime() - startedNanos);
  }
}
