package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.claim;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.ResumePolicy;
import dev.cairn.RetryPolicy;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Outcome;
import dev.cairn.spi.AttemptEnd;
import dev.cairn.spi.ErrorHandler.Decision;
import dev.cairn.spi.ForeseenEnd;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What middleware is told of the end of an attempt is what becomes of it. */
class ForesightTest {
  private final Workshop shop = new Workshop();
  private final IllegalStateException failure = new IllegalStateException("on purpose");
  private long jobs;

  private Attempt attempt() {
    return attempt("{}");
  }

  private Attempt attempt(String metadata) {
    var now = Instant.parse("2026-01-01T12:00:00Z");
    var claimed =
        new ClaimedJob(
            claim(++jobs),
            "kind",
            "{}",
            1,
            25,
            0,
            1,
            1,
            "default",
            List.of(),
            metadata,
            now,
            now,
            null);
    return shop.attempt(shop.hold(claimed.claim()), claimed, ResumePolicy.defaults());
  }

  private static ForeseenEnd foreseen(Attempt attempt, @Nullable Throwable failure) {
    return new Foresight(Clock.systemUTC()).of(attempt, failure);
  }

  private static void raise(Attempt attempt) {
    try {
      attempt.yieldIfInterrupted();
    } catch (JobInterruption e) {
      // Raised is what it is to be.
    }
  }

  @Test
  void anOutageIsAnInterruptionAndNoFailure() {
    shop.transactions.on("isOutage", call -> true);

    assertThat(foreseen(attempt(), failure))
        .isEqualTo(new ForeseenEnd(AttemptEnd.INTERRUPTED, InterruptionReason.DATABASE_LOST));
    assertThat(foreseen(attempt("{\"cairn:outages\": 5}"), failure))
        .as("one outage too many")
        .isEqualTo(new ForeseenEnd(AttemptEnd.FAILED, null));
  }

  @Test
  void aWorkerThatFailsByItselfDuringAStopHasFailed() {
    Attempt attempt = attempt();
    attempt.interrupt(InterruptionReason.SHUTDOWN);

    assertThat(foreseen(attempt, failure)).isEqualTo(new ForeseenEnd(AttemptEnd.FAILED, null));
    assertThat(foreseen(attempt, null)).isEqualTo(new ForeseenEnd(AttemptEnd.COMPLETED, null));
    raise(attempt);
    assertThat(foreseen(attempt, failure))
        .isEqualTo(new ForeseenEnd(AttemptEnd.INTERRUPTED, InterruptionReason.SHUTDOWN));
  }

  @Test
  void whatReturnsAfterItHasLostItsJobHasNotCompletedIt() {
    Attempt attempt = attempt();
    attempt.lose();

    assertThat(foreseen(attempt, null))
        .isEqualTo(new ForeseenEnd(AttemptEnd.INTERRUPTED, InterruptionReason.LEASE_LOST));
    assertThat(foreseen(attempt, failure).end()).isEqualTo(AttemptEnd.INTERRUPTED);
  }

  @Test
  void aTimeoutIsAFailureWithItsReasonEvenIfTheCodeReturns() {
    Attempt attempt = attempt();
    attempt.interrupt(InterruptionReason.TIMEOUT);
    raise(attempt);

    assertThat(foreseen(attempt, null))
        .isEqualTo(new ForeseenEnd(AttemptEnd.FAILED, InterruptionReason.TIMEOUT));
  }

  @Test
  void theInterruptionThatIsOneTooManyIsAFailure() {
    Attempt attempt = attempt("{\"cairn:interruptions\": 999}");
    attempt.interrupt(InterruptionReason.SHUTDOWN);
    raise(attempt);

    assertThat(foreseen(attempt, failure).end()).isEqualTo(AttemptEnd.FAILED);
  }

  /** Whatever an attempt was asked, had raised and threw. A suspended one has a wait besides. */
  @ParameterizedTest
  @EnumSource(value = InterruptionReason.class, mode = EnumSource.Mode.EXCLUDE, names = "SUSPENDED")
  void allThatIsForeseenIsWhatTheVerdictSays(InterruptionReason reason) {
    var verdict =
        new Verdict(RetryPolicy.river(), Clock.systemUTC(), (job, thrown) -> Decision.proceed());
    for (boolean raised : List.of(false, true)) {
      for (Throwable thrown :
          List.of(
              failure,
              new JobInterruption(reason, "has to stop"),
              new JobSnoozeException(Duration.ofMinutes(1)),
              new JobCancelException("enough"),
              new JobDiscardException("hopeless", null))) {
        Attempt attempt = attempt();
        attempt.interrupt(reason);
        if (raised) {
          raise(attempt);
        }

        Optional<Outcome> outcome = verdict.on(attempt, thrown, cause -> Optional.empty());

        assertThat(foreseen(attempt, thrown).end())
            .as("%s, raised: %s, thrown: %s", reason, raised, thrown)
            .isEqualTo(endOf(outcome.orElseThrow()));
      }
    }
  }

  private static AttemptEnd endOf(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Completed it -> AttemptEnd.COMPLETED;
      case Outcome.Retried it -> AttemptEnd.FAILED;
      case Outcome.Discarded it -> AttemptEnd.FAILED;
      case Outcome.Snoozed it -> AttemptEnd.SNOOZED;
      case Outcome.Cancelled it -> AttemptEnd.CANCELLED;
      case Outcome.Interrupted it -> AttemptEnd.INTERRUPTED;
      case Outcome.Suspended it -> AttemptEnd.SUSPENDED;
    };
  }
}
