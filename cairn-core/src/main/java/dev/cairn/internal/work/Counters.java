package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.StepEvent;
import dev.cairn.internal.store.Outcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is counted in a job's metadata when an attempt ends, each for itself (R18). */
final class Counters {
  private static final Logger log = LoggerFactory.getLogger(Counters.class);

  /** As in River. */
  static final String SNOOZES = "snoozes";

  /** Deploys and requests of operators. */
  static final String INTERRUPTIONS = "cairn:interruptions";

  /** How often the job has had its time and queued up again. */
  static final String YIELDS = "cairn:yields";

  /** How many attempts progress has given back. */
  static final String ATTEMPTS_RENEWED = "cairn:attempts_renewed";

  /** How many attempts in a row have ended where they began. */
  static final String NO_PROGRESS = "cairn:no_progress";

  private Counters() {}

  /** Stages what an outcome adds, and tells if the job does not get on. */
  static void count(Attempt attempt, Outcome outcome) {
    switch (outcome) {
      case Outcome.Snoozed snoozed -> attempt.countInMetadata(SNOOZES);
      case Outcome.Interrupted interrupted ->
          attempt.countInMetadata(
              interrupted.reason() == InterruptionReason.MAX_RUNTIME ? YIELDS : INTERRUPTIONS);
      case Outcome.Retried retried when retried.attemptsBack() > 0 && attempt.renewal() > 0 ->
          attempt.setMetadata(
              ATTEMPTS_RENEWED, attempt.counted(ATTEMPTS_RENEWED) + retried.attemptsBack());
      default -> {}
    }
    if ((outcome instanceof Outcome.Retried || outcome instanceof Outcome.Interrupted)
        && attempt.attemptCheckpoints().isUsed()) {
      countStandstill(attempt);
    }
  }

  private static void countStandstill(Attempt attempt) {
    int before = attempt.counted(NO_PROGRESS);
    if (attempt.attemptCheckpoints().hasProgressed()) {
      if (before > 0) {
        attempt.setMetadata(NO_PROGRESS, 0);
      }
      return;
    }
    attempt.setMetadata(NO_PROGRESS, before + 1);
    if (before + 1 == attempt.policy().noProgressAfter()) {
      log.warn(
          "{} does not get on: {} attempts in a row have ended where they began",
          attempt.describe(),
          before + 1);
      attempt.publish(new StepEvent.NoProgress(attempt.origin(), before + 1));
    }
  }
}
