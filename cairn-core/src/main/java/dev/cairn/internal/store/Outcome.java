package dev.cairn.internal.store;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import dev.cairn.JobState;
import dev.cairn.event.EventKind;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended. The delay of a job that sleeps starts at the end of its attempt; any other
 * delay starts when the outcome is written.
 */
public sealed interface Outcome {
  /** The next state of the job, unless it was cancelled or paused. */
  JobState nextState();

  /** The event to publish. */
  EventKind event();

  /** How long the job waits until it is due again. */
  default Duration delay() {
    return Duration.ZERO;
  }

  /** The number of attempts that the job gets back. */
  default int attemptsBack() {
    return 0;
  }

  /** The error to add to the job's errors; null if there is none. */
  default @Nullable AttemptError error() {
    return null;
  }

  /** Whether the job keeps its place in the queue. */
  default boolean keepsPlace() {
    return false;
  }

  /** The same outcome with another error, if it has one. */
  default Outcome mapError(UnaryOperator<AttemptError> change) {
    return this;
  }

  /** The worker returned. */
  record Completed() implements Outcome {
    @Override
    public JobState nextState() {
      return JobState.COMPLETED;
    }

    @Override
    public EventKind event() {
      return EventKind.JOB_COMPLETED;
    }
  }

  /**
   * The worker failed and the job has attempts left.
   *
   * @param attemptsBack the number of attempts that the job gets back
   * @param isCounted whether the failure counts against the limits of the job's whole life. The
   *     attempts that such a failure gives back have failed, and still count there
   */
  record Retried(AttemptError error, Duration delay, int attemptsBack, boolean isCounted)
      implements Outcome {
    /** A failure that counts. */
    public Retried(AttemptError error, Duration delay, int attemptsBack) {
      this(error, delay, attemptsBack, true);
    }

    @Override
    public JobState nextState() {
      return JobState.RETRYABLE;
    }

    @Override
    public EventKind event() {
      return EventKind.JOB_FAILED;
    }

    @Override
    public Outcome mapError(UnaryOperator<AttemptError> change) {
      return new Retried(change.apply(error), delay, attemptsBack, isCounted);
    }
  }

  /** The worker failed in the last attempt. */
  record Discarded(AttemptError error) implements Outcome {
    @Override
    public JobState nextState() {
      return JobState.DISCARDED;
    }

    @Override
    public EventKind event() {
      return EventKind.JOB_FAILED;
    }

    @Override
    public Outcome mapError(UnaryOperator<AttemptError> change) {
      return new Discarded(change.apply(error));
    }
  }

  /** The worker, or an operator, cancelled the job. */
  record Cancelled(AttemptError error) implements Outcome {
    @Override
    public JobState nextState() {
      return JobState.CANCELLED;
    }

    @Override
    public EventKind event() {
      return EventKind.JOB_CANCELLED;
    }

    @Override
    public Outcome mapError(UnaryOperator<AttemptError> change) {
      return new Cancelled(change.apply(error));
    }
  }

  /** The worker snoozed the job. */
  record Snoozed(Duration delay) implements Outcome {
    @Override
    public JobState nextState() {
      return JobState.SCHEDULED;
    }

    @Override
    public EventKind event() {
      return EventKind.JOB_SNOOZED;
    }

    @Override
    public int attemptsBack() {
      return 1;
    }
  }

  /** The attempt had to stop; the job continues in this client or another one. */
  record Interrupted(InterruptionReason reason, Duration delay) implements Outcome {
    /** The job continues at once. */
    public Interrupted(InterruptionReason reason) {
      this(reason, Duration.ZERO);
    }

    @Override
    public JobState nextState() {
      return delay.isZero() ? JobState.AVAILABLE : JobState.SCHEDULED;
    }

    @Override
    public EventKind event() {
      return EventKind.JOB_INTERRUPTED;
    }

    @Override
    public int attemptsBack() {
      return 1;
    }

    /** False if the attempt reached its maximum runtime, or the job has to wait. */
    @Override
    public boolean keepsPlace() {
      return delay.isZero() && reason != InterruptionReason.MAX_RUNTIME;
    }
  }

  /**
   * The job waits.
   *
   * @param waits the number of its waits. The job is available at once if one of them ended while
   *     the job ran, or if the database has fewer
   */
  record Suspended(Duration delay, int waits) implements Outcome {
    @Override
    public JobState nextState() {
      return JobState.SCHEDULED;
    }

    @Override
    public EventKind event() {
      return EventKind.JOB_SNOOZED;
    }

    @Override
    public int attemptsBack() {
      return 1;
    }
  }
}
