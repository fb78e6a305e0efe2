package dev.cairn.resumable;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.event.EventKind;
import dev.cairn.event.StepEvent;
import dev.cairn.event.StepEvent.Origin;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;

/** Publishes the events of one attempt, if there are listeners (R27). */
final class StepEvents {
  private final MiddlewareContext context;

  StepEvents(MiddlewareContext context) {
    this.context = context;
  }

  void attemptStarted() {
    if (context.isHeard(EventKind.JOB_STARTED)) {
      context.publish(new StepEvent.Started(origin()));
    }
  }

  /** Publishes where the job continues: the step in progress, or else the last finished one. */
  void resumed(Checkpoint at) {
    context.publish(new StepEvent.Resumed(origin(), at.name(), at.value()));
  }

  void quarantined(StepEntry entry, String item, String error) {
    if (context.isHeard(EventKind.ITEM_QUARANTINED)) {
      context.publish(new StepEvent.Quarantined(origin(), entry.path(), item, error));
    }
  }

  void started(StepEntry entry) {
    if (context.isHeard(EventKind.STEP_STARTED)) {
      context.publish(new StepEvent.StepStarted(origin(), entry.path()));
    }
  }

  void skipped(StepEntry entry) {
    if (context.isHeard(EventKind.STEP_SKIPPED)) {
      context.publish(new StepEvent.StepSkipped(origin(), entry.path()));
    }
  }

  /** Publishes that the code no longer has a finished step (R10). */
  void removed(String step) {
    if (context.isHeard(EventKind.STEP_REMOVED)) {
      context.publish(new StepEvent.StepRemoved(origin(), step));
    }
  }

  void finished(StepEntry entry) {
    if (context.isHeard(EventKind.STEP_FINISHED)) {
      context.publish(
          new StepEvent.StepFinished(origin(), entry.path(), entry.meter().read().spent()));
    }
  }

  /** Publishes that a step has ended and is not finished. */
  void ended(StepEntry entry, Throwable end) {
    EventKind kind = isFailure(end) ? EventKind.STEP_FAILED : EventKind.STEP_STOPPED;
    if (!context.isHeard(kind)) {
      return;
    }
    context.publish(
        kind == EventKind.STEP_STOPPED
            ? new StepEvent.StepStopped(origin(), entry.path())
            : new StepEvent.StepFailed(origin(), entry.path(), entry.meter().read().spent(), end));
  }

  /**
   * An interruption, a snooze, a cancellation or the failure of another branch is not a failure of
   * the step.
   */
  private boolean isFailure(Throwable end) {
    var thrown = new ForeignFailure(end);
    boolean isInterrupt =
        context.interruption().isPresent() && thrown.find(InterruptedException.class) != null;
    return !isInterrupt
        && thrown.find(JobInterruption.class) == null
        && thrown.find(JobSnoozeException.class) == null
        && thrown.find(JobCancelException.class) == null
        && thrown.find(BranchGroup.Stopped.class) == null;
  }

  void interrupted(InterruptionReason reason) {
    if (context.isHeard(EventKind.ATTEMPT_INTERRUPTED)) {
      context.publish(new StepEvent.Interrupted(origin(), reason));
    }
  }

  private Origin origin() {
    Job<?> job = context.job();
    return new Origin(job.id(), job.kind(), job.attempt(), job.attemptedAt());
  }
}
