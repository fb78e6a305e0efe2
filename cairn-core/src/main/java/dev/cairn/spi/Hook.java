package dev.cairn.spi;

import dev.cairn.JobInsert;
import dev.cairn.PeriodicJobs;
import dev.cairn.WorkContext;
import org.jspecify.annotations.Nullable;

/**
 * Is called at points of a job's way, where {@link Middleware} goes around it. Added to a client,
 * or to one type of arguments only. Hooks run inside of the client's middleware, in the order in
 * which they were added; {@link #afterWork} in the reverse order. Thread-safe.
 */
public interface Hook {
  /**
   * Before a job is inserted, by whatever call.
   *
   * @param job with the defaults of its arguments
   * @return the job to insert: this one, or one with other options or arguments
   * @throws RuntimeException to insert nothing of the whole call
   */
  default JobInsert beforeInsert(JobInsert job) {
    return job;
  }

  /**
   * Before an attempt is worked.
   *
   * @throws Exception to fail the attempt without calling its worker
   */
  default void beforeWork(WorkContext context) throws Exception {}

  /**
   * After an attempt was worked whose {@link #beforeWork} this hook has let pass.
   *
   * @param failure what the attempt ended with, also a snooze, cancellation or interruption; null
   *     if its worker returned
   * @return what it shall have ended with
   */
  default @Nullable Throwable afterWork(WorkContext context, @Nullable Throwable failure) {
    return failure;
  }

  /** After each claim of jobs. Must return at once. Not called for hooks of one type only. */
  default void afterFetch(Fetch fetch) {}

  /**
   * When the client has become leader and begins to insert its periodic jobs: a place to add and
   * remove some. Not called for hooks of one type only.
   */
  default void beforePeriodicJobs(PeriodicJobs jobs) {}
}
