package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.StepPlan;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  void r18_asManyDeathsInARowAsAttemptsDiscardTheJob() {
    TestedAttempt<Disturbed> first =
        tester().withMaxAttempts(1).killAt("rows", 4).work(new Disturbed("a"));

    assertThat(first.outcome())
        .isInstanceOfSatisfying(
            AttemptOutcome.Failed.class,
            failed -> {
              assertThat(failed.discarded()).isTrue();
              assertThat(failed.failure())
                  .hasMessageContaining("Deaths: 1. Attempts: 1.")
                  .hasMessageContaining("[CAIRN-817]");
            });
  }

  @Test
  void r18_progressAndSnoozesEndARowOfDeaths() {
    JobTester<Disturbed> two = tester().withMaxAttempts(2);
    var args = new Disturbed("a");
    TestedAttempt<Disturbed> first = two.killAt("rows", 1).work(args);
    assertThat(first.outcome()).isEqualTo(LOST);

    assertThat(two.resume(first).killAt("rows", 1).work(args).outcome())
        .isInstanceOf(AttemptOutcome.Failed.class);
    TestedAttempt<Disturbed> further = two.resume(first).killAt("rows", 4).work(args);
    assertThat(further.outcome()).as("it has come to row 2").isEqualTo(LOST);
    assertThat(two.resume(further).killAt("rows", 4).work(args).outcome())
        .isInstanceOf(AttemptOutcome.Failed.class);

    JobTester<Disturbed> snoozing =
        JobTester.<Disturbed>of(
                Disturbed.class,
                (job, context) -> {
                  if (job.metadata().contains("river:rescue_count")
                      && !job.metadata().contains("snoozes")) {
                    throw new JobSnoozeException(Duration.ofHours(1));
                  }
                  work(job, context);
                })
            .withMaxAttempts(2);
    TestedAttempt<Disturbed> dead = snoozing.killAt("rows", 1).work(args);
    TestedAttempt<Disturbed> snoozed = snoozing.resume(dead).work(args);
    assertThat(snoozed.outcome()).isInstanceOf(AttemptOutcome.Snoozed.class);
    assertThat(snoozing.resume(snoozed).killAt("rows", 1).work(args).outcome()).isEqualTo(LOST);
  }

  @Test
  void r30_whoHearsThatTheJobIsTakenOverLeavesWhatWasDurable() {
    TestedAttempt<Disturbed> stale =
        tester()
            .interruptAt("rows", 4)
            .interruptedBy(InterruptionReason.LEASE_LOST)
            .work(new Disturbed("a"));

    assertThat(stale.outcome()).isEqualTo(LOST);
    assertThat(stale.cursor("rows", Integer.class)).contains(2);
    assertThat(log).endsWith("row 4");
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

  /** What another client could not see: it would hand the item out that its own run has done. */
  @Test
  void r30_aRunThatWasTakenOverPutsNothingAside() {
    JobTester<Disturbed> tester = JobTester.of(Disturbed.class, this::failAtRow4);

    TestedAttempt<Disturbed> stale = tester.takeOverAt("rows", 2).work(new Disturbed("a"));

    assertThat(stale.outcome()).isEqualTo(LOST);
    assertThat(stale.quarantined()).isEmpty();
    assertThat(log).containsExactly("row 1", "row 2", "row 3", "row 4");
  }

  private void failAtRow4(Job<Disturbed> job, WorkContext context) throws Exception {
    Steps.of(context)
        .failedItems(ItemPolicy.quarantine())
        .forEach(
            "rows",
            Sources.range(1, 6),
            row -> {
              log.add("row " + row);
              if (row == 4) {
                throw new IllegalStateException("no row 4");
              }
            });
  }

  /** A call that a client answers from the database. */
  private interface DatabaseCall {
    void on(MiddlewareContext context);
  }

  @Test
  void r30_aRunThatWasTakenOverIsToldByWhateverAsksTheDatabase() {
    Map<String, DatabaseCall> calls =
        Map.of(
            "signal", it -> it.waits().signal("wait", "paid"),
            "job", it -> it.waits().job("wait", 7),
            "waits.forget", it -> it.waits().forget("wait"),
            "read", it -> it.checkpoints().read("rows"),
            "put", it -> it.quarantine().put("rows", new Quarantine.Item("1", null, "bad", 0)),
            "release", it -> it.quarantine().release("rows", "1"),
            "rename", it -> it.quarantine().rename("rows", "lines"),
            "forget", it -> it.quarantine().forget("rows"),
            "forgetAll", it -> it.quarantine().forgetAll());

    calls.forEach((name, call) -> {
      TestedAttempt<Disturbed> stale =
          JobTester.of(Disturbed.class, asking(name, call))
              .takeOverAt("rows", 1)
              .work(new Disturbed("a"));
      assertThat(stale.outcome()).isEqualTo(LOST);
    });
    assertThat(log).as("which had an answer").isEmpty();
  }

  private Worker<Disturbed> asking(String name, DatabaseCall call) {
    return (job, context) ->
        Steps.of(context)
            .cursor(
                "rows",
                Integer.class,
                0,
                cursor -> {
                  cursor.advance(1);
                  call.on((MiddlewareContext) context);
                  log.add(name);
                });
  }

  @Test
  void r20_anItemThatKillsItsProcessIsPutAside() {
    JobTester<Disturbed> tester =
        JobTester.of(
            Disturbed.class,
            (job, context) -> {
              log.add("rescues " + StoredJson.read(job.metadata()).path("river:rescue_count"));
              Steps.of(context)
                  .failedItems(ItemPolicy.quarantine())
                  .forEach("rows", Sources.range(1, 4), row -> {});
            });
    TestedAttempt<Disturbed> attempt = tester.killAt("rows", 2).work(new Disturbed("a"));
    for (int death = 2; death <= 4; death++) {
      attempt = tester.resume(attempt).killAt("rows", 2).work(new Disturbed("a"));
      assertThat(attempt.quarantined()).isEmpty();
    }

    attempt = tester.resume(attempt).work(new Disturbed("a")).requireCompleted();

    assertThat(log).containsExactly("rescues ", "rescues 1", "rescues 2", "rescues 3", "rescues 4");
    assertThat(attempt.quarantined("rows"))
        .singleElement()
        .satisfies(item -> assertThat(item.error()).contains("the process died 3 times"));
  }

  @Test
  void r18_outagesUseUpAttemptsOnlyIfThereAreManyWithoutProgress() {
    JobTester<Disturbed> tester =
        JobTester.<Disturbed>of(
                Disturbed.class,
                (job, context) -> {
                  if (job.args().name().equals("progress")) {
                    Steps.of(context).step(Steps.name("step", log.size()), () -> log.add("done"));
                  }
                  throw new StoreUnavailableException("away", null);
                })
            .withMaxAttempts(1);

    assertThat(outages(tester, "nothing")).isEqualTo(5);
    assertThat(outages(tester, "progress")).isEqualTo(20);
  }

  /** How many attempts end by an outage, up to 20, before one fails. */
  private static int outages(JobTester<Disturbed> tester, String name) {
    TestedAttempt<Disturbed> attempt = tester.work(new Disturbed(name));
    int outages = 0;
    while (outages < 20 && attempt.outcome() instanceof AttemptOutcome.Interrupted interrupted) {
      assertThat(interrupted.reason()).isEqualTo(InterruptionReason.DATABASE_LOST);
      outages++;
      attempt = tester.resume(attempt).work(new Disturbed(name));
    }
    return outages;
  }

  @Test
  void r14_aJobThatSleepsIsResumedLater() {
    JobTester<Disturbed> tester =
        JobTester.of(
            Disturbed.class,
            (job, context) -> Steps.of(context).sleep("night", Duration.ofHours(8)));
    TestedAttempt<Disturbed> asleep = tester.work(new Disturbed("a"));

    assertThat(tester.resumeLater(asleep, Duration.ofHours(7)).work(new Disturbed("a")).outcome())
        .isInstanceOf(AttemptOutcome.Suspended.class);
    tester.resumeLater(asleep, Duration.ofHours(8)).work(new Disturbed("a")).requireCompleted();
  }

  @Test
  void r14_eachOfTwoSleepsIsOverWhenItsTimeHasPassed() {
    JobTester<Disturbed> tester =
        JobTester.of(
            Disturbed.class,
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.sleep("night", Duration.ofHours(8));
              steps.sleep("hour", Duration.ofHours(1));
              log.add("awake");
            });
    TestedAttempt<Disturbed> asleep = tester.work(new Disturbed("a"));
    TestedAttempt<Disturbed> again =
        tester.resumeLater(asleep, Duration.ofHours(8)).work(new Disturbed("a"));
    assertThat(again.outcome()).isEqualTo(new AttemptOutcome.Suspended(Duration.ofHours(1)));

    TestedAttempt<Disturbed> tooEarly = tester.resume(again).work(new Disturbed("a"));
    assertThat(tooEarly.outcome()).isInstanceOf(AttemptOutcome.Suspended.class);
    assertThat(tooEarly.job().attemptedAt())
        .as("the time never goes back")
        .isAfterOrEqualTo(again.job().attemptedAt());
    assertThat(log).isEmpty();

    tester.resumeLater(again, Duration.ofHours(1)).work(new Disturbed("a")).requireCompleted();
    assertThat(log).containsExactly("awake");
  }

  @Test
  void r8_theLimitsOfCheckpointsAreThoseOfTheTester() {
    JobTester<Disturbed> tester =
        JobTester.of(
            Disturbed.class,
            (job, context) ->
                Steps.of(context).step("result", String.class, () -> "x".repeat(300 << 10)));

    assertThat(tester.work(new Disturbed("a")).failure()).isPresent();
    tester
        .withResumableLimits(ResumableLimits.defaults().withResultBytes(400 << 10))
        .work(new Disturbed("a"))
        .requireCompleted();
  }
}
