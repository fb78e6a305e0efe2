package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.claim;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.ResumePolicy;
import dev.cairn.RetryPolicy;
import dev.cairn.TimeLimitException;
import dev.cairn.UncountedFailureException;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Outcome;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.ErrorHandler.Decision;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VerdictTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final RetryPolicy POLICY = (job, failures) -> Duration.ofSeconds(7L * failures);

  private final Workshop shop = new Workshop();
  private final IllegalStateException failure = new IllegalStateException("on purpose");
  private long jobs;
  private ErrorHandler errorHandler = (job, failure) -> Decision.proceed();
  private Verdict.RetryTime workersChoice = failure -> Optional.empty();
  private RetryPolicy policy = POLICY;

  private Optional<Outcome> on(Attempt attempt, @Nullable Throwable failure) {
    var clock = Clock.fixed(NOW, ZoneOffset.UTC);
    return new Verdict(policy, clock, errorHandler).on(attempt, failure, workersChoice);
  }

  private Attempt attempt() {
    return attempt(1, 25, 0);
  }

  private Attempt attempt(int number, int maxAttempts, int failures) {
    return attempt(number, maxAttempts, failures, "{}", ResumePolicy.defaults());
  }

  private Attempt attempt(
      int number, int maxAttempts, int failures, String metadata, ResumePolicy resumePolicy) {
    var claimed =
        new ClaimedJob(
            claim(++jobs),
            "kind",
            "{}",
            number,
            maxAttempts,
            failures,
            1,
            1,
            "default",
            List.of(),
            metadata,
            NOW,
            NOW,
            null);
    return shop.attempt(shop.hold(claimed.claim()), claimed, resumePolicy);
  }

  private Duration delay(Attempt attempt) {
    return ((Outcome.Retried) on(attempt, failure).orElseThrow()).delay();
  }

  private static JobInterruption interruption(InterruptionReason reason) {
    return new JobInterruption(reason, "has to stop");
  }

  @Test
  void whatReturnsIsCompleted() {
    assertThat(on(attempt(), null)).contains(new Outcome.Completed());
  }

  @Test
  void aLostJobHasNoOutcomeHoweverItEnded() {
    Attempt attempt = attempt();
    attempt.lose();

    assertThat(on(attempt, null)).isEmpty();
    assertThat(on(attempt, failure)).isEmpty();
  }

  /** Seen before: after a pause of the process, such a limit used up the attempt. */
  @Test
  void aLimitOfTimeThatPassedWhenTheLeaseWasLostUsesUpNoAttempt() {
    var passed = new TimeLimitException("longer than 1 s", null);
    Attempt leased = attempt(1, 1, 0);
    assertThat(on(leased, passed)).containsInstanceOf(Outcome.Discarded.class);
    Attempt lost = attempt(1, 1, 0);
    lost.interrupt(InterruptionReason.LEASE_LOST);

    assertThat(on(lost, new IllegalStateException("a step failed", passed)))
        .contains(new Outcome.Interrupted(InterruptionReason.LEASE_LOST));
    assertThat(on(lost, failure))
        .as("a failure of its own")
        .containsInstanceOf(Outcome.Discarded.class);
  }

  @Test
  void aFailureIsRetriedByThePolicyUntilTheLastAttempt() {
    assertThat(delay(attempt(3, 25, 2))).isEqualTo(Duration.ofSeconds(21));

    assertThat(on(attempt(25, 25, 24), failure)).containsInstanceOf(Outcome.Discarded.class);
  }

  /** Seen before: a job that was to have 5,000 attempts was discarded after 1,000. */
  @Test
  void theLimitOfAWholeLifeTakesNoAttemptsAwayUnlessItIsSet() {
    ResumePolicy defaults = ResumePolicy.defaults();
    ResumePolicy set = defaults.withTotalFailuresMax(2_000);
    String renewed = "{\"cairn:attempts_renewed\": 999}";

    assertThat(on(attempt(1_000, 5_000, 999), failure)).containsInstanceOf(Outcome.Retried.class);
    assertThat(on(attempt(5_000, 5_000, 999), failure)).containsInstanceOf(Outcome.Discarded.class);
    assertThat(on(attempt(1_999, 5_000, 1_998, "{}", set), failure))
        .containsInstanceOf(Outcome.Retried.class);
    assertThat(on(attempt(2_000, 5_000, 1_999, "{}", set), failure))
        .containsInstanceOf(Outcome.Discarded.class);
    assertThat(on(attempt(1_000, 5_000, 999, "{}", defaults.withTotalFailuresMax(1_000)), failure))
        .containsInstanceOf(Outcome.Discarded.class);
    assertThat(on(attempt(1, 25, 0, renewed, defaults), failure))
        .containsInstanceOf(Outcome.Discarded.class);
    assertThat(on(attempt(1, 5_000, 0, renewed, defaults), failure))
        .containsInstanceOf(Outcome.Retried.class);
  }

  @Test
  void theWorkersChoiceCountsIfItLiesAhead() {
    workersChoice = failure -> Optional.of(NOW.plusSeconds(100));
    assertThat(delay(attempt())).isEqualTo(Duration.ofSeconds(100));

    workersChoice = failure -> Optional.of(NOW.minusSeconds(100));
    assertThat(delay(attempt())).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void aChoiceThatThrowsOrIsNegativeFallsBackToTheUsualDelay() {
    workersChoice =
        failure -> {
          throw new NoClassDefFoundError("on purpose");
        };
    assertThat(delay(attempt())).as("the policy's").isEqualTo(Duration.ofSeconds(7));

    workersChoice = failure -> Optional.empty();
    policy = (job, failures) -> Duration.ofSeconds(-1);
    assertThat(delay(attempt())).isBetween(Duration.ofMillis(500), Duration.ofSeconds(2));
  }

  @Test
  void theErrorHandlerMayDecideAndMayNotBreakAnything() {
    errorHandler = (job, failure) -> Decision.cancel();
    assertThat(on(attempt(), failure)).containsInstanceOf(Outcome.Cancelled.class);

    errorHandler = (job, failure) -> Decision.discard();
    assertThat(on(attempt(), failure)).containsInstanceOf(Outcome.Discarded.class);

    errorHandler = (job, failure) -> Decision.retryAt(NOW.plusSeconds(50));
    assertThat(delay(attempt())).isEqualTo(Duration.ofSeconds(50));

    errorHandler =
        (job, failure) -> {
          throw new AssertionError("on purpose");
        };
    assertThat(delay(attempt())).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void whatTheWorkerThrowsOnPurposeIsFoundBehindOtherExceptions() {
    var snooze = new RuntimeException(new JobSnoozeException(Duration.ofMinutes(1)));
    assertThat(on(attempt(), snooze)).contains(new Outcome.Snoozed(Duration.ofMinutes(1)));

    var cancel = new RuntimeException(new JobCancelException("enough"));
    assertThat(on(attempt(), cancel)).containsInstanceOf(Outcome.Cancelled.class);

    var discard = new RuntimeException(new JobDiscardException("hopeless", null));
    assertThat(on(attempt(), discard)).containsInstanceOf(Outcome.Discarded.class);
  }

  @Test
  void anUncountedFailureGivesTheAttemptBack() {
    var uncounted = new UncountedFailureException("not the job's fault", null);

    Outcome outcome = on(attempt(25, 25, 24), uncounted).orElseThrow();

    assertThat(outcome).isInstanceOf(Outcome.Retried.class);
    assertThat(((Outcome.Retried) outcome).attemptsBack()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"SHUTDOWN", "REQUESTED", "PAUSED", "LEASE_LOST", "MAX_RUNTIME"})
  void anInterruptionIsNoFailure(InterruptionReason reason) {
    Attempt attempt = attempt();
    attempt.interrupt(reason);

    assertThat(on(attempt, interruption(reason))).contains(new Outcome.Interrupted(reason));
  }

  @Test
  void whatFinishesAlthoughItWasAskedToStopIsCompleted() {
    Attempt attempt = attempt();
    attempt.interrupt(InterruptionReason.SHUTDOWN);

    assertThat(on(attempt, null)).contains(new Outcome.Completed());
  }

  @Test
  void anInterruptionThatTheWorkerHasSwallowedCountsNevertheless() {
    Attempt attempt = attempt();
    attempt.interrupt(InterruptionReason.SHUTDOWN);
    try {
      attempt.yieldIfInterrupted();
    } catch (JobInterruption e) {
      // As a worker does that catches everything.
    }

    assertThat(on(attempt, null)).contains(new Outcome.Interrupted(InterruptionReason.SHUTDOWN));
  }

  @Test
  void aFailureOfItsOwnAfterARequestToStopIsAFailure() {
    Attempt attempt = attempt();
    attempt.interrupt(InterruptionReason.SHUTDOWN);

    assertThat(on(attempt, failure)).containsInstanceOf(Outcome.Retried.class);
  }

  @Test
  void aTimeoutAndAStandstillAreFailures() {
    Attempt late = attempt();
    late.interrupt(InterruptionReason.TIMEOUT);
    assertThat(on(late, interruption(InterruptionReason.TIMEOUT)))
        .containsInstanceOf(Outcome.Retried.class);

    Attempt still = attempt();
    still.interrupt(InterruptionReason.PROGRESS_DEADLINE);
    assertThat(on(still, interruption(InterruptionReason.PROGRESS_DEADLINE)))
        .containsInstanceOf(Outcome.Retried.class);
  }

  @Test
  void theErrorOfATimeLimitNamesItsSettingAndItsValue() {
    Attempt unlessSet = attempt();
    unlessSet
        .stopRequest()
        .limits()
        .setTimeout(AttemptTimeout.of(Optional.empty(), null), System.nanoTime());
    assertThat(error(unlessSet, InterruptionReason.TIMEOUT))
        .endsWith(
            "ran into its timeout of 1 min (the default of CairnBuilder.jobTimeout for a job that"
                + " has not used steps) [CAIRN-501]");

    Attempt ofClient = attempt();
    Duration limit = Duration.ofSeconds(90);
    ofClient
        .stopRequest()
        .limits()
        .setTimeout(AttemptTimeout.of(Optional.empty(), limit), System.nanoTime());
    assertThat(error(ofClient, InterruptionReason.TIMEOUT))
        .endsWith("ran into its timeout of 1 min 30 s (CairnBuilder.jobTimeout) [CAIRN-501]");

    Attempt ofWorker = attempt();
    ofWorker
        .stopRequest()
        .limits()
        .setTimeout(AttemptTimeout.of(Optional.of(limit), limit), System.nanoTime());
    assertThat(error(ofWorker, InterruptionReason.TIMEOUT))
        .endsWith("ran into its timeout of 1 min 30 s (Worker.timeout) [CAIRN-501]");

    assertThat(error(attempt(), InterruptionReason.PROGRESS_DEADLINE))
        .endsWith(
            "has not moved its checkpoints for 10 min (ResumePolicy.progressDeadline) [CAIRN-502]");
  }

  private String error(Attempt attempt, InterruptionReason reason) {
    attempt.interrupt(reason);
    var outcome = (Outcome.Retried) on(attempt, interruption(reason)).orElseThrow();
    return outcome.error().error();
  }

  @Test
  void aCancelledJobIsCancelledInRiversWords() {
    Attempt attempt = attempt();
    attempt.interrupt(InterruptionReason.CANCELLED);

    var outcome =
        (Outcome.Cancelled) on(attempt, interruption(InterruptionReason.CANCELLED)).orElseThrow();

    assertThat(outcome.error().error()).isEqualTo("JobCancelError: job cancelled remotely");
  }

  @Test
  void aJobThatIsInterruptedTooOftenIsDiscarded() {
    Attempt attempt =
        attempt(
            1,
            25,
            0,
            "{\"cairn:interruptions\": 2}",
            ResumePolicy.defaults().withInterruptionsMax(3));
    attempt.interrupt(InterruptionReason.SHUTDOWN);

    assertThat(on(attempt, interruption(InterruptionReason.SHUTDOWN)))
        .containsInstanceOf(Outcome.Discarded.class);
  }

  /** An exception whose own code fails. */
  private static final class Unspeakable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new StackOverflowError("on purpose");
    }

    @Override
    public String toString() {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("on purpose");
    }
  }

  @Test
  void aFailureThatCannotBePutInWordsIsRecordedNevertheless() {
    var outcome = (Outcome.Retried) on(attempt(), new Unspeakable()).orElseThrow();

    assertThat(outcome.error().error()).contains("Unspeakable");
    assertThat(outcome.error().trace()).contains("cannot be described");
  }

  @Test
  void whatIsRecordedOfAFailureIsBoundedAndStorable() {
    var failure = new IllegalStateException("\u0000\ud800" + "x".repeat(1 << 20));

    var outcome = (Outcome.Retried) on(attempt(), failure).orElseThrow();

    assertThat(outcome.error().error()).hasSizeLessThan(40_000).doesNotContain("\u0000", "\ud800");
    assertThat(outcome.error().trace()).hasSizeLessThan(80_000).doesNotContain("\u0000");
  }

  @Test
  void aFailureThatIsItsOwnCauseEndsTheSearch() {
    var one = new RuntimeException("one");
    var other = new RuntimeException("other", one);
    one.initCause(other);

    assertThat(on(attempt(), one)).containsInstanceOf(Outcome.Retried.class);
  }

  @Test
  void theJobIsShownToTheHandlerAsItIs() {
    var seen = new Job<?>[1];
    errorHandler =
        (job, failure) -> {
          seen[0] = job;
          return Decision.proceed();
        };
    Attempt attempt = attempt();

    on(attempt, failure);

    assertThat(seen[0]).isSameAs(attempt.job());
  }

  private Attempt afterOutages(int outages) {
    shop.transactions.on("isOutage", call -> outage.equals(call.arguments().getFirst()));
    return attempt(3, 25, 2, "{\"cairn:outages\": %d}".formatted(outages), ResumePolicy.defaults());
  }

  private final IllegalStateException outage = new IllegalStateException("the connection broke");

  @Test
  void anOutageOfTheDatabaseUsesUpNoAttempt() {
    assertThat(on(afterOutages(0), outage))
        .contains(new Outcome.Interrupted(InterruptionReason.DATABASE_LOST));
    assertThat(on(afterOutages(0), failure)).containsInstanceOf(Outcome.Retried.class);
  }

  @Test
  void outagesInARowAreFurtherAndFurtherApartUntilTheyCount() {
    for (int before = 1; before < 5; before++) {
      assertThat(on(afterOutages(before), outage))
          .contains(
              new Outcome.Interrupted(
                  InterruptionReason.DATABASE_LOST, Duration.ofSeconds(1L << (before - 1))));
    }
    assertThat(((Outcome.Retried) on(afterOutages(5), outage).orElseThrow()).attemptsBack())
        .isZero();
  }

  @Test
  void progressBeginsTheCountOfOutagesAnew() {
    Attempt attempt = afterOutages(5);
    attempt.checkpoints().progressed();

    assertThat(on(attempt, outage))
        .contains(new Outcome.Interrupted(InterruptionReason.DATABASE_LOST));
  }

  @Test
  void whatTheCodeHasDecidedBeatsTheOutageThatWasTheReason() {
    assertThat(on(afterOutages(0), new JobDiscardException("broke", outage)))
        .containsInstanceOf(Outcome.Discarded.class);
    assertThat(on(afterOutages(0), new TimeLimitException("an interrupt broke it", outage)))
        .containsInstanceOf(Outcome.Retried.class);
  }
}
