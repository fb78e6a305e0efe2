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
   * @param failure what it threw
   * @param discarded whether that was the last attempt, so that the job is not retried
   * @param nextRetry when the worker wants the retry; empty if it leaves that to the client's
   *     policy
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
   * The worker wants its job to run again later.
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

  /** The worker stopped at a point of interruption; the job goes on where it stopped. */
  record Interrupted(InterruptionReason reason) implements AttemptOutcome {}
}
