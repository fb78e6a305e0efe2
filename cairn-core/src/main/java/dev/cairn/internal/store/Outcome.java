package dev.cairn.internal.store;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import java.time.Duration;

/** How an attempt ended. Delays count from the moment the outcome is written. */
public sealed interface Outcome {
  /** The worker returned. */
  record Completed() implements Outcome {}

  /**
   * The worker failed and the job has attempts left.
   *
   * @param attemptsBack how many of its attempts the job is given back
   */
  record Retried(AttemptError error, Duration delay, int attemptsBack) implements Outcome {}

  /** The worker failed in the last attempt. */
  record Discarded(AttemptError error) implements Outcome {}

  /** The worker, or somebody outside, cancelled the job. */
  record Cancelled(AttemptError error) implements Outcome {}

  /** The worker wants to go on later. */
  record Snoozed(Duration delay) implements Outcome {}

  /** The attempt had to stop; the job is to go on here or elsewhere. */
  record Interrupted(InterruptionReason reason, Duration delay) implements Outcome {
    /** It is to go on at once. */
    public Interrupted(InterruptionReason reason) {
      this(reason, Duration.ZERO);
    }
  }

  /**
   * The job waits.
   *
   * @param wakeable whether it is available at once if it has been woken while it ran
   */
  record Suspended(Duration delay, boolean wakeable) implements Outcome {}
}
