package dev.cairn.testing;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.event.JobEvent;
import java.util.Optional;

/**
 * One attempt of a job that was worked with the database. May get further components.
 *
 * @param job as it stood right after the attempt; as it was before, if it is no longer there
 * @param event the event of its end; empty if the job was taken from the client
 * @param failure what the worker threw, whatever that meant for the job
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
