package dev.cairn.internal.store;

import dev.cairn.JobRow;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.QuarantinedItem;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads resumable jobs for operators, and changes them (R27, R28). */
public interface JobControlStore {
  /** The same store in the caller's transaction. */
  JobControlStore in(Connection connection);

  /** The progress of a job. */
  Optional<JobProgress> progress(long id);

  /** The first items that a job has put aside, oldest first. */
  List<QuarantinedItem> quarantined(long id, int limit);

  /**
   * Locks a job, calls {@code decision} for the change, and applies the change, all in one
   * transaction.
   *
   * @param decision returns the change; empty if nothing is to be done
   * @return the job after the change
   */
  Optional<JobRow> change(long id, Function<LockedJob, Optional<JobChange>> decision);

  /**
   * A locked job, which no other transaction can change or claim.
   *
   * @param riverIsNewer whether another program, such as a worker in Go, has changed River's
   *     resumable keys since the steps were saved
   */
  record LockedJob(JobRow job, JobProgress progress, boolean riverIsNewer) {}
}
