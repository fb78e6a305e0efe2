package dev.cairn.chaos.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.history.Confirmation;
import dev.cairn.chaos.history.History;
import dev.cairn.chaos.history.Lateness;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The judge finds each promise that is broken by hand, and allows effects with a cause. */
class JudgeTest {
  /** A time at which all consequences of an attack are over. */
  private static final long LATER = 60_000;

  private static final String FIRST = "w1-1#1";
  private static final String SECOND = "w2-1#1";
  private static final String THIRD = "w2-1#2";

  private final PlantedHistory history = new PlantedHistory();

  @Test
  void findsNothingWhereNothingIs() {
    plain();

    Verdict verdict = history.verdict();

    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.jobs()).isEqualTo(1);
    assertThat(verdict.runs()).isEqualTo(1);
  }

  @Test
  void findsAJobThatIsGone() {
    inserted("k7", 7, 0);

    assertThat(history.broken()).containsExactly(Promise.NO_JOB_LOST);
    assertThat(history.verdict().lost()).isEqualTo(1);
  }

  @Test
  void knowsWhatTheDatabaseItselfHasLost() {
    inserted("k7", 7, 150).strike(Strike.EVERYBODY, 100, 200, Harm.LOSS);

    assertThat(history.verdict(Set.of("k7")).findings()).isEmpty();
    assertThat(history.verdict(Set.of("k7")).lostByDatabase()).isEqualTo(1);
  }

  @Test
  void whatTheDatabaseHasLostExcusesNoOtherJob() {
    inserted("k7", 7, 150).strike(Strike.EVERYBODY, 100, 200, Harm.LOSS);
    inserted("k8", 8, 150);

    assertThat(history.verdict(Set.of("k7", "never confirmed")).lost()).isEqualTo(1);
    assertThat(history.verdict(Set.of("k7", "never confirmed")).lostByDatabase()).isEqualTo(1);
  }

  @Test
  void theDatabaseCannotHaveLostWhatTheStandbyHadReceived() {
    inserted("k7", 7, 99).strike(Strike.EVERYBODY, 100, 200, Harm.LOSS);

    assertThat(history.verdict(Set.of("k7")).lost()).isEqualTo(1);
    assertThat(history.verdict(Set.of("k7")).lostByDatabase()).isZero();
  }

  @Test
  void findsAJobWhoseIdAnotherJobHas() {
    plain();
    inserted("lost", 1, 0);

    assertThat(history.broken()).containsExactly(Promise.NO_JOB_LOST);
  }

  @Test
  void tellsTheRunsOfTwoJobsWithOneIdApart() {
    history.began(10, SECOND, 1, "lost").did(15, SECOND, 1, "plain", 0).returned(20, SECOND, 1);
    plain();

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().runs()).isEqualTo(1);
  }

  @Test
  void anEffectOfAnotherJobWithTheSameIdDoesNotCount() {
    history.job(1, Rung.PLAIN);
    history.began(10, SECOND, 1, "lost").did(15, SECOND, 1, "plain", 0).returned(20, SECOND, 1);

    assertThat(history.broken()).containsExactly(Promise.NO_EFFECT_LOST);
  }

  @Test
  void findsAJobThatDoesNotEnd() {
    plain().ends(1, Rung.PLAIN, "running", 1, 0);

    assertThat(history.broken()).containsExactly(Promise.EVERY_JOB_ENDS);
  }

  @Test
  void findsAClientThatStaysDeaf() {
    plain().job(2, Rung.TOLD).ends(2, Rung.TOLD, "available", 0, 0);

    assertThat(history.broken()).containsExactly(Promise.CLIENTS_HEAR);
    assertThat(history.verdict().findings().getFirst().text()).startsWith("k2: TOLD is available");
  }

  @Test
  void findsAJobWithTheWrongEnd() {
    plain().ends(1, Rung.PLAIN, "discarded", 1, 0);

    assertThat(history.broken()).containsExactly(Promise.RIGHT_END);
  }

  @Test
  void findsARowThatIsMissing() {
    stepTx().rows.removeLast();

    assertThat(history.broken()).containsExactly(Promise.NO_ROW_LOST);
  }

  @Test
  void findsARowThatIsThereTwiceWhateverTheCause() {
    stepTx().row(1, "second", 0).strike(Strike.EVERYBODY, 0, LATER, Harm.DATABASE);

    assertThat(history.broken()).containsExactly(Promise.NO_ROW_TWICE);
    assertThat(history.verdict().doubled()).containsEntry("step-tx", 1L);
  }

  @Test
  void findsAnEffectThatNeverHappened() {
    history.job(1, Rung.PLAIN).began(100, FIRST, 1).returned(110, FIRST, 1);

    assertThat(history.broken()).containsExactly(Promise.NO_EFFECT_LOST);
  }

  @Test
  void findsAnEffectThatIsRepeatedWithoutACause() {
    plainTwice();

    assertThat(history.broken())
        .contains(Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE, Promise.ONE_GOOD_END);
    assertThat(history.verdict().repeated()).containsEntry("plain", 1L);
  }

  @Test
  void findsAnEffectThatIsRepeatedWithinARun() {
    plain().did(106, FIRST, 1, "plain", 0).strike("w1-1", 0, LATER, Harm.DATABASE);

    assertThat(history.broken()).containsExactly(Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE);
  }

  @Test
  void allowsARepetitionAfterAnAttackOnTheClient() {
    plainTwice().strike("w1-1", 108, 108, Harm.DEATH);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void anAttackOnAnotherClientIsNoCause() {
    plainTwice().strike("w3-1", 108, 108, Harm.DEATH);

    assertThat(history.broken()).contains(Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE);
  }

  @Test
  void anAttackThatIsLongOverIsNoCause() {
    plainTwice().strike("w1-1", -LATER, -LATER, Harm.DEATH);

    assertThat(history.broken()).contains(Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE);
  }

  @Test
  void anAttackThatPartsNobodyFromItsJobsIsNoCause() {
    plainTwice().strike(Strike.EVERYBODY, 90, LATER);

    assertThat(history.broken())
        .contains(Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE, Promise.ONE_GOOD_END);
  }

  @Test
  void norDoesItExcuseTwoRunsAtOnce() {
    plain().began(103, SECOND, 1).ended(104, SECOND, 1, Note.SUSPENDED);
    history.strike(Strike.EVERYBODY, 90, LATER).strike(Strike.EVERYBODY, 90, LATER, Harm.JOBS);

    assertThat(history.broken()).containsExactly(Promise.ONE_RUN_AT_A_TIME);
  }

  @Test
  void aSlowDatabasePartsNobody() {
    plainTwice().began(107, THIRD, 1).ended(108, THIRD, 1, Note.INTERRUPTED + " LEASE_LOST");
    history.strike(Strike.EVERYBODY, 0, LATER, Harm.SLOWNESS);

    assertThat(history.broken())
        .containsExactly(
            Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE,
            Promise.ONE_RUN_AT_A_TIME,
            Promise.ONE_GOOD_END,
            Promise.NO_INTERRUPTION_WITHOUT_CAUSE);
  }

  @Test
  void butARunThatItMadeFailMayBeRepeated() {
    failedOnce().strike(Strike.EVERYBODY, 0, LATER, Harm.SLOWNESS);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void withoutItARunThatFailedMayNot() {
    failedOnce();

    assertThat(history.broken())
        .containsExactly(
            Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE, Promise.NO_FAILURE_WITHOUT_CAUSE);
  }

  @Test
  void aStopIsACauseAndItsEndIsTheEndOfIt() {
    plainTwice().strike("w1-1", 108, 150, Harm.STOP);
    assertThat(history.broken()).isEmpty();

    history.strikes.clear();
    history.strike("w1-1", 50, 99, Harm.STOP);
    assertThat(history.broken())
        .contains(Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE, Promise.ONE_GOOD_END);
  }

  @Test
  void aRestartedClientWithAWrongClockIsJudged() {
    history
        .strike("w1-1", 0, 50, Harm.STOP)
        .strike("w1-2", 50, 500)
        .strike("w1-2", 500, 600, Harm.STOP);
    history
        .job(1, Rung.PLAIN)
        .began(100, "w1-2#1", 1)
        .began(105, SECOND, 1)
        .did(110, SECOND, 1, "plain", 0)
        .returned(120, SECOND, 1)
        .did(130, "w1-2#1", 1, "plain", 0)
        .returned(140, "w1-2#1", 1);

    assertThat(history.broken())
        .containsExactly(
            Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE,
            Promise.ONE_RUN_AT_A_TIME,
            Promise.ONE_GOOD_END);
  }

  @Test
  void aJobThatUsesUpTheMemoryOfTheClientIsACause() {
    plainTwice().job(2, Rung.OUT_OF_MEMORY).began(107, "w1-1#2", 2);
    history.began(300, "w2-1#2", 2).did(301, "w2-1#2", 2, "memory", 0).returned(302, "w2-1#2", 2);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void aJobThatUsesUpTheMemoryOfAnotherClientIsNone() {
    plainTwice().job(2, Rung.OUT_OF_MEMORY).began(107, "w3-1#2", 2);
    history.began(300, "w3-2#2", 2).did(301, "w3-2#2", 2, "memory", 0).returned(302, "w3-2#2", 2);

    assertThat(history.broken()).contains(Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE);
  }

  @Test
  void countsTheRunsThatAnAttackMet() {
    plainTwice().strike("w1-1", 111, 199, Harm.DATABASE);
    assertThat(history.verdict().met()).isZero();

    history.strike("w1-1", 0, 100, Harm.DATABASE).strike("w2-1", 205, 205);
    assertThat(history.verdict().met()).isEqualTo(2);
  }

  /** A kill ends a run long after its last note, and there is no other one. */
  @Test
  void aRunThatAKillCutOffWasMet() {
    history
        .job(1, Rung.PLAIN)
        .began(100, FIRST, 1)
        .strike("w1-1", 900, 910, Harm.DEATH)
        .death("w1-1", 905);
    history.began(5_000, SECOND, 1).did(5_001, SECOND, 1, "plain", 0).returned(5_002, SECOND, 1);

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().met()).isEqualTo(1);
  }

  @Test
  void aRunOfADeadClientIsNotMetByLaterStrikes() {
    history
        .job(1, Rung.PLAIN)
        .began(100, FIRST, 1)
        .death("w1-1", 905)
        .strike(Strike.EVERYBODY, 1_000, 1_100, Harm.DATABASE);

    assertThat(history.verdict().met()).isZero();
  }

  @Test
  void countsTheRunsThatNothingDisturbed() {
    plainTwice().strike("w1-1", 90, 95, Harm.SLOWNESS);

    assertThat(history.verdict().undisturbed()).isEqualTo(1);
  }

  @Test
  void findsWorkBehindADurableCheckpointThatIsDoneAgain() {
    retried();
    history
        .began(300, SECOND, 1)
        .did(310, SECOND, 1, "done", 0)
        .returned(320, SECOND, 1)
        .strike("w1-1", 100, 200, Harm.DEATH);

    assertThat(history.broken()).containsExactly(Promise.NO_STEP_BACK);
  }

  @Test
  void allowsARunThatDoesNotKnowYetThatItHasLostTheJob() {
    history
        .job(1, Rung.RETRY)
        .began(50, FIRST, 1)
        .began(100, SECOND, 1)
        .did(110, SECOND, 1, "done", 0)
        .kept(120, SECOND, 1, "done", 0)
        .returned(130, SECOND, 1)
        .did(140, FIRST, 1, "done", 0)
        .strike("w1-1", 60, 135, Harm.PAUSE);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void allowsAStepBackWherePostgresHasLostCommits() {
    retried();
    history
        .began(300, SECOND, 1)
        .did(310, SECOND, 1, "done", 0)
        .returned(320, SECOND, 1)
        .strike(Strike.EVERYBODY, 100, 200, Harm.LOSS);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void findsAStepBackBehindWhatHadArrivedBeforeTheLoss() {
    retried();
    history
        .began(300, SECOND, 1)
        .did(310, SECOND, 1, "done", 0)
        .returned(320, SECOND, 1)
        .strike(Strike.EVERYBODY, 121, 200, Harm.LOSS);

    assertThat(history.broken()).containsExactly(Promise.NO_STEP_BACK);
  }

  @Test
  void aLossMakesATakeoverUnclear() {
    takenOverAfter(9_000).strike(Strike.EVERYBODY, 3_000, 4_000, Harm.LOSS);

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeoversUnclear()).isEqualTo(1);
  }

  @Test
  void findsACheckpointThatIsAheadOfItsWork() {
    advance();
    history.notes.removeIf(note -> note.kind() == Note.Kind.DID && note.item() == 5);
    history.at(LATER, SECOND, 1, "advance", 6).did(LATER + 1, SECOND, 1, "advance", 5);

    assertThat(history.broken()).contains(Promise.NO_CHECKPOINT_AHEAD);
  }

  @Test
  void findsMoreRedoneWorkThanAFlushIntervalHolds() {
    advanceCutOffAt(2_000, 5);

    assertThat(history.broken()).containsExactly(Promise.REDONE_WITHIN_FLUSH_INTERVAL);
  }

  @Test
  void allowsRedoneWorkOfAFlushInterval() {
    advanceCutOffAt(2_000, 11);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void anOrderlyEndLosesNothing() {
    advanceCutOffAt(2_000, 11);
    history.deaths.clear();
    history.ended(2_000, FIRST, 1, Note.INTERRUPTED + " by a stop");

    assertThat(history.broken()).containsExactly(Promise.REDONE_WITHIN_FLUSH_INTERVAL);
  }

  @Test
  void findsAJobThatIsCompletedTwice() {
    plain()
        .transition(110, 1, "running", "completed", "w1-1")
        .transition(210, 1, "running", "completed", "w2-1");

    assertThat(history.broken()).containsExactly(Promise.ONE_COMPLETION);
  }

  @Test
  void findsTwoRunsAtOnceWithoutACause() {
    plain().began(103, SECOND, 1).ended(104, SECOND, 1, Note.SUSPENDED);

    assertThat(history.broken()).containsExactly(Promise.ONE_RUN_AT_A_TIME);
  }

  @Test
  void findsAttemptsAndErrorsThatNoWorkerCaused() {
    plain().ends(1, Rung.PLAIN, "completed", 2, 1);

    assertThat(history.broken())
        .containsExactly(Promise.ATTEMPTS_ONLY_BY_THE_WORKER, Promise.ERRORS_ONLY_BY_THE_WORKER);
  }

  /** Only a job that is made to fail fails: otherwise any fault of Cairn would be its worker's. */
  @Test
  void allowsAttemptsThatAWorkerHasFailedAsPlanned() {
    failedAtFirst(Rung.FAIL_ONCE, Note.THREW + " java.io.IOException: planned failure");

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().attemptsUsed()).isEqualTo(1);
  }

  @Test
  void findsAFailureThatWasNotPlanned() {
    failedAtFirst(Rung.FAIL_ONCE, Note.THREW + " java.lang.IllegalStateException: a fault");

    assertThat(history.broken()).containsExactly(Promise.NO_FAILURE_WITHOUT_CAUSE);
  }

  @Test
  void findsAFailureThatNoAttackCaused() {
    failedAtFirst(Rung.RETRY, Note.THREW + " java.io.IOException: planned failure, retried");
    assertThat(history.broken()).containsExactly(Promise.NO_FAILURE_WITHOUT_CAUSE);

    history.strike(Strike.EVERYBODY, 5, 15, Harm.SLOWNESS);
    assertThat(history.broken()).isEmpty();
  }

  @Test
  void findsAnOutageThatNoAttackCaused() {
    cutOff(1).ends(1, Rung.PLAIN, "completed", 1, 0).strikes.clear();

    assertThat(history.broken()).containsExactly(Promise.NO_FAILURE_WITHOUT_CAUSE);
  }

  @Test
  void findsAHealthyJobThatIsInterrupted() {
    interrupted();
    assertThat(history.broken()).containsExactly(Promise.NO_INTERRUPTION_WITHOUT_CAUSE);

    history.strike("w1-1", 5, 15, Harm.PAUSE);
    assertThat(history.broken()).isEmpty();
  }

  @Test
  void falseNotificationsAreNoCauseOfAnInterruption() {
    interrupted().strike(Strike.EVERYBODY, 0, LATER);

    assertThat(history.broken()).containsExactly(Promise.NO_INTERRUPTION_WITHOUT_CAUSE);
  }

  @Test
  void aMachineThatStoodStillIsACauseOfAnInterruption() {
    interrupted().late.put(10L, PlantedHistory.TIMEOUT.toMillis() / 2 + 1);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void aJobThatWaitsIsNotInterrupted() {
    history
        .job(1, Rung.PLAIN)
        .began(10, FIRST, 1)
        .ended(20, FIRST, 1, Note.SUSPENDED + " SUSPENDED: until it gets a signal")
        .began(100, SECOND, 1)
        .did(105, SECOND, 1, "plain", 0)
        .returned(110, SECOND, 1);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void aDeathMuchLaterIsNoCauseOfARunThatVanished() {
    plain().began(90, SECOND, 1).death("w2-1", 2 * LATER).strike("w2-1", LATER * 2, LATER * 2);

    assertThat(history.broken()).containsExactly(Promise.NO_INTERRUPTION_WITHOUT_CAUSE);
  }

  @Test
  void findsARunThatVanished() {
    plain().began(90, SECOND, 1);
    assertThat(history.broken()).containsExactly(Promise.NO_INTERRUPTION_WITHOUT_CAUSE);

    history.death("w2-1", 300);
    assertThat(history.broken()).isEmpty();
  }

  @Test
  void findsAttemptsAndErrorsOfAnOutage() {
    cutOff(1).ends(1, Rung.PLAIN, "completed", 2, 1);

    assertThat(history.broken())
        .containsExactly(Promise.ATTEMPTS_ONLY_BY_THE_WORKER, Promise.ERRORS_ONLY_BY_THE_WORKER);
  }

  @Test
  void allowsOutagesThatUseUpNoAttempt() {
    cutOff(5).ends(1, Rung.PLAIN, "completed", 1, 0);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void allowsTheSixthOutageInARowToBeAFailure() {
    cutOff(6).ends(1, Rung.PLAIN, "completed", 2, 1);
    assertThat(history.broken()).isEmpty();

    history.ends(1, Rung.PLAIN, "completed", 3, 2);
    assertThat(history.broken()).contains(Promise.ATTEMPTS_ONLY_BY_THE_WORKER);
  }

  @Test
  void findsATakeoverThatIsLate() {
    takenOverAfter(5_001);

    assertThat(history.broken()).containsExactly(Promise.TAKEOVER_IN_TIME);
    assertThat(history.verdict().longestTakeoverMillis()).isEqualTo(5_001);
  }

  /** A job that is free may have to wait for a slot, so that is measured and not judged. */
  @Test
  void measuresWhenAJobIsWorkedAgain() {
    takenOverAfter(4_000).transition(9_108, 1, "available", "running", "w2-1");

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().longestTakeoverMillis()).isEqualTo(4_000);
    assertThat(history.verdict().workedAgainMillis()).isEqualTo(9_000);
  }

  @Test
  void allowsATakeoverInTime() {
    takenOverAfter(5_000);

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeovers()).isEqualTo(1);
  }

  @Test
  void aLateMachineMakesATakeoverUnclear() {
    takenOverAfter(9_000).late.put(2_000L, 400L);

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeoversUnclear()).isEqualTo(1);
  }

  /** Judging nothing would let every late takeover of a remote database pass. */
  @Test
  void clocksThatPartWidenTheMargin() {
    takenOverAfter(5_301).clockErrorMillis = 300;
    assertThat(history.broken()).containsExactly(Promise.TAKEOVER_IN_TIME);

    history.clockErrorMillis = 301;
    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeovers()).isEqualTo(1);
  }

  @Test
  void clocksThatPartByMoreThanATimeoutMakeATakeoverUnclear() {
    takenOverAfter(9_000).clockErrorMillis = 4_001;

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeoversUnclear()).isEqualTo(1);
  }

  @Test
  void attacksThatCannotDelayATakeoverExcuseNone() {
    takenOverAfter(9_000)
        .strike(Strike.EVERYBODY, 0, 20_000, Harm.JOBS)
        .strike(Strike.EVERYBODY, 0, 20_000);

    assertThat(history.broken()).containsExactly(Promise.TAKEOVER_IN_TIME);
    assertThat(history.verdict().takeoversUnclear()).isZero();
  }

  @Test
  void slowCallsMakeATakeoverUnclear() {
    takenOverAfter(9_000).strike(Strike.EVERYBODY, 3_000, 4_000, Harm.SLOWNESS);

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeoversUnclear()).isEqualTo(1);
  }

  @Test
  void soDoesAJobThatUsesUpTheMemoryOfAnotherClient() {
    takenOverAfter(9_000).job(2, Rung.OUT_OF_MEMORY).began(3_000, "w3-1#1", 2);
    history
        .began(20_000, "w2-1#2", 2)
        .did(20_001, "w2-1#2", 2, "memory", 0)
        .returned(20_002, "w2-1#2", 2);

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeoversUnclear()).isEqualTo(1);
  }

  @Test
  void anOutageMakesATakeoverUnclear() {
    takenOverAfter(9_000).strike(Strike.EVERYBODY, 3_000, 4_000, Harm.DATABASE);

    assertThat(history.broken()).isEmpty();
  }

  @Test
  void thePartitionOfTheDeadClientAloneIsNoExcuse() {
    takenOverAfter(9_000).strike("w1-1", 108, 9_500, Harm.DATABASE);

    assertThat(history.broken()).containsExactly(Promise.TAKEOVER_IN_TIME);
    assertThat(history.verdict().takeoversUnclear()).isZero();
  }

  @Test
  void butThatOfAnotherClientIs() {
    takenOverAfter(9_000).strike("w2-1", 108, 9_500, Harm.DATABASE);

    assertThat(history.broken()).isEmpty();
    assertThat(history.verdict().takeoversUnclear()).isEqualTo(1);
  }

  @Test
  void anEarlierLateMomentIsNoExcuse() {
    takenOverAfter(9_000).late.put(-9_000L, 400L);

    assertThat(history.broken()).containsExactly(Promise.TAKEOVER_IN_TIME);
  }

  @Test
  void tellsWhatProcessesDid() {
    Verdict verdict =
        Judge.judge(
            new History(
                Duration.ofSeconds(4),
                Duration.ofMillis(500),
                history.inserted,
                Set.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                new Lateness(new TreeMap<>()),
                0),
            List.of("w1-1 ended by itself"));

    assertThat(verdict.findings())
        .extracting(Finding::promise)
        .containsExactly(Promise.PROCESSES_BEHAVE);
  }

  private PlantedHistory inserted(String key, long id, long millis) {
    history.inserted.put(key, new Confirmation(id, millis));
    return history;
  }

  private PlantedHistory plain() {
    return history
        .job(1, Rung.PLAIN)
        .began(100, FIRST, 1)
        .did(105, FIRST, 1, "plain", 0)
        .returned(110, FIRST, 1);
  }

  private PlantedHistory cutOff(int times) {
    history.job(1, Rung.PLAIN).strike(Strike.EVERYBODY, 0, LATER, Harm.DATABASE);
    for (int time = 0; time < times; time++) {
      String run = "w1-1#" + (time + 2);
      history.began(time, run, 1).ended(time, run, 1, Note.CUT_OFF + " PSQLException");
    }
    return history.began(100, SECOND, 1).did(105, SECOND, 1, "plain", 0).returned(110, SECOND, 1);
  }

  private void failedAtFirst(Rung rung, String how) {
    history
        .job(1, rung)
        .ends(1, rung, "completed", 2, 1)
        .began(10, FIRST, 1)
        .ended(20, FIRST, 1, how)
        .began(100, SECOND, 1);
    rung.plain().keySet().forEach(step -> history.did(105, SECOND, 1, step, 0));
    history.returned(110, SECOND, 1);
  }

  private PlantedHistory interrupted() {
    return history
        .job(1, Rung.PLAIN)
        .began(10, FIRST, 1)
        .ended(20, FIRST, 1, Note.INTERRUPTED + " LEASE_LOST: it belongs to another attempt")
        .began(100, SECOND, 1)
        .did(105, SECOND, 1, "plain", 0)
        .returned(110, SECOND, 1);
  }

  private PlantedHistory failedOnce() {
    return history
        .job(1, Rung.PLAIN)
        .ends(1, Rung.PLAIN, "completed", 2, 1)
        .began(100, FIRST, 1)
        .did(105, FIRST, 1, "plain", 0)
        .ended(110, FIRST, 1, Note.THREW + " PSQLException")
        .began(200, SECOND, 1)
        .did(205, SECOND, 1, "plain", 0)
        .returned(210, SECOND, 1);
  }

  private PlantedHistory plainTwice() {
    return plain().began(200, SECOND, 1).did(205, SECOND, 1, "plain", 0).returned(210, SECOND, 1);
  }

  private void retried() {
    history
        .job(1, Rung.RETRY)
        .began(100, FIRST, 1)
        .did(110, FIRST, 1, "done", 0)
        .kept(120, FIRST, 1, "done", 0);
  }

  private PlantedHistory stepTx() {
    return history
        .job(1, Rung.STEP_TX)
        .began(100, FIRST, 1)
        .row(1, "first", 0)
        .did(110, FIRST, 1, "between", 0)
        .row(1, "second", 0)
        .returned(120, FIRST, 1);
  }

  private void advance() {
    history.job(1, Rung.ADVANCE).began(0, FIRST, 1).at(1, FIRST, 1, "advance", 0);
    for (int item = 0; item < Rung.ADVANCE.items("advance"); item++) {
      history.did(10 + item * 100L, FIRST, 1, "advance", item);
    }
  }

  /** An item every 100 ms, the end of the run, and a second run that continues at a position. */
  private void advanceCutOffAt(long millis, long position) {
    history.job(1, Rung.ADVANCE).began(0, FIRST, 1).at(1, FIRST, 1, "advance", 0);
    for (long item = 0; item * 100 < millis; item++) {
      history.did(item * 100, FIRST, 1, "advance", item);
    }
    history.death("w1-1", millis);
    history.began(LATER, SECOND, 1).at(LATER, SECOND, 1, "advance", position);
    for (long item = position; item < Rung.ADVANCE.items("advance"); item++) {
      history.did(LATER + item, SECOND, 1, "advance", item);
    }
    history.returned(LATER + 100, SECOND, 1);
    // This strike is the kill. The judge must not mistake it for an outage.
    history.strike("w1-1", millis, LATER, Harm.DEATH);
  }

  private PlantedHistory takenOverAfter(long millis) {
    return plain()
        .death("w1-1", 108)
        .transition(100, 1, "available", "running", "w1-1")
        .transition(108 + millis, 1, "running", "available", "w1-1");
  }
}
