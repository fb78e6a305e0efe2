package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.StepEvent;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Outcome;

/** What is counted in a job's metadata when an attempt ends, each for itself (R18). */
final class Counters {
  private static final Log log = Log.of(Counters.class);

  /** As in River. */
  static final String SNOOZES = "snoozes";

  /** As in River: deaths of clients that worked the job, and what counts as one. */
  static final String RESCUES = "river:rescue_count";

  /** Deploys and requests of operators. */
  static final String INTERRUPTIONS = "cairn:interruptions";

  /** How often the job has had its time and queued up again. */
  static final String YIELDS = "cairn:yields";

  /** How many attempts progress has given back. */
  static final String ATTEMPTS_RENEWED = "cairn:attempts_renewed";

  /** How many attempts in a row have ended where they began. */
  static final String NO_PROGRESS = "cairn:no_progress";

  /** How often the database was taken away from the job since it has progressed last. */
  static final String OUTAGES = "cairn:outages";

  /** Deaths in a row, with where the job stood at the last one. */
  private static final String DEATHS = "cairn:deaths";

  private Counters() {}

  /** Stages what an outcome adds, and tells if the job does not get on. */
  static void count(Attempt attempt, Outcome outcome) {
    switch (outcome) {
      case Outcome.Snoozed snoozed -> {
        attempt.countInMetadata(SNOOZES);
        forgetDeaths(attempt);
      }
      case Outcome.Interrupted interrupted ->
          attempt.countInMetadata(
              interrupted.reason() == InterruptionReason.MAX_RUNTIME ? YIELDS : INTERRUPTIONS);
      case Outcome.Retried retried when retried.attemptsBack() > 0 && attempt.renewal() > 0 ->
          attempt.setCounter(
              ATTEMPTS_RENEWED, attempt.counted(ATTEMPTS_RENEWED) + retried.attemptsBack());
      default -> {}
    }
    countOutages(attempt, outcome);
    if ((outcome instanceof Outcome.Retried || outcome instanceof Outcome.Interrupted)
        && attempt.attemptCheckpoints().isUsed()) {
      countStandstill(attempt);
    }
  }

  /** A job that snoozes has come to an end of its work: what struck it before is no row. */
  private static void forgetDeaths(Attempt attempt) {
    if (attempt.claimed().metadata().contains('"' + DEATHS + '"')) {
      attempt.setCounter(DEATHS, 0);
    }
  }

  private static void countOutages(Attempt attempt, Outcome outcome) {
    boolean isOutage =
        outcome instanceof Outcome.Interrupted interrupted
            && interrupted.reason() == InterruptionReason.DATABASE_LOST;
    int before = outcome instanceof Outcome.Snoozed ? 0 : outages(attempt);
    if (isOutage) {
      attempt.setCounter(OUTAGES, before + 1);
    } else if (before < attempt.counted(OUTAGES) && !(outcome instanceof Outcome.Completed)) {
      attempt.setCounter(OUTAGES, before);
    }
  }

  /** How often in a row an outage of the database has ended an attempt, before this one. */
  static int outages(Attempt attempt) {
    return attempt.attemptCheckpoints().hasProgressed() ? 0 : attempt.counted(OUTAGES);
  }

  private static void countStandstill(Attempt attempt) {
    int before = attempt.counted(NO_PROGRESS);
    if (attempt.attemptCheckpoints().hasProgressed()) {
      if (before > 0) {
        attempt.setCounter(NO_PROGRESS, 0);
      }
      return;
    }
    attempt.setCounter(NO_PROGRESS, before + 1);
    if (before + 1 == attempt.policy().noProgressAfter()) {
      log.warn(
          "{} is making no progress: the last {} attempts ended at the same checkpoint [CAIRN-510]",
          attempt.describe(),
          before + 1);
      // On another thread: whoever ends the attempt must not wait for a listener.
      attempt.publishLater(new StepEvent.NoProgress(attempt.origin(), before + 1));
    }
  }
}
