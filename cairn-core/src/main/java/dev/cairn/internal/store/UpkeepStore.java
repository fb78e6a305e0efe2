package dev.cairn.internal.store;

import dev.cairn.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** The statements of the leader. */
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
   * those of River for Go, or of which the row does not say who works them since when.
   *
   * @param sparedKinds of which a client that is known may work a job for any time
   */
  List<StuckJob> findStuck(Duration horizon, Set<String> sparedKinds, int limit);

  /** Ends the attempt of a stuck job as failed; it is retried after {@code delay}. */
  boolean rescue(StuckJob job, Duration delay);

  /**
   * Deletes jobs that were finalized longer ago than their queue and state is kept, at most {@code
   * limit} for each queue that has times of its own, and for all others.
   *
   * @return how many were deleted
   */
  int clean(Retention retention, int limit);

  /** Deletes checkpoints whose job is gone, and clients that died long ago. */
  void cleanLeftovers(int limit);

  /** The clock of the database. */
  Instant now();

  /** The indexes of the jobs that may grow, quoted. */
  List<String> indexes();

  /** Rebuilds an index without locking anybody out. */
  void reindex(String index, Duration timeout);

  /**
   * A job to rescue.
   *
   * @param claim with the client {@code ""} or the time {@link java.time.Instant#MIN} if the row
   *     has none
   */
  record StuckJob(
      Claim claim,
      String kind,
      int attempt,
      int maxAttempts,
      int failures,
      boolean cancelRequested) {}
}
