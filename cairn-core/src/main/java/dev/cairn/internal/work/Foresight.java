package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.RetryPolicy;
import dev.cairn.internal.store.Outcome;
import dev.cairn.spi.AttemptEnd;
import dev.cairn.spi.ErrorHandler.Decision;
import dev.cairn.spi.ForeseenEnd;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Predicts how attempts will end, by the rules of {@link Verdict}. Calls neither the error handler
 * nor the user's retry policies, because these are called only once, when the outcome is decided.
 * Thread-safe.
 */
final class Foresight {
  private final Verdict verdict;

  Foresight(Clock clock) {
    this.verdict = new Verdict(RetryPolicy.river(), clock, (job, failure) -> Decision.proceed());
  }

  ForeseenEnd of(Attempt attempt, @Nullable Throwable failure) {
    Optional<Outcome> outcome = verdict.on(attempt, failure, cause -> Optional.empty());
    InterruptionReason stopped = Verdict.stoppedFor(attempt, failure).orElse(null);
    return switch (outcome.orElse(null)) {
      // Another attempt has the job.
      case null -> new ForeseenEnd(AttemptEnd.INTERRUPTED, InterruptionReason.LEASE_LOST);
      case Outcome.Completed completed -> new ForeseenEnd(AttemptEnd.COMPLETED, null);
      case Outcome.Snoozed snoozed -> new ForeseenEnd(AttemptEnd.SNOOZED, null);
      case Outcome.Cancelled cancelled -> new ForeseenEnd(AttemptEnd.CANCELLED, stopped);
      case Outcome.Suspended suspended -> new ForeseenEnd(AttemptEnd.SUSPENDED, stopped);
      case Outcome.Interrupted interrupted ->
          new ForeseenEnd(AttemptEnd.INTERRUPTED, interrupted.reason());
      case Outcome.Retried retried -> new ForeseenEnd(AttemptEnd.FAILED, stopped);
      case Outcome.Discarded discarded -> new ForeseenEnd(AttemptEnd.FAILED, stopped);
    };
  }
}
