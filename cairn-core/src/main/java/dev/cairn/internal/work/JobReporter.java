package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.EventKind;
import dev.cairn.JobEvent;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.StepEvent;
import dev.cairn.StepEvent.Origin;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of outcomes that were written, if somebody listens. Called by the completer's thread. */
final class JobReporter {
  private static final Logger log = LoggerFactory.getLogger(JobReporter.class);

  private final EventBus events;
  private final JobListStore jobs;

  JobReporter(EventBus events, JobListStore jobs) {
    this.events = events;
    this.jobs = jobs;
  }

  /** An event that cannot be told is no reason to write an outcome again. */
  void written(List<FinishedAttempt> attempts) {
    boolean checkpoints =
        events.isHeard(EventKind.CHECKPOINT_SAVED)
            && attempts.stream().anyMatch(attempt -> !attempt.checkpoints().isEmpty());
    if ((!events.isOutcomeHeard() && !checkpoints) || attempts.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    Map<Long, JobRow> rows = new HashMap<>();
    try {
      jobs.findAll(attempts.stream().map(attempt -> attempt.claim().jobId()).toList())
          .forEach(row -> rows.put(row.id(), row));
    } catch (CairnException e) {
      log.warn("The events of {} jobs are lost: the jobs cannot be read", attempts.size(), e);
      return;
    }
    for (FinishedAttempt attempt : attempts) {
      JobRow row = rows.get(attempt.claim().jobId());
      if (row != null) {
        publishCheckpoints(attempt, row);
        events.publish(event(attempt, row, now));
      }
    }
  }

  /** Those that were written with the outcome. A completed job has dropped its own. */
  private void publishCheckpoints(FinishedAttempt attempt, JobRow row) {
    if (row.state() == JobState.COMPLETED || !events.isHeard(EventKind.CHECKPOINT_SAVED)) {
      return;
    }
    var origin = new Origin(row.id(), row.kind(), row.attempt() + givenBack(attempt.outcome()));
    for (CheckpointWrite write : attempt.checkpoints()) {
      events.publish(
          new StepEvent.CheckpointSaved(
              origin, write.checkpoint().name(), write.checkpoint().finished()));
    }
  }

  private static int givenBack(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Retried retried -> retried.attemptsBack();
      case Outcome.Snoozed snoozed -> 1;
      case Outcome.Interrupted interrupted -> 1;
      case Outcome.Suspended suspended -> 1;
      case Outcome.Completed completed -> 0;
      case Outcome.Cancelled cancelled -> 0;
      case Outcome.Discarded discarded -> 0;
    };
  }

  private static JobEvent event(FinishedAttempt attempt, JobRow row, long now) {
    return new JobEvent(
        kind(attempt.outcome(), row),
        row,
        attempt.times().queueWait(),
        attempt.times().run(),
        Duration.ofNanos(now - attempt.times().endedNanos()));
  }

  private static EventKind kind(Outcome outcome, JobRow row) {
    if (row.state() == JobState.COMPLETED) {
      // Perhaps in the worker's own transaction, whatever its worker did after that.
      return EventKind.JOB_COMPLETED;
    }
    return switch (outcome) {
      case Outcome.Completed completed -> EventKind.JOB_COMPLETED;
      case Outcome.Cancelled cancelled -> EventKind.JOB_CANCELLED;
      case Outcome.Discarded discarded -> EventKind.JOB_FAILED;
      // Somebody may have cancelled the job while it ran.
      case Outcome.Retried retried -> unlessCancelled(row, EventKind.JOB_FAILED);
      case Outcome.Snoozed snoozed -> unlessCancelled(row, EventKind.JOB_SNOOZED);
      case Outcome.Suspended suspended -> unlessCancelled(row, EventKind.JOB_SNOOZED);
      case Outcome.Interrupted interrupted -> unlessCancelled(row, EventKind.JOB_INTERRUPTED);
    };
  }

  private static EventKind unlessCancelled(JobRow row, EventKind otherwise) {
    return row.state() == JobState.CANCELLED ? EventKind.JOB_CANCELLED : otherwise;
  }
}
