package dev.cairn.programs;

import static dev.cairn.programs.Dsl.await;
import static dev.cairn.programs.Dsl.branch;
import static dev.cairn.programs.Dsl.busy;
import static dev.cairn.programs.Dsl.called;
import static dev.cairn.programs.Dsl.code;
import static dev.cairn.programs.Dsl.complete;
import static dev.cairn.programs.Dsl.deploy;
import static dev.cairn.programs.Dsl.deployedAt;
import static dev.cairn.programs.Dsl.effect;
import static dev.cairn.programs.Dsl.elements;
import static dev.cairn.programs.Dsl.fail;
import static dev.cairn.programs.Dsl.failing;
import static dev.cairn.programs.Dsl.file;
import static dev.cairn.programs.Dsl.files;
import static dev.cairn.programs.Dsl.finishTx;
import static dev.cairn.programs.Dsl.finished;
import static dev.cairn.programs.Dsl.folder;
import static dev.cairn.programs.Dsl.forEach;
import static dev.cairn.programs.Dsl.give;
import static dev.cairn.programs.Dsl.gone;
import static dev.cairn.programs.Dsl.hang;
import static dev.cairn.programs.Dsl.hanging;
import static dev.cairn.programs.Dsl.keys;
import static dev.cairn.programs.Dsl.lines;
import static dev.cairn.programs.Dsl.loop;
import static dev.cairn.programs.Dsl.names;
import static dev.cairn.programs.Dsl.noFolder;
import static dev.cairn.programs.Dsl.options;
import static dev.cairn.programs.Dsl.parallel;
import static dev.cairn.programs.Dsl.planned;
import static dev.cairn.programs.Dsl.program;
import static dev.cairn.programs.Dsl.quarantine;
import static dev.cairn.programs.Dsl.range;
import static dev.cairn.programs.Dsl.restart;
import static dev.cairn.programs.Dsl.result;
import static dev.cairn.programs.Dsl.retryJob;
import static dev.cairn.programs.Dsl.rows;
import static dev.cairn.programs.Dsl.share;
import static dev.cairn.programs.Dsl.skip;
import static dev.cairn.programs.Dsl.sleep;
import static dev.cairn.programs.Dsl.step;
import static dev.cairn.programs.Dsl.stepTx;
import static dev.cairn.programs.Dsl.table;
import static dev.cairn.programs.Dsl.text;
import static dev.cairn.programs.Dsl.trial;
import static dev.cairn.programs.Dsl.undeclared;
import static dev.cairn.programs.Dsl.unstorable;
import static dev.cairn.programs.Dsl.within;
import static dev.cairn.programs.Format.PLAIN;
import static dev.cairn.programs.Node.ALWAYS;
import static dev.cairn.programs.Node.Form.BATCH_PARTS;
import static dev.cairn.programs.Node.Form.BEHIND_ITEM_STEPS;
import static dev.cairn.programs.Node.Form.ITEM;
import static dev.cairn.programs.Node.Form.ITEM_RESULTS;
import static dev.cairn.programs.Node.Form.ITEM_STEPS;
import static dev.cairn.programs.Node.Form.ITEM_TX_STEPS;
import static dev.cairn.programs.Node.Form.PARTS;
import static dev.cairn.programs.Node.Form.TX;
import static dev.cairn.programs.Node.Form.TX_PARTS;
import static dev.cairn.programs.Node.Move.ADVANCE;
import static dev.cairn.programs.Node.Move.CHECKPOINT;
import static dev.cairn.programs.Node.Move.IN_TRANSACTION;
import static dev.cairn.programs.Node.Move.OWN_TRANSACTION;
import static dev.cairn.programs.Plan.hit;
import static dev.cairn.programs.Plan.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.programs.Code.Decision;
import dev.cairn.programs.Code.Removed;
import dev.cairn.programs.Plan.Afterwards;
import dev.cairn.programs.Plan.Blow;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/*
 * Longer than 500 lines because it is a list of programs, each a few lines that a person can paste.
 */

/**
 * Where two parts of a worker's program meet and something went wrong once: found by random
 * programs, shrunk, and kept. The {@linkplain Meaning reference} says what is right.
 */
class KnownMeetingsTest {
  private static Laboratory laboratory;
  private static TesterRunner tester;
  private static ExplorerRunner explorer;

  @BeforeAll
  static void open() throws Exception {
    laboratory = new Laboratory();
    tester = new TesterRunner(laboratory.dataSource());
    explorer = new ExplorerRunner(laboratory.dataSource());
  }

  @AfterAll
  static void close() {
    laboratory.close();
  }

  private static void holds(Program program, Plan plan) throws Exception {
    assertThat(laboratory.run(trial(program, plan))).isEmpty();
  }

  private static void holdsInTestKit(Program program) throws Exception {
    assertThat(tester.run(trial(program, plan()))).isEmpty();
  }

  // Changed code.

  @Test
  void aStepWhoseOnlyTransactionWasRolledBackIsNotMissedByOtherCode() throws Exception {
    for (var move : List.of(IN_TRANSACTION, OWN_TRANSACTION)) {
      var program =
          program(loop("loop1", move, 1, deployedAt("1")))
              .becoming(code(undeclared(), names(), stepTx("tx2")));
      holds(program, plan());
      holdsInTestKit(program);
    }
  }

  /** So it is not new, however little its code has done. */
  @Test
  void aJobWhoseOnlyTransactionWasRolledBackWasBegunByTheOlderCode() throws Exception {
    for (var move : List.of(IN_TRANSACTION, OWN_TRANSACTION)) {
      var program =
          program(loop("loop1", move, 1, deployedAt("1")))
              .becoming(code(planned(2, Decision.PARK, Removed.IGNORE), names(), stepTx("tx2")));
      holds(program, plan());
      holdsInTestKit(program);
    }
  }

  /** What said that its first step had begun came to the database after the restart. */
  @Test
  void aJobThatBeginsFromZeroInItsFirstStepIsNewToItsPlan() throws Exception {
    var program =
        program(step("step1", restart("restart2", 1), effect("effect3")))
            .declaring(planned(2, Decision.CONTINUE, Removed.IGNORE, finished("step1")));
    for (int i = 0; i < 5; i++) {
      holds(program, plan());
    }
    holdsInTestKit(program);
  }

  // Jobs that are taken away.

  /** The attempt that goes on adds nothing, wherever it hears that the job is no longer its own. */
  @Test
  void aJobThatIsTakenAwayIsDoneByTheNextAttempt() throws Exception {
    long before = laboratory.taken();
    for (var node :
        List.of(
            stepTx("a"),
            finishTx("a"),
            step("a", effect("b"), stepTx("c")),
            loop("a", ADVANCE, 3),
            loop("a", CHECKPOINT, 3),
            loop("a", IN_TRANSACTION, 3),
            loop("a", OWN_TRANSACTION, 3),
            forEach("a", ITEM_STEPS, 1, range(3), quarantine()),
            forEach("a", TX, 2, range(3), retryJob()),
            parallel("a", 2, branch("b", stepTx("c")), branch("d", stepTx("e"))))) {
      for (int number : List.of(2, 3, 4)) {
        holds(program(result("first"), node, stepTx("last")), plan(hit(Blow.TAKEN, number)));
      }
    }
    assertThat(laboratory.taken()).isGreaterThan(before);
  }

  @Test
  void aFailureOfAnAttemptWhoseJobWasTakenAwayIsNotThatOfTheJob() throws Exception {
    for (var fails : List.of(fail("fail3", 1), restart("fail3", 1))) {
      var program = program(stepTx("tx1"), step("step2", effect("effect4"), fails), stepTx("tx5"));
      holds(program, plan(hit(Blow.TAKEN, 3)));
      holds(program, plan(hit(Blow.TAKEN, 4), hit(Blow.KILL, 6)));
    }
  }

  /** Newer code does not come to the items behind, so the older attempt must not either. */
  @Test
  void anAttemptWhoseJobWasTakenAwayEndsWhereAnotherCodeBegins() throws Exception {
    var program =
        program(forEach("each1", ITEM, 2, elements(4), quarantine(), deployedAt("3")))
            .becoming(code(undeclared(), names(), step("step2")));
    holds(program, plan(hit(Blow.TAKEN, 1)));
    holds(program, plan(hit(Blow.TAKEN, 2)));
  }

  /** The rows are split into parts as the first attempt finds them that comes so far. */
  @Test
  void whatIsDoneBesidesAnItemThatEndsTheJobGoesByTheRowsThatWereSplit() throws Exception {
    for (var blow : List.of(Blow.TAKEN, Blow.KILL)) {
      holds(
          program(
              stepTx("tx1"),
              forEach(
                  "each6",
                  TX_PARTS,
                  2,
                  table(4, false, rows(List.of(10, 30, 90), List.of(10, 30))),
                  retryJob(),
                  failing("30", ALWAYS))),
          plan(hit(blow, 1)));
    }
  }

  // Transactions.

  @Test
  void aBatchWhoseAnswerIsLostIsNotDoneAgainItemByItem() throws Exception {
    for (var policy : List.of(quarantine(), skip(10), retryJob())) {
      holds(program(forEach("each1", TX, 4, range(12), policy)), plan(hit(Blow.ANSWER_LOST, 2)));
    }
  }

  @Test
  void anItemWhoseAnswerIsLostIsRedrivenOnce() throws Exception {
    holds(
        program(forEach("each1", TX, 1, range(2), quarantine(), failing("1", 2))),
        plan(hit(Blow.ANSWER_LOST, 2)).then(Afterwards.REDRIVE));
  }

  /** The branch that was stopped took its committed rows for rolled back when it was retried. */
  @Test
  void aBranchThatIsRetriedInItsAttemptGoesOnBehindWhatItHasCommitted() throws Exception {
    holds(
        program(
            step(
                "step1",
                options(2, 0, false),
                parallel(
                    "parallel2",
                    2,
                    branch("branch3", loop("loop4", IN_TRANSACTION, 200)),
                    branch("branch5", loop("loop6", CHECKPOINT, 2, failing("2", 1)))))),
        plan());
    holds(
        program(
            step(
                "step1",
                options(2, 0, false),
                parallel(
                    "parallel2",
                    2,
                    branch("branch3", forEach("each4", TX, 1, range(200), retryJob())),
                    branch("branch5", loop("loop6", CHECKPOINT, 2, failing("2", 1)))))),
        plan());
  }

  // Bodies that fail when they have done something.

  @Test
  void theRowOfATransactionThatFailsIsThereOnceAndNeverOfAFailedTry() throws Exception {
    for (var program :
        List.of(
            program(stepTx("tx1", 0, failing("failed", 2))),
            program(stepTx("tx1", 1, options(4, 0, true), failing("failed", 2))),
            program(stepTx("tx1", 0, options(2, 0, false), failing("failed", ALWAYS))),
            program(finishTx("tx1", options(2, 0, false), failing("failed", 3))))) {
      holds(program, plan());
      holds(program, plan(hit(Blow.ANSWER_LOST, 1), hit(Blow.KILL, 4)));
      holdsInTestKit(program);
    }
  }

  @Test
  void aTransactionThatHangsIsRolledBackByItsTimeLimit() throws Exception {
    for (var node :
        List.of(
            stepTx("tx1", 0, options(2, 120, false), hanging("hung", 1)),
            stepTx("tx1", 1, options(3, 120, false), failing("failed", 1), hanging("hung", 1)),
            finishTx("tx1", options(2, 120, false), hanging("hung", 1)))) {
      holds(program(step("step2", effect("effect3"), node)), plan());
      holds(
          program(
              parallel(
                  "parallel4",
                  2,
                  branch("branch5", node),
                  branch("branch6", loop("loop7", CHECKPOINT, 20)))),
          plan(hit(Blow.ANSWER_LOST, 1)));
    }
  }

  @Test
  void aTransactionIsRolledBackByTheTimeLimitOfTheStepAroundIt() throws Exception {
    holds(
        program(
            step(
                "step1",
                options(2, 120, false),
                stepTx("tx2"),
                stepTx("tx3", 0, options(3, 0, false), hanging("hung", 1)))),
        plan());
  }

  @Test
  void aStepHasFinishedThoughItFailsOrHangsBehindItsOwnCommit() throws Exception {
    var fails = program(finishTx("tx1", failing("committed", ALWAYS)), stepTx("tx2"));
    holds(fails, plan());
    holds(fails, plan(hit(Blow.ANSWER_LOST, 1)));
    holdsInTestKit(fails);
    holds(
        program(finishTx("tx1", options(2, 120, false), hanging("committed", 1)), stepTx("tx2")),
        plan());
  }

  @Test
  void aResultIsThatOfTheTryThatSucceeds() throws Exception {
    var fails = program(result("result1", options(3, 0, false), failing("failed", 4)));
    holds(fails, plan());
    holdsInTestKit(fails);
    holds(program(result("result1", options(2, 120, false), hanging("hung", 1))), plan());
  }

  /** The kill has it come in the last try, and only there it has the job begin from zero. */
  @Test
  void aRestartWithinTriesComesOrNotByWhatHasStruckTheTries() throws Exception {
    var program =
        program(
            step(
                "step1",
                options(2, 0, false),
                effect("effect2"),
                fail("fail3", 2),
                stepTx("tx4"),
                restart("restart5", 1)));
    holds(program, plan());
    holds(program, plan(hit(Blow.KILL, 3)));
  }

  /** It fails by itself before it hears that it has to stop: that uses up an attempt, as ever. */
  @Test
  void aFailureThatBeginsFromZeroDoesSoAlsoWhenTheJobHasToStop() throws Exception {
    var program =
        program(result("result1"), step("step2", effect("effect3"), restart("restart4", 1)));
    for (var blow : List.of(Blow.INTERRUPT, Blow.PAUSE)) {
      holds(program, plan(hit(blow, 4)));
    }
  }

  // Waits with a limit.

  @Test
  void aWaitEndsWithTheSignalOrWhenItsTimeIsOver() throws Exception {
    for (var node :
        List.of(
            await("await1", "signal2", 600_000),
            await("await1", "signal2", 30),
            await("await1", "never2", 30))) {
      var program = program(step("step3", effect("effect4"), node), stepTx("tx5"));
      holds(program, plan());
      holds(program, plan().signalsFirst(true));
      holdsInTestKit(program);
    }
    holds(program(await("await1", "never2", 2_000), stepTx("tx3")), plan().rewindTo("await1"));
  }

  @Test
  void waitsWithLimitsInBranchesEndEachByItself() throws Exception {
    var program =
        program(
            parallel(
                "parallel1",
                2,
                branch("branch2", await("await3", "never4", 20), stepTx("tx5")),
                branch("branch6", await("await7", "signal8", 600_000), stepTx("tx9"))));
    holds(program, plan());
    holdsInTestKit(program);
    holds(
        program(
            step(
                "step1",
                options(3, 0, false),
                parallel(
                    "parallel2",
                    2,
                    branch("branch3", await("await4", "signal5", 600_000)),
                    branch("branch6", step("step7", give("give8", "signal5"), fail("fail9", 1))),
                    branch("branch10", await("await11", "never12", 15))))),
        plan());
  }

  // Branches that wait.

  @Test
  void aBranchThatWaitsHoldsUpNoOther() throws Exception {
    holds(
        program(
            parallel(
                "parallel1",
                2,
                branch("branch2", await("await3", "signal4")),
                branch("branch5", loop("loop6", CHECKPOINT, 300)))),
        plan());
  }

  @Test
  void aBranchMayWaitForWhatAnotherOneGives() throws Exception {
    holds(
        program(
            parallel(
                "parallel1",
                1,
                branch("branch2", await("await3", "signal4")),
                branch("branch5", result("result6"), step("step7", give("give8", "signal4"))))),
        plan());
  }

  @Test
  void theShortestSleepOfSomeBranchesIsOverFirst() throws Exception {
    holds(
        program(
            parallel(
                "parallel1",
                2,
                branch("branch2", sleep("sleep3", 2_000)),
                branch(
                    "branch4",
                    loop("loop5", CHECKPOINT, 100),
                    sleep("sleep6", 10),
                    stepTx("tx7")))),
        plan());
  }

  /** The job is run again after each of the sleeps, and each time does what is in no step. */
  @Test
  void eachSleepOfABranchWakesTheOthers() throws Exception {
    holdsInTestKit(
        program(
            parallel(
                "parallel1",
                1,
                branch("branch2", effect("effect3"), sleep("sleep4", 100)),
                branch("branch5", sleep("sleep6", 1)))));
  }

  @Test
  void aFailureOfABranchIsMoreThanTheWaitOfAnother() throws Exception {
    holds(
        program(
            parallel(
                "parallel1",
                2,
                branch("branch2", await("await3", "signal4")),
                branch("branch5", step("step6", effect("effect7"), fail("fail8", ALWAYS))))),
        plan());
  }

  // Branches that fail.

  @Test
  void aFailureStopsTheBranchesWithinBranches() throws Exception {
    holds(
        program(
            parallel(
                "parallel1",
                2,
                branch("branch2", loop("loop10", CHECKPOINT, 50), fail("fail3", 1)),
                branch(
                    "branch4",
                    parallel(
                        "parallel5",
                        2,
                        branch("branch6", busy("busy7", "fail3")),
                        branch("branch8", stepTx("tx9")))))),
        plan());
  }

  @Test
  void aTimeoutAroundBranchesInterruptsWhatHangsInOneOfThem() throws Exception {
    holds(
        program(
            parallel(
                "parallel1",
                2,
                options(3, 120, false),
                branch("branch2", step("step3", hang("hang4", 1))),
                branch("branch5", stepTx("tx6")))),
        plan());
  }

  // Items.

  @Test
  void aStepThatFailsInAnItemFailsThatItemOnly() throws Exception {
    for (var policy : List.of(skip(100), quarantine())) {
      holds(
          program(forEach("each1", ITEM_STEPS, 1, range(50), policy, failing("3", ALWAYS))),
          plan());
    }
  }

  @Test
  void aTimeoutOfTheStepIsNoFailureOfItsItem() throws Exception {
    holds(
        program(
            forEach(
                "each1", ITEM, 1, range(12), skip(100), options(10, 120, false), hanging("3", 1))),
        plan());
  }

  @Test
  void aLimitOfSkippedItemsHoldsOverAllTries() throws Exception {
    holds(
        program(
            forEach(
                "each1",
                ITEM,
                1,
                range(10),
                skip(2),
                options(4, 0, false),
                failing("1", ALWAYS),
                failing("2", ALWAYS),
                failing("4", ALWAYS),
                failing("5", ALWAYS))),
        plan());
  }

  @Test
  void aLimitOfSkippedItemsHoldsOverAllParts() throws Exception {
    holds(
        program(
            forEach(
                "each1", PARTS, 2, range(8), skip(1), failing("1", ALWAYS), failing("6", ALWAYS))),
        plan());
  }

  @Test
  void anItemThatIsATransactionOrAResultOrFailsBehindItsStepIsDoneAsItsPolicySays()
      throws Exception {
    for (var form : List.of(ITEM_TX_STEPS, ITEM_RESULTS, BEHIND_ITEM_STEPS)) {
      for (var policy : List.of(retryJob(), skip(1), quarantine())) {
        var program = program(forEach("each1", form, 1, range(5), policy, failing("3", 2)));
        holds(program, plan());
        holds(program, plan(hit(Blow.KILL, 5)));
        holdsInTestKit(program);
      }
      holds(
          program(forEach("each1", form, 1, range(5), quarantine(), failing("3", ALWAYS))),
          plan().then(Afterwards.REDRIVE));
      holds(
          program(
              forEach(
                  "each1", form, 1, range(5), skip(9), options(3, 120, false), hanging("3", 1))),
          plan());
    }
  }

  @Test
  void batchesInPartsAreDoneAsTheirPolicySays() throws Exception {
    for (var policy : List.of(skip(5), quarantine())) {
      var program =
          program(
              forEach(
                  "each1", TX_PARTS, 2, range(9), policy, failing("1", ALWAYS), failing("6", 2)));
      holds(program, plan());
      holds(program, plan(hit(Blow.ANSWER_LOST, 2), hit(Blow.COLLISION, 4)));
      holdsInTestKit(program);
    }
    holds(
        program(forEach("each1", TX_PARTS, 3, range(9), quarantine(), failing("4", ALWAYS))),
        plan(hit(Blow.ANSWER_LOST, 1), hit(Blow.ANSWER_LOST, 8)).then(Afterwards.REDRIVE));
    holds(
        program(
            forEach(
                "each1",
                TX_PARTS,
                2,
                range(8),
                skip(1),
                failing("1", ALWAYS),
                failing("6", ALWAYS))),
        plan());
    holds(
        program(forEach("each1", BATCH_PARTS, 2, range(9), retryJob(), failing("3", 2))),
        plan(hit(Blow.KILL, 5)));
  }

  @Test
  void aShareOfTheItemsIsSkipped() throws Exception {
    var two =
        program(
            forEach(
                "each1", ITEM, 1, range(120), share(2), failing("99", 2), failing("104", ALWAYS)));
    holds(two, plan());
    holds(two, plan(hit(Blow.KILL, 205), hit(Blow.INTERRUPT, 230)));
    holdsInTestKit(two);
    holds(
        program(
            forEach(
                "each1",
                ITEM,
                1,
                range(120),
                share(1),
                failing("104", ALWAYS),
                failing("110", ALWAYS))),
        plan());
    holds(program(forEach("each1", ITEM, 1, range(120), share(2), failing("97", ALWAYS))), plan());
  }

  // What was put aside.

  @Test
  void itemsOfPartsAreRedriven() throws Exception {
    holds(
        program(forEach("each1", PARTS, 3, range(6), quarantine(), failing("1", 1))),
        plan().then(Afterwards.REDRIVE));
  }

  @Test
  void itemsOfASourceWithinAStepAreRedriven() throws Exception {
    holds(
        program(step("step1", forEach("each2", ITEM, 1, range(5), quarantine(), failing("4", 1)))),
        plan().then(Afterwards.REDRIVE));
  }

  @Test
  void itemsAreRedrivenByTheNewNameOfALoopWhoseStepHadFinishedBefore() throws Exception {
    var step =
        step("step1", forEach("each2", ITEM, 1, range(5), quarantine(), failing("4", ALWAYS)));
    holds(
        program(step, deploy("deploy1"))
            .becoming(code(undeclared(), names(called("each2", "renamed2", "each2")), step)),
        plan().then(Afterwards.REDRIVE));
  }

  @Test
  void itemsAreRedrivenAlthoughOthersHaveComeToLieBeforeThem() throws Exception {
    holds(
        program(
            forEach(
                "each1",
                ITEM,
                1,
                rows(List.of(10, 30), List.of(10, 20, 30)),
                quarantine(),
                failing("30", 1))),
        plan().then(Afterwards.REDRIVE));
  }

  @Test
  void whatIsDoneFromZeroForgetsWhatWasPutAside() throws Exception {
    holds(
        program(
            forEach("each1", ITEM, 1, range(3), quarantine(), failing("1", 1)),
            step("step2", restart("restart3", 1))),
        plan());
  }

  @Test
  void whatIsRewoundForgetsWhatWasPutAside() throws Exception {
    holds(
        program(
            forEach("each1", ITEM, 1, range(3), quarantine(), failing("1", 1)),
            await("await2", "signal3")),
        plan().rewindTo("each1"));
  }

  // Sources that change.

  @Test
  void rowsWithinARowAreDoneOnceWhenAnotherOneComesToLieBefore() throws Exception {
    holds(
        program(
            forEach(
                "each1",
                TX,
                1,
                within(rows(List.of(20, 30), List.of(10, 20, 30)), 3),
                retryJob(),
                failing("20.2", 1))),
        plan());
  }

  // Sources that change.

  /** The changed line lies behind the first KiB, which is compared in any case. */
  @Test
  void aFileWithAnotherLineBeforeThePositionIsRefused() throws Exception {
    var before = text("0", "1", "2", "3", "4");
    for (var after :
        List.of(
            text("0", "1", "7", "3", "4"),
            text("0", "1", "7", "2", "3", "4"),
            text("0", "1", "3", "4"),
            text("0", "1"))) {
      holds(
          program(
              forEach(
                  "each1", ITEM, 1, lines(PLAIN, 600, before, after), retryJob(), failing("4", 1))),
          plan());
    }
    holds(
        program(
            forEach(
                "each1", ITEM, 1, lines(PLAIN, 600, before, gone()), retryJob(), failing("4", 1))),
        plan());
  }

  @Test
  void filesInFoldersGoOnWhereEachWasLeftOrAreRefused() throws Exception {
    var before = files(file("b/c", "0", "1"), file("d", "0", "1", "2"), file("e", "0"));
    for (var after :
        List.of(
            files(file("b", "0"), file("d", "0", "1", "2", "3"), file("e", "0")),
            files(file("c/a", "0"), file("c/b", "0"), file("d", "0", "1", "2"), file("e/f", "0")),
            files(file("d", "0", "7", "2"), file("e", "0")),
            files(file("f", "0", "1", "2")))) {
      for (var form : List.of(ITEM, TX)) {
        holds(
            program(
                forEach("each1", form, 2, folder(0, before, after), retryJob(), failing("d.2", 1))),
            plan());
      }
    }
    holds(
        program(
            forEach(
                "each1", ITEM, 2, folder(0, before, noFolder()), retryJob(), failing("d.2", 1))),
        plan());
  }

  /** Also behind the position: the beginning of a file is compared as it was found first. */
  @Test
  void aFileWhoseBeginningHasChangedIsRefused() throws Exception {
    var before = text("0", "1", "2");
    var after = text("0", "1", "7");
    holds(
        program(
            forEach("each1", ITEM, 1, lines(PLAIN, 0, before, after), retryJob(), failing("1", 1))),
        plan());
    holds(
        program(
            forEach(
                "each1",
                ITEM,
                1,
                folder(
                    0,
                    files(file("a", "0", "1", "2"), file("b", "0")),
                    files(file("a", "0", "1", "7"), file("b", "0"))),
                retryJob(),
                failing("a.1", 1))),
        plan());
  }

  @Test
  void aFileThatWasBegunGoesOnThoughTheJobStopsInOneThatCameBeforeIt() throws Exception {
    holds(
        program(
            forEach(
                "each1",
                TX,
                1,
                folder(
                    0,
                    files(file("d", "0", "1", "2")),
                    files(file("b", "0", "1"), file("d", "0", "1", "2"))),
                retryJob(),
                failing("d.2", 1),
                failing("b.1", 1))),
        plan());
  }

  @Test
  void aListThatHasBecomeShorterIsRefusedOnlyWhereItIsMissed() throws Exception {
    for (int later : new int[] {1, 3, 6}) {
      holds(
          program(
              forEach("each1", PARTS, 2, elements(6, later), retryJob(), failing("4", 1)),
              forEach("each2", ITEM, 1, elements(6, later), retryJob(), failing("2", 1))),
          plan());
    }
    holds(
        program(
            forEach("each1", ITEM, 1, range(6, 3), quarantine(), failing("2", 1), failing("5", 1))),
        plan().then(Afterwards.REDRIVE));
  }

  // The test kit.

  @Tag("thorough")
  @Test
  void theExplorerAccusesNoBranches() throws Exception {
    var branches =
        program(
            parallel(
                "parallel1",
                2,
                branch("branch2", loop("loop3", CHECKPOINT, 4)),
                branch("branch4", step("step5", effect("effect6")), step("step7", effect("e8")))));
    var parts = program(forEach("each1", PARTS, 3, elements(9), retryJob()));

    assertThat(explorer.run(trial(branches, plan()), 50)).isEmpty();
    assertThat(explorer.run(trial(parts, plan()), 50)).isEmpty();
  }

  @Test
  void theTestKitKeepsIdempotencyKeys() throws Exception {
    holdsInTestKit(program(step("step1", keys("keys2"), fail("fail3", 1))));
  }

  @Test
  void theTestKitRunsATransactionAgainAfterASerializationFailure() throws Exception {
    holdsInTestKit(program(stepTx("tx1", 1)));
  }

  @Test
  void aJobThatHasCompletedItselfIsCompletedWhateverItsWorkerThrows() throws Exception {
    var program = program(stepTx("tx1"), complete("complete2", true));
    holds(program, plan());
    holds(program, plan(hit(Blow.ANSWER_LOST, 2)));
    holdsInTestKit(program);
  }

  @Test
  void aResultThatTheDatabaseCannotHoldIsRefused() throws Exception {
    var program = program(unstorable("unstorable1"));
    holds(program, plan());
    holdsInTestKit(program);
  }

  @Test
  void theTestKitBelievesNoTransactionThatWasRolledBack() throws Exception {
    holdsInTestKit(program(loop("loop1", OWN_TRANSACTION, 3, failing("2", 1))));
  }
}
