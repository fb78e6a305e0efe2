package dev.cairn.internal.store;

import dev.cairn.AttemptError;
import java.time.Duration;

/** How an attempt ended. Delays count from the moment the outcome is written. */
public sealed interface Outcome {
  /** The worker returned. */
  record Completed() implements Outcome {}

  /**
   * The worker failed and the job has attempts left.
   *
   * @param counted whether the failure used up an attempt
   */
  record Retried(AttemptError error, Duration delay, boolean counted) implements Outcome {}

  /** The worker failed in the last attempt. */
  record Discarded(AttemptError error) implements Outcome {}

  /** The worker, or somebody outside, cancelled the job. */
  record Cancelled(AttemptError error) implements Outcome {}

  /** The worker wants to go on later. */
  record Snoozed(Duration delay) implements Outcome {}

  /** The client stops; the job is to go on elsewhere at once. */
  record Interrupted() implements Outcome {}
}
