package dev.cairn.programs;

import static dev.cairn.programs.Dsl.await;
import static dev.cairn.programs.Dsl.branch;
import static dev.cairn.programs.Dsl.called;
import static dev.cairn.programs.Dsl.code;
import static dev.cairn.programs.Dsl.complete;
import static dev.cairn.programs.Dsl.deploy;
import static dev.cairn.programs.Dsl.deployedAt;
import static dev.cairn.programs.Dsl.effect;
import static dev.cairn.programs.Dsl.fail;
import static dev.cairn.programs.Dsl.failing;
import static dev.cairn.programs.Dsl.finishTx;
import static dev.cairn.programs.Dsl.forEach;
import static dev.cairn.programs.Dsl.loop;
import static dev.cairn.programs.Dsl.lines;
import static dev.cairn.programs.Dsl.names;
import static dev.cairn.programs.Dsl.options;
import static dev.cairn.programs.Dsl.parallel;
import static dev.cairn.programs.Dsl.program;
import static dev.cairn.programs.Dsl.quarantine;
import static dev.cairn.programs.Dsl.range;
import static dev.cairn.programs.Dsl.restart;
import static dev.cairn.programs.Dsl.result;
import static dev.cairn.programs.Dsl.retryJob;
import static dev.cairn.programs.Dsl.rows;
import static dev.cairn.programs.Dsl.skip;
import static dev.cairn.programs.Dsl.step;
import static dev.cairn.programs.Dsl.stepTx;
import static dev.cairn.programs.Dsl.table;
import static dev.cairn.programs.Dsl.text;
import static dev.cairn.programs.Dsl.trial;
import static dev.cairn.programs.Dsl.undeclared;
import static dev.cairn.programs.Format.PLAIN;
import static dev.cairn.programs.Node.ALWAYS;
import static dev.cairn.programs.Node.Form.BATCH;
import static dev.cairn.programs.Node.Form.ITEM;
import static dev.cairn.programs.Node.Form.ITEM_STEPS;
import static dev.cairn.programs.Node.Form.PARTS;
import static dev.cairn.programs.Node.Move.ADVANCE;
import static dev.cairn.programs.Node.Move.CHECKPOINT;
import static dev.cairn.programs.Plan.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.programs.Meaning.End;
import dev.cairn.programs.Plan.Afterwards;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The judge complains of what is wrong, also in a job that something has struck, and of nothing
 * beside it that is right. Whoever widens an excuse sees it here.
 */
class JudgeTest {
  /** What a job has done, attempt after attempt. */
  private static final class Run {
    private final Trial trial;
    private final World world;
    private final Map<Integer, List<String>> rows = new TreeMap<>();
    private @Nullable Set<String> listed;
    private int attempt;

    Run(Program program) {
      this(program, plan());
    }

    Run(Program program, Plan plan) {
      this.trial = trial(program, plan);
      this.world = new World(1, trial, null);
    }

    /** An attempt has these effects. */
    Run attempt(String... effects) {
      attempt = world.nextAttempt();
      return and(effects);
    }

    Run and(String... effects) {
      for (String effect : effects) {
        world.done(attempt, world.code(), effect, false);
      }
      return this;
    }

    /** It writes these rows, and commits them. */
    Run rows(String... ids) {
      for (String id : ids) {
        world.done(attempt, world.code(), id, true);
        rows.computeIfAbsent(attempt, number -> new ArrayList<>()).add(id);
      }
      return this;
    }

    Run killed() {
      world.struck();
      world.ended(attempt, World.End.KILLED);
      return this;
    }

    Run interrupted() {
      world.struck();
      world.ended(attempt, World.End.IN_ORDER);
      return this;
    }

    Run failed() {
      world.failed();
      world.ended(attempt, World.End.IN_ORDER);
      return this;
    }

    /** It fails so that the job begins from zero. */
    Run restarts() {
      world.restarts(attempt);
      return failed();
    }

    /** Its job is taken away when it is at an effect, and it goes on. */
    Run taken(String effect) {
      world.taken(attempt, effect, rows.getOrDefault(attempt, List.of()));
      world.ended(attempt, World.End.KILLED);
      return this;
    }

    /** It writes these rows, and its transaction is rolled back. */
    Run rolledBack(String... ids) {
      for (String id : ids) {
        world.done(attempt, world.code(), id, true);
      }
      return this;
    }

    Run rewound() {
      world.rewound();
      return this;
    }

    Run deployed() {
      world.deploy(world.code());
      return this;
    }

    Run refused(String error) {
      world.refused(world.code(), error);
      return this;
    }

    Run listed(String... items) {
      listed = Set.of(items);
      return this;
    }

    Run cured() {
      world.cure();
      return this;
    }

    void isRight(End end) {
      assertThat(complaints(end)).isEmpty();
    }

    void isWrong(End end, String because) {
      assertThat(complaints(end)).anySatisfy(each -> assertThat(each).contains(because));
    }

    void isRight() {
      isRight(End.COMPLETED);
    }

    void isWrong(String because) {
      isWrong(End.COMPLETED, because);
    }

    private List<String> complaints(End end) {
      return Judge.complaints(trial, world, rows, end, listed);
    }
  }

  // How often.

  @Test
  void aRowIsThereOnceWhateverHasStruckTheJob() {
    var program = program(stepTx("tx1"), finishTx("tx2"));
    new Run(program).attempt().rows("tx1").killed().attempt().rows("tx2").isRight();
    new Run(program)
        .attempt()
        .rows("tx1")
        .killed()
        .attempt()
        .rows("tx1", "tx2")
        .isWrong("row tx1 is there too often");
    new Run(program).attempt().rows("tx1").killed().attempt().isWrong("row tx2 is there too sel");
  }

  @Test
  void anEffectIsThereOnceMoreForEachStrikeAndNotMore() {
    var program = program(step("step1", effect("effect2")));
    new Run(program).attempt("effect2").isRight();
    new Run(program).attempt("effect2").attempt("effect2").isWrong("too often");
    new Run(program).attempt("effect2").killed().attempt("effect2").isRight();
    new Run(program)
        .attempt("effect2")
        .killed()
        .attempt("effect2", "effect2")
        .isWrong("effect effect2 is there too often");
    new Run(program).attempt().killed().attempt().isWrong("too seldom");
  }

  /** The tries of one step are no reason for another one to be done again. */
  @Test
  void onlyWhatLiesInAStepIsDoneAgainByItsTries() {
    var program =
        program(
            step("step1", effect("effect2")),
            step("step3", options(3, 0, false), effect("effect4"), fail("fail5", ALWAYS)));
    var right = new Run(program);
    var wrong = new Run(program);
    right.attempt("effect2").killed().attempt("effect2");
    wrong.attempt("effect2").killed().attempt("effect2", "effect2");
    for (int i = 0; i < Meaning.ATTEMPTS_MAX; i++) {
      right.and("effect4", "effect4", "effect4").failed();
      wrong.and("effect4", "effect4", "effect4").failed();
    }
    right.isRight(End.DISCARDED);
    wrong.isWrong(End.DISCARDED, "effect effect2 is there too often");
  }

  @Test
  void aLimitOfTimeIsNoReasonForAnyNumber() {
    var program =
        program(
            step("step1", options(2, 300, false), effect("effect2"), Dsl.hang("hang3", 1)),
            step("step4", effect("effect5")));
    new Run(program).attempt("effect2", "effect2", "effect5").isRight();
    new Run(program)
        .attempt("effect2", "effect2", "effect5", "effect5", "effect5", "effect5")
        .isWrong("effect effect5 is there too often");
  }

  // The order.

  @Test
  void aStepThatHasFinishedIsNotRunAgain() {
    var program = program(step("step1", effect("effect2")), step("step3", effect("effect4")));
    new Run(program).attempt("effect2", "effect4").killed().attempt("effect4").isRight();
    new Run(program)
        .attempt("effect2", "effect4")
        .killed()
        .attempt("effect2", "effect4")
        .isWrong("effect2 is done after effect4, of a later step");
  }

  @Test
  void noItemIsPassedOver() {
    var program = program(forEach("each1", ITEM, 1, range(3), retryJob()));
    new Run(program).attempt("each1:0", "each1:1").killed().attempt("each1:2").isRight();
    new Run(program)
        .attempt("each1:0")
        .killed()
        .attempt("each1:2")
        .isWrong("does 2 of each1, and not 1 before it");
  }

  @Test
  void noRowIsTakenThatLiesBehindTheLastOneAtTheBeginning() {
    var program =
        program(
            forEach(
                "each1",
                ITEM,
                1,
                table(4, true, rows(List.of(10, 20), List.of(10, 20, 30))),
                retryJob(),
                failing("20", 1)));
    new Run(program).attempt("each1:10").failed().attempt("each1:20").isRight();
    new Run(program)
        .attempt("each1:10")
        .failed()
        .attempt("each1:20", "each1:30")
        .isWrong("lies behind its last row");
  }

  @Test
  void noPositionIsLostThatWasDurable() {
    var program = program(loop("loop1", CHECKPOINT, 4));
    new Run(program)
        .attempt("loop1:1", "loop1:2", "loop1:3")
        .killed()
        .attempt("loop1:3", "loop1:4")
        .isRight();
    new Run(program)
        .attempt("loop1:1", "loop1:2", "loop1:3")
        .killed()
        .attempt("loop1:2", "loop1:3", "loop1:4")
        .isWrong("whose position was durable");
  }

  @Test
  void noStepOfAnItemIsRunAgainOnceTheNextOneHasBegun() {
    var program = program(forEach("each1", ITEM_STEPS, 1, range(3), retryJob()));
    new Run(program).attempt("each1:0", "each1:1").killed().attempt("each1:1", "each1:2").isRight();
    new Run(program)
        .attempt("each1:0", "each1:1")
        .killed()
        .attempt("each1:0", "each1:1", "each1:2")
        .isWrong("whose position was durable");
  }

  /** R2: what an attempt has saved that was not killed is there for the next one. */
  @Test
  void onlyADeathLosesPositions() {
    for (var program :
        List.of(
            program(loop("x", ADVANCE, 4)),
            program(
                forEach("x", ITEM, 1, table(2, false, rows(List.of(1, 2, 3, 4))), retryJob())))) {
      new Run(program)
          .attempt("x:1", "x:2", "x:3")
          .killed()
          .attempt("x:1", "x:2", "x:3", "x:4")
          .isRight();
      new Run(program).attempt("x:1", "x:2").interrupted().attempt("x:3", "x:4").isRight();
      new Run(program)
          .attempt("x:1", "x:2", "x:3")
          .interrupted()
          .attempt("x:1", "x:2", "x:3", "x:4")
          .isWrong("and was not killed");
    }
    var batches = program(forEach("x", BATCH, 2, range(4), retryJob()));
    new Run(batches).attempt("x:0", "x:1", "x:2").interrupted().attempt("x:2", "x:3").isRight();
    new Run(batches)
        .attempt("x:0", "x:1", "x:2")
        .interrupted()
        .attempt("x:0", "x:1", "x:2", "x:3")
        .isWrong("and was not killed");
  }

  /** Each part goes on where it was. */
  @Test
  void onlyADeathLosesThePositionOfAPart() {
    var program = program(forEach("x", PARTS, 2, range(4), retryJob()));
    new Run(program).attempt("x:2", "x:0", "x:1").interrupted().attempt("x:3").isRight();
    new Run(program)
        .attempt("x:2", "x:0", "x:1")
        .killed()
        .attempt("x:0", "x:1", "x:2", "x:3")
        .isRight();
    new Run(program)
        .attempt("x:2", "x:0", "x:1")
        .interrupted()
        .attempt("x:0", "x:1", "x:3")
        .isWrong("x:0 again, although");
  }

  /** Other code has the same loop: it goes on where it was. */
  @Test
  void aDeployLosesNoPosition() {
    var loop = loop("x", CHECKPOINT, 4, deployedAt("3"));
    var program = program(loop).becoming(code(undeclared(), names(), loop));
    new Run(program).attempt("x:1", "x:2", "x:3").deployed().attempt("x:3", "x:4").isRight();
    new Run(program)
        .attempt("x:1", "x:2", "x:3")
        .deployed()
        .attempt()
        .killed()
        .attempt("x:1", "x:2", "x:3", "x:4")
        .isWrong("whose position was durable");
    var renamed =
        program(loop)
            .becoming(code(undeclared(), names(called("x", "other")), stepTx("tx1"), loop));
    new Run(renamed)
        .attempt("x:1", "x:2", "x:3")
        .deployed()
        .attempt()
        .refused("'x' is in progress")
        .isWrong(End.REFUSED, "should be refused");
  }

  // The fence.

  /** R5: its rows would be there once, because the next attempt finds what it has saved. */
  @Test
  void anAttemptWhoseJobWasTakenAwayCommitsNothingMore() {
    var program = program(stepTx("tx1"), stepTx("tx2"));
    new Run(program)
        .attempt()
        .rows("tx1")
        .rolledBack("tx2")
        .taken("tx2")
        .attempt()
        .rows("tx2")
        .isRight();
    new Run(program)
        .attempt()
        .rows("tx1")
        .taken("tx2")
        .rows("tx2")
        .attempt()
        .isWrong("attempt 1 has committed [tx2]");
  }

  @Test
  void anAttemptWhoseJobWasTakenAwayBeginsNoLaterStep() {
    var program = program(step("step1", effect("effect2")), step("step3", effect("effect4")));
    new Run(program).attempt("effect2").taken("effect2").attempt("effect2", "effect4").isRight();
    new Run(program)
        .attempt("effect2")
        .taken("effect4")
        .and("effect4")
        .attempt("effect4")
        .isRight();
    new Run(program)
        .attempt("effect2")
        .taken("effect2")
        .and("effect4")
        .attempt()
        .isWrong("attempt 1 goes on with effect4");
  }

  @Test
  void anAttemptWhoseJobWasTakenAwayGoesBehindNoPositionThatHasToBeDurable() {
    for (var program :
        List.of(
            program(loop("x", CHECKPOINT, 3)),
            program(
                forEach(
                    "x", ITEM_STEPS, 1, table(2, false, rows(List.of(1, 2, 3))), retryJob())))) {
      new Run(program).attempt("x:1", "x:2").taken("x:2").attempt("x:2", "x:3").isRight();
      new Run(program)
          .attempt("x:1", "x:2")
          .taken("x:2")
          .and("x:3")
          .attempt()
          .isWrong("attempt 1 goes on with x:3");
    }
    new Run(program(loop("x", ADVANCE, 3)))
        .attempt("x:1", "x:2")
        .taken("x:2")
        .and("x:3")
        .attempt("x:1", "x:2", "x:3")
        .isRight();
  }

  /** Nobody has lost a job that nobody has taken. */
  @Test
  void anAttemptThatHasItsJobGoesOn() {
    new Run(program(step("step1", effect("effect2")), step("step3", effect("effect4"))))
        .attempt("effect2", "effect4")
        .isRight();
  }

  // Items that fail.

  @Test
  void anItemThatFailsForATimeIsDoneOrPutAside() {
    var program = program(forEach("each1", ITEM, 1, range(2), quarantine(), failing("1", 1)));
    new Run(program).attempt("each1:0").listed("each1:1").isRight();
    new Run(program).attempt("each1:0").killed().attempt("each1:1").listed().isRight();
    new Run(program)
        .attempt("each1:0")
        .killed()
        .attempt()
        .listed()
        .isWrong("neither done nor put aside: [each1:1]");
    new Run(program)
        .attempt("each1:0")
        .killed()
        .attempt("each1:1")
        .listed("each1:1")
        .isWrong("put aside although they are done");
  }

  @Test
  void anItemThatAlwaysFailsIsPutAsideWhateverHasStruckTheJob() {
    var program = program(forEach("each1", ITEM, 1, range(2), quarantine(), failing("1", ALWAYS)));
    new Run(program).attempt("each1:0").killed().attempt().listed("each1:1").isRight();
    new Run(program).attempt("each1:0").killed().attempt().listed().isWrong("not put aside");
  }

  @Test
  void whatIsRedrivenIsDoneAndNoLongerPutAside() {
    var program = program(forEach("each1", ITEM, 1, range(2), quarantine(), failing("1", ALWAYS)));
    var redrive = plan().then(Afterwards.REDRIVE);
    new Run(program, redrive).attempt("each1:0").cured().attempt("each1:1").listed().isRight();
    new Run(program, redrive)
        .attempt("each1:0")
        .cured()
        .attempt("each1:1")
        .listed("each1:1")
        .isWrong("still put aside");
    new Run(program, redrive).attempt("each1:0").cured().attempt().listed().isWrong("too seldom");
  }

  /** A changed source is refused or not by chance: if not, the job is completed, and redriven. */
  @Test
  void aJobThatIsRedrivenCompletesItselfOnceMore() {
    var program =
        program(
            forEach("each1", ITEM, 1, range(2), quarantine(), failing("1", ALWAYS)),
            forEach("each2", ITEM, 1, lines(PLAIN, 8, text("0"), text("1")), retryJob()),
            complete("complete3", false));
    var redrive = plan().then(Afterwards.REDRIVE);
    new Run(program, redrive)
        .attempt("each1:0", "each2:1")
        .rows("complete3")
        .cured()
        .attempt("each1:1")
        .rows("complete3")
        .listed()
        .isRight();
    new Run(program, redrive)
        .attempt("each1:0", "each2:1")
        .rows("complete3")
        .cured()
        .attempt("each1:1")
        .rows("complete3", "complete3")
        .isWrong("row complete3 is there too often");
  }

  @Test
  void noMoreItemsAreSkippedThanMayBe() {
    var program =
        program(
            forEach(
                "each1", ITEM, 1, range(3), skip(1), failing("0", ALWAYS), failing("1", ALWAYS)));
    var right = new Run(program);
    for (int i = 0; i < Meaning.ATTEMPTS_MAX; i++) {
      right.attempt().failed();
    }
    right.isRight(End.DISCARDED);
    new Run(program).attempt("each1:2").isWrong("should end as DISCARDED");
  }

  // The end.

  @Test
  void aJobIsDiscardedWhenSoManyAttemptsHaveFailedAndNotBefore() {
    var program = program(step("step1", fail("fail2", ALWAYS)));
    var run = new Run(program).attempt().killed();
    for (int i = 0; i < Meaning.ATTEMPTS_MAX - 1; i++) {
      run.attempt().failed();
    }
    run.isWrong(End.DISCARDED, "is discarded when only 13 attempts have failed");
    run.attempt().failed();
    run.isRight(End.DISCARDED);
    run.isWrong(End.COMPLETED, "should end as DISCARDED");
  }

  @Test
  void aJobThatIsKilledUsesUpNoAttempt() {
    var run = new Run(program(step("step1", fail("fail2", 1)))).attempt().killed();
    run.attempt().failed().attempt();
    assertThat(record(run, 2, 1)).isEmpty();
    assertThat(record(run, 3, 1)).singleElement().asString().contains("attempt 3 is recorded");
    assertThat(record(run, 2, 2)).singleElement().asString().contains("2 errors are recorded");
    assertThat(record(run, 2, 0)).singleElement().asString().contains("0 errors are recorded");
  }

  private static List<String> record(Run run, int attempt, int errors) {
    return new JobRecord(attempt, errors).complaints(run.trial, run.world, End.COMPLETED);
  }

  // Beginning anew.

  @Test
  void aFailureThatBeginsFromZeroForgetsAllThatHasFinished() {
    var program = program(result("result1"), stepTx("tx2"), step("step3", restart("restart4", 1)));
    new Run(program)
        .attempt("result1")
        .rows("tx2")
        .restarts()
        .attempt("result1")
        .rows("tx2")
        .isRight();
    for (boolean struck : List.of(false, true)) {
      var run = new Run(program).attempt("result1").rows("tx2");
      (struck ? run.killed().attempt() : run).restarts().attempt().isWrong("result1 is there too");
      run.isWrong("row tx2 is there too seldom");
    }
    new Run(program)
        .attempt("result1")
        .rows("tx2")
        .killed()
        .attempt()
        .restarts()
        .attempt("result1")
        .rows("tx2", "tx2")
        .isWrong("row tx2 is there too often");
    new Run(program).attempt("result1").rows("tx2").failed().attempt().isWrong("have begun 2 tim");
  }

  /** It comes in the last try or in one before, by what has struck the tries. */
  @Test
  void whetherAFailureEndsAllTriesIsKnownByWhatIsSeen() {
    var program =
        program(
            result("result1"),
            step("step2", options(2, 0, false), stepTx("tx3"), restart("restart4", 1)));
    new Run(program).attempt("result1").rows("tx3").isRight();
    new Run(program).attempt("result1").rows("tx3").killed().attempt().isRight();
    new Run(program)
        .attempt("result1")
        .rows("tx3")
        .killed()
        .attempt()
        .restarts()
        .attempt("result1")
        .rows("tx3")
        .isRight();
    new Run(program)
        .attempt("result1")
        .rows("tx3")
        .killed()
        .attempt()
        .restarts()
        .attempt("result1")
        .isWrong("row tx3 is there too seldom");
  }

  @Test
  void whatComesBeforeARewoundStepIsNotDoneAgain() {
    var program = program(stepTx("tx1"), stepTx("tx2"), await("await3", "signal4"));
    var rewind = plan().rewindTo("tx2");
    new Run(program, rewind)
        .attempt()
        .rows("tx1", "tx2")
        .killed()
        .attempt()
        .rewound()
        .attempt()
        .rows("tx2")
        .isRight();
    new Run(program, rewind)
        .attempt()
        .rows("tx1", "tx2")
        .killed()
        .attempt()
        .rewound()
        .attempt()
        .rows("tx1", "tx2")
        .isWrong("row tx1 is there too often");
  }

  // Branches and changed code.

  @Test
  void aBranchIsRunToItsEndThoughAnotherOneFails() {
    var program =
        program(
            parallel(
                "parallel1",
                2,
                branch("branch2", stepTx("tx3")),
                branch("branch4", stepTx("tx5"))));
    new Run(program).attempt().rows("tx5", "tx3").isRight();
    new Run(program).attempt().rows("tx3").killed().attempt().isWrong("row tx5 is there too sel");
  }

  @Test
  void aJobIsNotRefusedByCodeThatLacksWhatHasFinished() {
    var program =
        program(loop("loop1", CHECKPOINT, 2), deploy("deploy2"))
            .becoming(code(undeclared(), names(called("loop1", "loop3", "loop1")), stepTx("tx4")));
    new Run(program).attempt("loop1:1", "loop1:2").deployed().attempt().rows("tx4").isRight();
    new Run(program)
        .attempt("loop1:1", "loop1:2")
        .deployed()
        .attempt()
        .refused("step 'loop1' is in progress")
        .isWrong("should be refused 0 times");
  }
}
