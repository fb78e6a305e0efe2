package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.event.StepEvent;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.store.Outcome;

/**
 * The counters in a job's metadata that change when an attempt ends, independently of each other
 * (R18).
 */
final class Counters {
  private static final Log log = Log.of(Counters.class);

  private Counters() {}

  /** Stages the counters of an outcome, and warns if the job is making no progress. */
  static void count(Attempt attempt, Outcome outcome) {
    switch (outcome) {
      case Outcome.Snoozed snoozed -> {
        attempt.metadata().count(MetadataKeys.SNOOZES);
        forgetDeaths(attempt);
        if (!attempt.checkpoints().isUsed() || attempt.checkpoints().progress().hasMoved()) {
          forgetStandstill(attempt);
        }
      }
      case Outcome.Suspended suspended when attempt.checkpoints().progress().hasMoved() ->
          forgetStandstill(attempt);
      case Outcome.Interrupted interrupted ->
          attempt
              .metadata()
              .count(
                  interrupted.reason() == InterruptionReason.MAX_RUNTIME
                      ? MetadataKeys.YIELDS
                      : MetadataKeys.INTERRUPTIONS);
      // A failure that is not counted gives back only its own attempt, which never counts again.
      case Outcome.Retried retried when retried.attemptsBack() > 0 && retried.isCounted() ->
          attempt
              .metadata()
              .setCounter(
                  MetadataKeys.ATTEMPTS_RENEWED,
                  attempt.metadata().counted(MetadataKeys.ATTEMPTS_RENEWED)
                      + retried.attemptsBack());
      default -> {}
    }
    countOutages(attempt, outcome);
    if (mayStandStill(attempt, outcome)) {
      countStandstill(attempt);
    }
  }

  /**
   * Whether an attempt may have ended without progress. Without steps, a job that is cut off by its
   * maximum runtime begins from zero each time.
   */
  private static boolean mayStandStill(Attempt attempt, Outcome outcome) {
    boolean isCutOff =
        outcome instanceof Outcome.Interrupted interrupted
            && interrupted.reason() == InterruptionReason.MAX_RUNTIME;
    return isCutOff
        || ((outcome instanceof Outcome.Retried || outcome instanceof Outcome.Interrupted)
            && attempt.checkpoints().isUsed());
  }

  /** Resets the number of deaths in a row: a job that snoozes has reached the end of its work. */
  private static void forgetDeaths(Attempt attempt) {
    if (attempt.claimed().metadata().contains('"' + MetadataKeys.DEATHS + '"')) {
      attempt.metadata().setCounter(MetadataKeys.DEATHS, 0);
    }
  }

  private static void countOutages(Attempt attempt, Outcome outcome) {
    boolean isOutage =
        outcome instanceof Outcome.Interrupted interrupted
            && interrupted.reason() == InterruptionReason.DATABASE_LOST;
    int before = outcome instanceof Outcome.Snoozed ? 0 : outages(attempt);
    if (isOutage) {
      // The middleware does not publish this event.
      attempt.publishLater(
          new StepEvent.Interrupted(attempt.origin(), InterruptionReason.DATABASE_LOST));
      attempt.metadata().setCounter(MetadataKeys.OUTAGES, before + 1);
    } else if (before < attempt.metadata().counted(MetadataKeys.OUTAGES)
        && !(outcome instanceof Outcome.Completed)) {
      attempt.metadata().setCounter(MetadataKeys.OUTAGES, before);
    }
  }

  /** How many attempts in a row an outage of the database has ended, before this one. */
  static int outages(Attempt attempt) {
    return attempt.checkpoints().progress().hasMoved()
        ? 0
        : attempt.metadata().counted(MetadataKeys.OUTAGES);
  }

  /**
   * Resets the number of attempts in a row without progress. Without steps, nothing but the end of
   * an attempt shows that a job makes progress.
   */
  private static void forgetStandstill(Attempt attempt) {
    if (attempt.metadata().counted(MetadataKeys.NO_PROGRESS) > 0) {
      attempt.metadata().setCounter(MetadataKeys.NO_PROGRESS, 0);
    }
  }

  private static void countStandstill(Attempt attempt) {
    if (attempt.checkpoints().progress().hasMoved()) {
      forgetStandstill(attempt);
      return;
    }
    int before = attempt.metadata().counted(MetadataKeys.NO_PROGRESS);
    attempt.metadata().setCounter(MetadataKeys.NO_PROGRESS, before + 1);
    if (before + 1 == attempt.policy().noProgressAfter()) {
      log.warn(
          "{} is making no progress: the last {} attempts ended at the same checkpoint, or without one [CAIRN-510]",
          attempt.describe(),
          before + 1);
      // On another thread, because the end of an attempt must not wait for a listener.
      attempt.publishLater(new StepEvent.NoProgress(attempt.origin(), before + 1));
    }
  }
}
