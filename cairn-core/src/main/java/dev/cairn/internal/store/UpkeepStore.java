package dev.cairn.internal.store;

import dev.cairn.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** The statements of the leader. */
public interface UpkeepStore {
  /**
   * Makes due scheduled and retryable jobs available and notifies their queues. If the unique key
   * of a job has been taken, the job is discarded, as in River.
   *
   * @return the number of jobs that changed
   */
  int schedule(int limit);

  /**
   * Jobs that have been running for longer than {@code horizon} under clients without a heartbeat,
   * such as those of River for Go. Also jobs whose row does not contain the client that works them,
   * or the time of the claim.
   *
   * @param sparedKinds the kinds of which a known client may work a job for any time
   */
  List<StuckJob> findStuck(Duration horizon, Set<String> sparedKinds, int limit);

  /** Ends the attempt of a stuck job as failed; it is retried after {@code delay}. */
  boolean rescue(StuckJob job, Duration delay);

  /**
   * Deletes jobs whose retention time has passed. Deletes at most {@code limit} for each queue with
   * its own times, and at most {@code limit} for all others.
   *
   * @return the number of deleted jobs
   */
  int clean(Retention retention, int limit);

  /** Deletes checkpoints whose job is gone, and clients that died long ago. */
  void cleanLeftovers(int limit);

  /** The clock of the database. */
  Instant now();

  /** The indexes on jobs that may grow, quoted. */
  List<String> indexes();

  /**
   * Rebuilds an index without blocking other sessions. What does not end in time leaves an
   * unfinished index behind.
   */
  void reindex(String index, Duration timeout);

  /**
   * Drops the unfinished indexes of rebuilds that were cut off.
   *
   * @param timeout for each of them
   * @return whether none is left; false if another session is changing indexes
   */
  boolean dropUnfinishedIndexes(Duration timeout);

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
