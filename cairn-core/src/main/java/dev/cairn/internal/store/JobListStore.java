package dev.cairn.internal.store;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.jobs.JobQuery;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads and changes jobs from outside their attempts. */
public interface JobListStore {
  /** The same store in the caller's transaction. */
  JobListStore in(Connection connection);

  Optional<JobRow> find(long id);

  /** Those of the jobs that exist, in no particular order. */
  List<JobRow> findAll(List<Long> ids);

  Listing list(JobQuery query);

  Map<JobState, Long> countByState();

  /** Counts the jobs in each state, up to {@code most} in each. */
  Map<JobState, Long> countByState(long most);

  /** Cancels a job. If the job is running, requests its cancellation and notifies its client. */
  Optional<JobRow> cancel(long id);

  /**
   * Cancels jobs that have not ended. For running jobs, requests the cancellation and notifies
   * their clients.
   *
   * @param recorded the operation to record on each job; null for none
   */
  List<JobRow> cancelMany(JobQuery query, @Nullable JobChange recorded);

  /** Makes a job available at once. */
  Optional<JobRow> retry(long id);

  /**
   * Makes jobs available at once, unless they are running or already available, or another job
   * holds their unique key.
   *
   * @param recorded the operation to record on each job; null for none
   */
  List<JobRow> retryMany(JobQuery query, @Nullable JobChange recorded);

  /**
   * Changes a job. Changes nothing if a part of the change is refused.
   *
   * @param recorded the operation to record on the job; null for none
   * @throws IllegalStateException if the job cannot be moved in its state
   */
  Optional<JobRow> update(long id, Change change, @Nullable JobChange recorded);

  /** Deletes a job that is not running. */
  Optional<JobRow> delete(long id);

  /** Deletes jobs that are not running. */
  List<JobRow> deleteMany(JobQuery query);

  /**
   * Jobs that were found.
   *
   * @param scanEnd the id of the last job that was examined, if there may be more; null if all were
   */
  record Listing(List<JobRow> jobs, @Nullable Long scanEnd) {}

  /**
   * A change of a job's values.
   *
   * @param metadata a JSON object to merge; null for none
   * @param output the new output, as JSON; null to leave it unchanged
   */
  record Change(@Nullable String metadata, @Nullable String output, Move move) {}

  /** When and where a job that waits is to run. Null leaves a value unchanged. */
  record Move(
      @Nullable Instant scheduledAt,
      @Nullable String queue,
      @Nullable Integer priority,
      @Nullable Integer maxAttempts) {
    public static final Move NONE = new Move(null, null, null, null);
  }
}
