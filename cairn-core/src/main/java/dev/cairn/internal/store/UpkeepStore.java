package dev.cairn.internal.store;

import java.time.Duration;
import java.util.List;

/** What the leader does for all clients. */
public interface UpkeepStore {
  /**
   * Makes due scheduled and retryable jobs available and notifies their queues. A job whose unique
   * key is taken by then is discarded, as in River.
   *
   * @return how many jobs changed
   */
  int schedule(int limit);

  /**
   * Jobs that run longer than {@code horizon} under clients that give no sign of life, such as
   * those of River for Go.
   */
  List<StuckJob> findStuck(Duration horizon, int limit);

  /** Ends the attempt of a stuck job as failed; it is retried after {@code delay}. */
  boolean rescue(StuckJob job, Duration delay);

  /**
   * Deletes jobs that were finalized longer ago than their state is kept.
   *
   * @return how many were deleted
   */
  int clean(Retention retention, int limit);

  /** Deletes checkpoints whose job is gone, and clients that died long ago. */
  void cleanLeftovers(int limit);

  /** A job to rescue. */
  record StuckJob(
      Claim claim,
      String kind,
      int attempt,
      int maxAttempts,
      int failures,
      boolean cancelRequested) {}

  /** How long finished jobs are kept. */
  record Retention(Duration completed, Duration cancelled, Duration discarded) {
    /** As River: a day, a day, a week. */
    public static Retention defaults() {
      return new Retention(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(7));
    }
  }
}
