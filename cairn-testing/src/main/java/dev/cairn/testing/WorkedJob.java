package dev.cairn.testing;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.event.JobEvent;
import java.util.Optional;

/**
 * One attempt of a job that was worked with the database. May get further components.
 *
 * @param job the job right after the attempt; as it was before, if it was deleted
 * @param event the event at its end; empty if the client lost the job
 * @param failure the exception of the worker, regardless of its consequence for the job
 */
public record WorkedJob(JobRow job, Optional<JobEvent> event, Optional<Throwable> failure) {
  /**
   * Asserts that the job was completed.
   *
   * @return this
   * @throws AssertionError if it was not, with what the worker threw as its cause
   */
  public WorkedJob requireCompleted() {
    if (job.state() != JobState.COMPLETED) {
      throw new AssertionError(
          "job %d (%s) should be completed, but: %s".formatted(job.id(), job.kind(), job),
          failure.orElse(null));
    }
    return this;
  }
}
