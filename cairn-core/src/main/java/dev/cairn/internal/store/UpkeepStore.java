package dev.cairn.internal.store;

import dev.cairn.JobState;
import dev.cairn.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
   * @param sparedKinds the kinds whose jobs a known client may work for any length of time
   * @param leftOut jobs are not returned under these claims
   */
  List<StuckJob> findStuck(
      Duration horizon, Set<String> sparedKinds, Set<Claim> leftOut, int limit);

  /** Ends the attempt of a stuck job as failed; it is retried after {@code delay}. */
  boolean rescue(StuckJob job, Duration delay);

  /**
   * Deletes finished jobs of a state whose retention time has passed. Jobs that are kept longer,
   * because of their queue or of items that they have put aside, are skipped.
   *
   * @param from where to begin; null for the job that ended first
   * @param age only jobs that ended at least this long ago are looked at
   * @param limit how many jobs are looked at
   */
  Cleaned clean(
      JobState state, Retention retention, @Nullable EndPlace from, Duration age, int limit);

  /**
   * A place among the finished jobs of a state, in the order in which they ended.
   *
   * @param skipped how many jobs that ended at the same time lie before it
   */
  record EndPlace(Instant finalizedAt, int skipped) {}

  /** How long finished jobs of a state are kept, according to the times of all queues or of one. */
  static Duration age(Retention times, JobState state) {
    return switch (state) {
      case COMPLETED -> times.completed();
      case CANCELLED -> times.cancelled();
      case DISCARDED -> times.discarded();
      case AVAILABLE, PENDING, RETRYABLE, RUNNING, SCHEDULED -> Retention.FOREVER;
    };
  }

  /**
   * The result of {@link #clean}.
   *
   * @param seen how many were looked at
   * @param deleted how many of these were deleted
   * @param last when the last one ended that was looked at; null if there was none
   */
  record Cleaned(int seen, int deleted, @Nullable Instant last) {}

  /**
   * Deletes the checkpoints of jobs that are gone.
   *
   * @param after the id of the last job whose checkpoints are not looked at
   * @param jobs how many jobs are looked at, by their ids
   * @param rows how many checkpoints are deleted at most
   */
  Passed cleanCheckpoints(long after, int jobs, int rows);

  /** Deletes the items that were put aside by jobs that are gone, in the same way. */
  Passed cleanQuarantine(long after, int jobs, int rows);

  /**
   * The result of deleting rows of jobs in another table.
   *
   * @param jobs how many were looked at
   * @param over how many of these had rows that are no longer needed
   * @param rows how many rows were deleted
   * @param last the id of the last job that was looked at; 0 if there was none
   */
  record Passed(int jobs, int over, int rows, long last) {}

  /** Deletes the waits of jobs that have ended or are gone, in the same way. */
  Passed cleanWaits(long after, int jobs, int rows);

  /**
   * Deletes signals that nobody has sent or waited for within a week.
   *
   * @param after the name of the last signal that is not looked at; empty to begin with the first
   * @param limit how many signals are looked at, by their names
   */
  PassedSignals cleanSignals(String after, int limit);

  /**
   * The result of {@link #cleanSignals}.
   *
   * @param looked how many were looked at
   * @param deleted how many of these were deleted
   * @param last the name of the last one that was looked at; empty if there was none
   */
  record PassedSignals(int looked, int deleted, String last) {}

  /** Deletes clients that died long ago and have no jobs. */
  void cleanClients();

  /** The clock of the database. */
  Instant now();

  /** The indexes on jobs that may grow, quoted. */
  List<String> indexes();

  /**
   * Rebuilds an index without blocking other sessions. A rebuild that does not end in time leaves
   * an unfinished index behind.
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
  record StuckJob(Claim claim, String kind, int attempt, int maxAttempts, int failures) {}
}
