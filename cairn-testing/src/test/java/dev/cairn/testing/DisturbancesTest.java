package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.resumable.StepPlan;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Deaths, failures, takeovers and new code, where a test wants them (R30). */
class DisturbancesTest {
  private static final AttemptOutcome LOST =
      new AttemptOutcome.Interrupted(InterruptionReason.LEASE_LOST);

  @JobKind("disturbed")
  record Disturbed(String name) {}

  private final List<String> log = new ArrayList<>();

  private JobTester<Disturbed> tester() {
    return JobTester.of(Disturbed.class, this::work);
  }

  private void work(Job<Disturbed> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.step("fetch", () -> log.add("fetch"));
    steps
        .retrying(job.args().name().equals("patient") ? 2 : 1, Duration.ZERO)
        .cursor(
            "rows",
            Integer.class,
            0,
            cursor -> {
              for (int row = cursor.get() + 1; row <= 5; row++) {
                log.add("row " + row);
                if (row == 2) {
                  cursor.checkpoint(row);
                } else {
                  cursor.advance(row);
                }
              }
            });
    steps.step("tidy", () -> log.add("tidy"));
  }

  private void resumeToTheEnd(TestedAttempt<Disturbed> attempt) {
    log.add("--");
    tester().resume(attempt).work(attempt.job().args()).requireCompleted();
  }

  @Test
  void r30_aKillDropsWhatWasNotDurableAndKeepsTheRest() {
    TestedAttempt<Disturbed> dead = tester().killAt("rows", 4).work(new Disturbed("a"));

    assertThat(dead.outcome()).isEqualTo(LOST);
    assertThat(dead.cursor("rows", Integer.class)).contains(2);
    resumeToTheEnd(dead);
    assertThat(log)
        .containsExactly(
            "fetch", "row 1", "row 2", "row 3", "row 4", "--", "row 3", "row 4", "row 5", "tidy");
  }

  @Test
  void r30_aKillAfterAStepMayLoseThatItHasFinished() {
    TestedAttempt<Disturbed> dead = tester().killAfter("fetch").work(new Disturbed("a"));

    assertThat(dead.hasFinished("fetch")).isFalse();
    resumeToTheEnd(dead);
    assertThat(log).startsWith("fetch", "--", "fetch", "row 1").endsWith("row 5", "tidy");
  }

  @Test
  void r30_aFailureAtAnItemLeavesThePositionBeforeIt() {
    TestedAttempt<Disturbed> failed = tester().failAt("rows", 4).work(new Disturbed("a"));

    assertThat(failed.failure())
        .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("as its test wants it"));
    assertThat(failed.cursor("rows", Integer.class)).contains(3);
    resumeToTheEnd(failed);
    assertThat(log).containsSubsequence("row 4", "--", "row 4", "row 5", "tidy");
  }

  @Test
  void r30_aFailureHappensOnceSoThatARetriedStepGetsOverIt() {
    tester().failAt("rows", 4).work(new Disturbed("patient")).requireCompleted();

    assertThat(log)
        .containsExactly("fetch", "row 1", "row 2", "row 3", "row 4", "row 4", "row 5", "tidy");
  }

  @Test
  void r30_aRunThatWasTakenOverGoesOnUntilItAsksTheDatabaseAndWritesNothing() {
    TestedAttempt<Disturbed> stale = tester().takeOverAt("rows", 3).work(new Disturbed("a"));

    assertThat(stale.outcome()).isEqualTo(LOST);
    assertThat(stale.cursor("rows", Integer.class)).contains(2);
    assertThat(log)
        .as("the next step would begin with a write")
        .containsExactly("fetch", "row 1", "row 2", "row 3", "row 4", "row 5");
    resumeToTheEnd(stale);
    assertThat(log).endsWith("--", "row 3", "row 4", "row 5", "tidy");
  }

  @Test
  void r30_otherCodeGoesOnWithWhatTheFirstHasLeft() {
    TestedAttempt<Disturbed> stopped = tester().interruptAt("rows", 3).work(new Disturbed("a"));
    JobTester<Disturbed> newCode =
        JobTester.of(
            Disturbed.class,
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.plan(StepPlan.of("fetch", "check", "load").renamed("rows", "load"));
              steps.step("fetch", () -> log.add("fetch again"));
              steps.step("check", () -> log.add("check"));
              steps.cursor(
                  "load", Integer.class, 0, cursor -> log.add("load from " + cursor.get()));
            });

    newCode.resume(stopped).work(new Disturbed("a")).requireCompleted();

    assertThat(log).containsExactly("fetch", "row 1", "row 2", "row 3", "check", "load from 3");
  }
}
