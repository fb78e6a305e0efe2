package dev.cairn.internal.store;

import dev.cairn.JobProgress;
import java.sql.Connection;
import java.util.Optional;

/** Resumable jobs as operators look at them and act on them (R27, R28). */
public interface JobControlStore {
  /** The same in the caller's transaction. */
  JobControlStore in(Connection connection);

  /** How far a job has come. */
  Optional<JobProgress> progress(long id);
}
