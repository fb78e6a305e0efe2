package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import dev.cairn.ResumePolicy;
import dev.cairn.TestLogs;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.Outcome;
import dev.cairn.spi.Checkpoint;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountersTest {
  private static final Outcome RETRIED =
      new Outcome.Retried(new AttemptError(Instant.EPOCH, 1, "on purpose", ""), Duration.ZERO, 0);

  private final Workshop shop = new Workshop();
  private long jobs;

  private Attempt attempt(String metadata) {
    Claim claim = claim(++jobs);
    return shop.attempt(
        shop.hold(claim),
        job(claim, "{}", metadata),
        ResumePolicy.defaults().withNoProgressAfter(3));
  }

  private @Nullable String counted(String metadata, Outcome outcome) {
    Attempt attempt = attempt(metadata);
    Counters.count(attempt, outcome);
    return attempt.metadata().json();
  }

  @Test
  void snoozesInterruptionsAndYieldsCountEachForItself() {
    String before =
        "{\"snoozes\": 4, \"cairn:interruptions\": 5, \"cairn:yields\": 6, \"other\": 7}";

    assertThat(counted(before, new Outcome.Snoozed(Duration.ZERO))).isEqualTo("{\"snoozes\":5}");
    assertThat(counted(before, new Outcome.Interrupted(InterruptionReason.PAUSED)))
        .isEqualTo("{\"cairn:interruptions\":6}");
    assertThat(counted(before, new Outcome.Interrupted(InterruptionReason.MAX_RUNTIME)))
        .as("without progress")
        .isEqualTo("{\"cairn:yields\":7,\"cairn:no_progress\":1}");
    Attempt progressed = attempt(before);
    progressed.checkpoints().progressed();
    Counters.count(progressed, new Outcome.Interrupted(InterruptionReason.MAX_RUNTIME));
    assertThat(progressed.metadata().json()).isEqualTo("{\"cairn:yields\":7}");
    assertThat(counted(before, new Outcome.Completed())).isNull();
    assertThat(counted(before, RETRIED)).isNull();
  }

  @Test
  void outagesCountUntilTheJobProgresses() {
    String before = "{\"cairn:outages\": 2}";
    var outage = new Outcome.Interrupted(InterruptionReason.DATABASE_LOST);

    assertThat(counted(before, outage))
        .isEqualTo("{\"cairn:interruptions\":1,\"cairn:outages\":3}");
    assertThat(counted(before, RETRIED)).isNull();

    Attempt progressed = attempt(before);
    progressed.checkpoints().progressed();
    Counters.count(progressed, RETRIED);
    assertThat(progressed.metadata().json()).isEqualTo("{\"cairn:outages\":0}");
  }

  @Test
  void aSnoozeEndsARowOfDeathsAndOfOutages() {
    String before = "{\"cairn:deaths\": {\"count\": 3, \"at\": \"\"}, \"cairn:outages\": 2}";

    assertThat(counted(before, new Outcome.Snoozed(Duration.ZERO)))
        .isEqualTo("{\"snoozes\":1,\"cairn:deaths\":0,\"cairn:outages\":0}");
    assertThat(counted(before, RETRIED)).isNull();
  }

  /** Whoever inserts a job may write there what they like. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"snoozes\": \"4\"}",
        "{\"snoozes\": -3}",
        "{\"snoozes\": null}",
        "{\"snoozes\": {\"snoozes\": 4}}",
        "[\"snoozes\"]",
        "{\"snoozes\": ",
      })
  void whatIsNoNumberCountsAsZero(String metadata) {
    assertThat(counted(metadata, new Outcome.Snoozed(Duration.ZERO))).isEqualTo("{\"snoozes\":1}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2147483647", "9999999999999999999", "1e400"})
  void aCounterNeverOverflows(String count) {
    String metadata = "{\"snoozes\": %s}".formatted(count);
    assertThat(counted(metadata, new Outcome.Snoozed(Duration.ZERO)))
        .isEqualTo("{\"snoozes\":1000000001}");
  }

  private Attempt withSteps(int attemptsWithoutProgress) {
    Attempt attempt = attempt("{\"cairn:no_progress\": %d}".formatted(attemptsWithoutProgress));
    attempt.checkpoints().save(new Checkpoint("step", null, false, "1"));
    return attempt;
  }

  @Test
  void attemptsThatEndWhereTheyBeganAreCountedAndToldOnce() {
    TestLogs.forget();
    Attempt second = withSteps(1);
    Counters.count(second, RETRIED);
    assertThat(second.metadata().json()).isEqualTo("{\"cairn:no_progress\":2}");
    assertThat(TestLogs.warnings("making no progress")).isEmpty();

    Counters.count(withSteps(2), RETRIED);
    assertThat(TestLogs.warnings("the last 3 attempts ended at the same checkpoint")).hasSize(1);
    Counters.count(withSteps(3), RETRIED);

    assertThat(TestLogs.warnings("making no progress")).hasSize(1);
  }

  @Test
  void anAttemptThatComesFurtherBeginsToCountAnew() {
    Attempt attempt = withSteps(2);
    attempt.checkpoints().progressed();

    Counters.count(attempt, RETRIED);

    assertThat(attempt.metadata().json()).isEqualTo("{\"cairn:no_progress\":0}");
  }

  /** It begins from zero each time, for ever: nothing told that. */
  @Test
  void aJobWithoutStepsThatReachesItsMaximumRuntimeIsAtAStandstill() {
    TestLogs.forget();
    var cutOff = new Outcome.Interrupted(InterruptionReason.MAX_RUNTIME);

    assertThat(counted("{\"cairn:no_progress\": 2}", cutOff)).contains("\"cairn:no_progress\":3");

    assertThat(TestLogs.warnings("making no progress")).hasSize(1);
  }

  /** A slow day in January and one in March are not a row: thousands of attempts lie between. */
  @Test
  void aJobWithoutStepsThatSnoozesIsNotAtAStandstill() {
    TestLogs.forget();
    var cutOff = new Outcome.Interrupted(InterruptionReason.MAX_RUNTIME);

    assertThat(counted("{\"cairn:no_progress\": 2}", new Outcome.Snoozed(Duration.ZERO)))
        .isEqualTo("{\"snoozes\":1,\"cairn:no_progress\":0}");
    assertThat(counted("{\"cairn:no_progress\": 0}", cutOff)).contains("\"cairn:no_progress\":1");

    assertThat(TestLogs.warnings("making no progress")).isEmpty();
  }

  /** It fails, fails, snoozes, and stays at the same checkpoint all the time. */
  @Test
  void aSnoozeOfAJobWithStepsEndsTheRowOnlyAfterProgress() {
    var snooze = new Outcome.Snoozed(Duration.ZERO);
    Attempt same = withSteps(2);
    Counters.count(same, snooze);
    assertThat(same.metadata().json()).isEqualTo("{\"snoozes\":1}");

    Attempt further = withSteps(2);
    further.checkpoints().progressed();
    Counters.count(further, snooze);
    assertThat(further.metadata().json()).isEqualTo("{\"snoozes\":1,\"cairn:no_progress\":0}");
  }

  @Test
  void aJobThatWaitsIsNotAtAStandstillIfItHasComeFurther() {
    var waits = new Outcome.Suspended(Duration.ZERO, 1);
    Attempt same = withSteps(2);
    Counters.count(same, waits);
    assertThat(same.metadata().json()).isNull();

    Attempt further = withSteps(2);
    further.checkpoints().progressed();
    Counters.count(further, waits);
    assertThat(further.metadata().json()).isEqualTo("{\"cairn:no_progress\":0}");
  }

  @Test
  void aJobWithoutStepsIsNeverAtAStandstill() {
    Attempt attempt = attempt("{\"cairn:no_progress\": 2}");

    Counters.count(attempt, RETRIED);

    assertThat(attempt.metadata().json()).isNull();
  }
}
