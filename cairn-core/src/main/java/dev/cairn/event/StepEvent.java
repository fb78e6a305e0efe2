package dev.cairn.event;

import dev.cairn.InterruptionReason;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened in an attempt while it runs. Subscribers must name its kind. Without
 * subscribers it costs nothing. May get further types, and these further components.
 */
public sealed interface StepEvent extends Event {
  /** Where it happened. */
  Origin origin();

  /**
   * A run of a job.
   *
   * @param attempt the number of the attempt. A snooze or an interruption gives the attempt back,
   *     so several runs of a job may have the same number
   * @param claimedAt when the job was claimed for this run, by the database's clock. No other run
   *     of the job has the same time
   */
  record Origin(long jobId, String jobKind, int attempt, Instant claimedAt) {}

  /** {@link EventKind#JOB_STARTED}. */
  record Started(Origin origin) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.JOB_STARTED;
    }
  }

  /**
   * {@link EventKind#JOB_RESUMED}. Published when the code reaches its first step.
   *
   * @param step the step in progress, or else the last finished one
   * @param cursor its position as JSON, if it has one
   */
  record Resumed(Origin origin, String step, @Nullable String cursor) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.JOB_RESUMED;
    }
  }

  /**
   * {@link EventKind#STEP_STARTED}.
   *
   * @param step its path
   */
  record StepStarted(Origin origin, String step) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.STEP_STARTED;
    }
  }

  /** {@link EventKind#STEP_SKIPPED}. */
  record StepSkipped(Origin origin, String step) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.STEP_SKIPPED;
    }
  }

  /** {@link EventKind#STEP_REMOVED}. The job's plan decides what happens to the job. */
  record StepRemoved(Origin origin, String step) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.STEP_REMOVED;
    }
  }

  /**
   * {@link EventKind#STEP_FINISHED}.
   *
   * @param spent the time spent in it, over all attempts
   */
  record StepFinished(Origin origin, String step, Duration spent) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.STEP_FINISHED;
    }
  }

  /**
   * {@link EventKind#STEP_FAILED}.
   *
   * @param spent the time spent in it, over all attempts
   */
  record StepFailed(Origin origin, String step, Duration spent, Throwable failure)
      implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.STEP_FAILED;
    }
  }

  /** {@link EventKind#STEP_STOPPED}. */
  record StepStopped(Origin origin, String step) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.STEP_STOPPED;
    }
  }

  /**
   * {@link EventKind#CHECKPOINT_SAVED}.
   *
   * @param finished whether the step is finished at this checkpoint
   * @param cursor the position in the step as JSON, if it has one and is not finished
   */
  record CheckpointSaved(Origin origin, String step, boolean finished, @Nullable String cursor)
      implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.CHECKPOINT_SAVED;
    }
  }

  /** {@link EventKind#ATTEMPT_INTERRUPTED}. */
  record Interrupted(Origin origin, InterruptionReason reason) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.ATTEMPT_INTERRUPTED;
    }
  }

  /**
   * {@link EventKind#NO_PROGRESS}.
   *
   * @param resumptions how often the job was resumed at the same place
   */
  record NoProgress(Origin origin, int resumptions) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.NO_PROGRESS;
    }
  }

  /**
   * {@link EventKind#ITEM_QUARANTINED}.
   *
   * @param item the position of the item, as JSON
   * @param error why it was put aside
   */
  record Quarantined(Origin origin, String step, String item, String error) implements StepEvent {
    @Override
    public EventKind kind() {
      return EventKind.ITEM_QUARANTINED;
    }
  }
}
