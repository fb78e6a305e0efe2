package dev.cairn.internal.work;

import dev.cairn.AttemptError;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.event.EventKind;
import dev.cairn.event.JobEvent;
import dev.cairn.event.StepEvent;
import dev.cairn.event.StepEvent.Origin;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.internal.store.Outcome;
import dev.cairn.spi.Checkpoint;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Reports the outcomes that were written, if there are listeners. Thread-safe. */
final class JobReporter {
  private static final Log log = Log.of(JobReporter.class);

  /** The tries take about five seconds in total. */
  private static final int TRIES_MAX = 10;

  private static final int AT_ONCE = 200;

  /** Why a job has lost its unique key, in its metadata. */
  private static final String BY_HAND_BACK = "hand_back_discarded";

  private static final Set<String> BY_ATTEMPTS = Set.of("finish_discarded", BY_HAND_BACK);

  private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();

  private final EventBus events;
  private final JobListStore jobs;
  private final EventDispatcher dispatcher;

  JobReporter(EventBus events, JobListStore jobs, EventDispatcher dispatcher) {
    this.events = events;
    this.jobs = jobs;
    this.dispatcher = dispatcher;
  }

  /**
   * Reports these outcomes on the dispatcher's thread, so that neither the query for the jobs nor a
   * listener delays the next outcomes.
   */
  void written(List<WrittenAttempt> attempts) {
    boolean checkpoints =
        events.isHeard(EventKind.CHECKPOINT_SAVED)
            && attempts.stream().anyMatch(each -> !each.attempt().checkpoints().isEmpty());
    List<WrittenAttempt> told = checkpoints ? attempts : heard(attempts);
    if (!told.isEmpty()) {
      long now = System.nanoTime();
      dispatcher.dispatch(() -> tell(told, now));
    }
  }

  /**
   * Leaves out attempts whose event has no listener: most jobs complete, and a listener for
   * failures must not make the client read all of them again.
   */
  private List<WrittenAttempt> heard(List<WrittenAttempt> attempts) {
    if (!events.isOutcomeHeard()) {
      return List.of();
    }
    boolean completed =
        events.isHeard(EventKind.JOB_COMPLETED) || events.isHeard(EventKind.JOB_CANCELLED);
    return completed
        ? attempts
        : attempts.stream()
            .filter(each -> each.attempt().outcome().event() != EventKind.JOB_COMPLETED)
            .toList();
  }

  /**
   * Publishes in portions, because the arguments and metadata of thousands of jobs may be
   * gigabytes.
   */
  private void tell(List<WrittenAttempt> attempts, long now) {
    for (int from = 0; from < attempts.size(); from += AT_ONCE) {
      int end = Math.min(from + AT_ONCE, attempts.size());
      try {
        tellSome(attempts.subList(from, end), now);
      } catch (Unreadable e) {
        warnOfLoss(attempts.size() - from, e);
        return;
      }
    }
  }

  /**
   * The jobs could not be read: all tries have failed, or one has failed while the client stops.
   */
  private static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(Throwable cause) {
      super(cause);
    }
  }

  private void tellSome(List<WrittenAttempt> attempts, long now) throws Unreadable {
    Map<Long, JobRow> rows = new HashMap<>();
    read(attempts.stream().map(each -> each.attempt().claim().jobId()).toList())
        .forEach(row -> rows.put(row.id(), row));
    for (WrittenAttempt written : attempts) {
      FinishedAttempt attempt = written.attempt();
      JobRow row = rows.get(attempt.claim().jobId());
      if (row != null) {
        publishCheckpoints(attempt, row);
        JobEvent event = event(attempt, row, now);
        events.publish(event);
        if (isDiscarded(written, event)) {
          events.publish(
              new JobEvent(
                  EventKind.JOB_DISCARDED, row, event.queueWait(), event.run(), event.complete()));
        }
        dispatcher.noteProgress();
      }
    }
  }

  /**
   * Whether this outcome has discarded the job: the attempt was the last one, or another job has
   * taken the unique key. Somebody may have retried the job since.
   */
  private static boolean isDiscarded(WrittenAttempt written, JobEvent event) {
    FinishedAttempt attempt = written.attempt();
    JobRow row = event.job();
    boolean isWritten = written.isCertain() || hasErrorOf(attempt.outcome(), row);
    return switch (event.kind()) {
      case JOB_COMPLETED, JOB_CANCELLED -> false;
      default ->
          isWritten
              && (attempt.outcome() instanceof Outcome.Discarded
                  || (hasLostKey(row) && isStillOf(attempt.claim(), row)));
    };
  }

  /**
   * Whether the row has the error of this outcome, if it has one. A rescue that came first has
   * written another text for the same attempt, and whoever did that reports the job.
   */
  private static boolean hasErrorOf(Outcome outcome, JobRow row) {
    AttemptError error = outcome.error();
    return error == null
        || row.errors().stream()
            .anyMatch(past ->
                past.at().equals(error.at())
                    && past.attempt() == error.attempt()
                    && past.error().equals(error.error()));
  }

  /** Whether an outcome or a hand-back has discarded the job, and neither a rescue nor a leader. */
  private static boolean hasLostKey(JobRow row) {
    return row.state() == JobState.DISCARDED && BY_ATTEMPTS.contains(conflict(row));
  }

  private static String conflict(JobRow row) {
    return StoredJson.read(row.metadata()).path(MetadataKeys.UNIQUE_KEY_CONFLICT).asString("");
  }

  /**
   * Reports jobs that this client has set apart, on the dispatcher's thread. Those that are no
   * longer discarded are left out.
   */
  void discarded(List<Long> ids) {
    if (isDiscardHeard(ids)) {
      dispatcher.dispatch(() -> tellDiscarded(ids, row -> true));
    }
  }

  /** As {@link #discarded}, for jobs that the maintenance took away: it waits for no listener. */
  void discardedByMaintenance(List<Long> ids) {
    if (isDiscardHeard(ids)) {
      dispatcher.dispatchAtOnce(() -> tellDiscarded(ids, row -> true));
    }
  }

  /**
   * Reports those of these jobs that were discarded when they were handed back, because other jobs
   * had taken their unique keys. Waits for no listener.
   */
  void handedBack(List<Long> ids) {
    if (isDiscardHeard(ids)) {
      dispatcher.dispatchAtOnce(
          () -> tellDiscarded(ids, row -> conflict(row).equals(BY_HAND_BACK)));
    }
  }

  private boolean isDiscardHeard(List<Long> ids) {
    return !ids.isEmpty() && events.isHeard(EventKind.JOB_DISCARDED);
  }

  private void tellDiscarded(List<Long> ids, Predicate<JobRow> isMeant) {
    for (int from = 0; from < ids.size(); from += AT_ONCE) {
      try {
        for (JobRow row : read(ids.subList(from, Math.min(from + AT_ONCE, ids.size())))) {
          if (row.state() == JobState.DISCARDED && isMeant.test(row)) {
            events.publish(
                new JobEvent(
                    EventKind.JOB_DISCARDED, row, Duration.ZERO, Duration.ZERO, Duration.ZERO));
          }
          dispatcher.noteProgress();
        }
      } catch (Unreadable e) {
        warnOfLoss(ids.size() - from, e);
        return;
      }
    }
  }

  private static void warnOfLoss(int jobs, Unreadable reason) {
    log.warn(
        "Dropped the events of {} jobs, because the jobs cannot be read [CAIRN-522]",
        jobs,
        reason.getCause());
  }

  /** Reads the jobs. The outcomes are already written, so a query that fails is repeated. */
  private List<JobRow> read(List<Long> ids) throws Unreadable {
    for (int tries = 1; ; tries++) {
      try {
        return jobs.findAll(ids);
      } catch (RuntimeException | Error e) {
        if (tries == TRIES_MAX || dispatcher.isStopping()) {
          throw new Unreadable(e);
        }
        LockSupport.parkNanos(tries * PAUSE_NANOS);
      }
    }
  }

  /** The checkpoints that were written with the outcome. */
  private void publishCheckpoints(FinishedAttempt attempt, JobRow row) {
    if (hasDeletedThem(attempt, row) || !events.isHeard(EventKind.CHECKPOINT_SAVED)) {
      return;
    }
    // Not the number in the row, which has changed if the job was claimed again since.
    var origin = new Origin(row.id(), row.kind(), attempt.number(), attempt.claim().attemptedAt());
    attempt.checkpoints().stream()
        .map(CheckpointWrite::checkpoint)
        .filter(checkpoint -> !checkpoint.isNote())
        .forEach(checkpoint -> events.publish(saved(origin, checkpoint)));
  }

  /**
   * Whether this attempt has completed the job, which deletes its checkpoints. The worker may have
   * done that in its own transaction. A later attempt may have completed the job since, but that
   * does not concern the checkpoints of this attempt.
   */
  private static boolean hasDeletedThem(FinishedAttempt attempt, JobRow row) {
    return attempt.outcome().event() == EventKind.JOB_COMPLETED
        || (row.state() == JobState.COMPLETED && isStillOf(attempt.claim(), row));
  }

  /** The event of a checkpoint that is durable. */
  static StepEvent saved(Origin origin, Checkpoint checkpoint) {
    return new StepEvent.CheckpointSaved(
        origin,
        checkpoint.name(),
        checkpoint.finished(),
        checkpoint.finished() ? null : checkpoint.value());
  }

  private static JobEvent event(FinishedAttempt attempt, JobRow row, long now) {
    return new JobEvent(
        kind(attempt, row),
        row,
        attempt.times().queueWait(),
        attempt.times().run(),
        Duration.ofNanos(now - attempt.times().endedNanos()));
  }

  private static EventKind kind(FinishedAttempt attempt, JobRow row) {
    EventKind byOutcome = attempt.outcome().event();
    if (!isStillOf(attempt.claim(), row)) {
      // The job has moved on since, so its row says nothing about this attempt.
      return byOutcome;
    }
    return switch (row.state()) {
      // The worker may have completed the job in its own transaction, even if it failed after that.
      case COMPLETED -> EventKind.JOB_COMPLETED;
      // The job may have been cancelled while it ran.
      case CANCELLED -> EventKind.JOB_CANCELLED;
      default -> byOutcome;
    };
  }

  /**
   * Whether the job has not been claimed again since. If this claim was renewed, its time is no
   * longer in the row's own column, but in the metadata.
   */
  private static boolean isStillOf(Claim claim, JobRow row) {
    if (row.attemptedBy().isEmpty() || !row.attemptedBy().getLast().equals(claim.clientId())) {
      return false;
    }
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, claim.attemptedAt());
    return claim.attemptedAt().equals(row.attemptedAt())
        || row.metadata().contains("\"" + MetadataKeys.RENEWED + "\": [" + micros + ",");
  }
}
