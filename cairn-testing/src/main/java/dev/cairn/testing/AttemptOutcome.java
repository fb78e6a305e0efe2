package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What one attempt would mean for its job. May get further types. */
public sealed interface AttemptOutcome {
  /** The worker returned. */
  record Completed() implements AttemptOutcome {}

  /**
   * The worker threw.
   *
   * @param failure the exception
   * @param discarded whether this was the last attempt, so that the job is not retried
   * @param nextRetry the time of the retry that the worker chose; empty if the client's policy
   *     decides
   */
  record Failed(Throwable failure, boolean discarded, Optional<Instant> nextRetry)
      implements AttemptOutcome {}

  /**
   * The worker cancelled its job, or obeyed a cancellation from outside.
   *
   * @param reason the worker's words
   */
  record Cancelled(String reason) implements AttemptOutcome {}

  /**
   * The worker postponed its job.
   *
   * @param delay from the end of the attempt
   */
  record Snoozed(Duration delay) implements AttemptOutcome {}

  /**
   * The job gave up its slot. It continues after the delay, or when what it waits for arrives.
   *
   * @param delay from the end of the attempt, at most
   */
  record Suspended(Duration delay) implements AttemptOutcome {}

  /** The worker stopped at a point of interruption. The job continues where it stopped. */
  record Interrupted(InterruptionReason reason) implements AttemptOutcome {}
}
