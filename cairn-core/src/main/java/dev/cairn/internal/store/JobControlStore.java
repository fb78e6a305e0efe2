package dev.cairn.internal.store;

import dev.cairn.JobRow;
import dev.cairn.jobs.JobProgress;
import java.sql.Connection;
import java.util.Optional;
import java.util.function.Function;

/** Resumable jobs as operators look at them and act on them (R27, R28). */
public interface JobControlStore {
  /** The same in the caller's transaction. */
  JobControlStore in(Connection connection);

  /** How far a job has come. */
  Optional<JobProgress> progress(long id);

  /**
   * Locks a job, asks what is to be done to it, and does that: all in one transaction.
   *
   * @param decision gives nothing if nothing is to be done
   * @return the job after the change
   */
  Optional<JobRow> change(long id, Function<LockedJob, Optional<JobChange>> decision);

  /**
   * A job that nobody else can change or claim now.
   *
   * @param riverIsNewer whether somebody else, such as a worker in Go, has changed River's
   *     resumable keys since the steps were saved
   */
  record LockedJob(JobRow job, JobProgress progress, boolean riverIsNewer) {}
}
