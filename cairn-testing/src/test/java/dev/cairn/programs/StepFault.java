package dev.cairn.programs;

import dev.cairn.programs.Items.Within;
import dev.cairn.programs.Node.Branch;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Move;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Rule;
import dev.cairn.programs.Plan.Blow;
import java.util.List;
import java.util.function.Predicate;

/**
 * Faults that are planted into the engine of steps: those that it had once, and the ones beside
 * them.
 */
enum StepFault implements PlantedFault {
  // H1: an answer that is lost at a commit.
  ANSWER_LOST_AT_A_BATCH(
      20_261_127_696L,
      Feature.ANSWER_LOST_WITH_POLICY::isIn,
      Planting.inCore(
              "resumable.StepCursor", "if (last == null || !isCommitted(last, e)) {", "if (true) {")
          .andInCore(
              "resumable.ItemFailure",
              "return works ? isOfItem(failure) : isRefusal(failure);",
              "return isOfItem(failure);")
          .andInCore(
              "resumable.ItemFailure",
              """
              && thrown.find(StoreUnavailableException.class) == null
              && !isOfDatabase(said)
              && !(thrown.find(CairnException.class) != null && is(LIMITS, said));
              """,
              ";")),
  ANSWER_LOST_AT_A_REDRIVE(
      20_261_128_362L,
      Feature.ANSWER_LOST_IN_REDRIVE::isIn,
      Planting.inCore(
          "resumable.Redrive",
          """
          return context.<@Nullable Exception>inTransaction(connection -> {
                blame.during(() -> body.run(connection, Collections.singletonList(value)));
                StepTransactions.requireOpen(context, runner.values(), entry, connection);
                if (!quarantine.releaseTx(connection, entry.path(), position)) {
                  throw new NotAside();
                }
                return null;
              });
          """,
          """
          context.<@Nullable Exception>inTransaction(connection -> {
                blame.during(() -> body.run(connection, Collections.singletonList(value)));
                return null;
              });
          quarantine.release(entry.path(), position);
          return null;
          """)),
  LATE_COMMIT_IS_NOT_LOOKED_FOR(
      20_261_128_216L,
      Feature.TIMEOUT_AND_OWN_TRANSACTION::isIn,
      Planting.inCore(
          "internal.postgres.PostgresCheckpointStore",
          "AND checkpoint.sequence = :doubtful",
          "AND checkpoint.sequence = :doubtful AND FALSE")),

  // H2: branches that wait.
  WAIT_ENDS_THE_ATTEMPT(
      20_261_127_049L,
      Feature.WAIT_IN_BRANCH::isIn,
      Planting.inCore("resumable.StepScope", "if (group == null) { Waits", "if (true) { Waits")),
  LONGEST_WAIT_COUNTS(
      20_261_127_678L,
      trial -> !trial.plan().signalsFirst() && trial.program().has(StepFault::hasUnequalWaits),
      Planting.inCore(
          "resumable.BranchGroup",
          "until.isBefore(another.until)",
          "until.isAfter(another.until)")),
  WAIT_KEEPS_ITS_PLACE(
      20_261_127_325L,
      Feature.WAIT_IN_BRANCH::isIn,
      Planting.inCore(
          "resumable.ParallelRun",
          "} finally { runner.transactions().leave(); places.release(); }",
          "} finally { runner.transactions().leave();"
              + " if (group.waiting() == null) { places.release(); } }")),
  WAIT_HIDES_A_FAILURE(
      20_261_127_044L,
      Feature.WAIT_IN_BRANCH::isIn,
      Planting.inCore(
          "resumable.ParallelRun",
          "throwFailure(); BranchGroup.Wait wait = group.waiting();",
          """
          BranchGroup.Wait wait = group.waiting();
          if (wait != null) {
            throw around.suspend(wait);
          }
          throwFailure();
          """)),
  WAIT_COUNTS_AS_FINISHED(
      20_261_127_023L,
      Feature.WAIT_IN_BRANCH::isIn,
      Planting.inCore(
          "resumable.ParallelRun",
          "if (open.isEmpty() && wait == null) {",
          "if (open.isEmpty()) {")),
  SLEEP_BEGINS_ANEW(
      20_261_127_064L,
      trial -> trial.program().has(Node.Sleep.class::isInstance),
      Planting.inCore(
          "resumable.WaitingSteps",
          "Instant end = savedTime(entry).orElse(earlier(until, waits.now().plus(FOR_EVER)));",
          "Instant end = earlier(until, waits.now().plus(FOR_EVER));")),

  // H3: a step that fails within an item.
  FAILED_STEP_FAILS_LATER_ITEMS(
      20_261_127_314L,
      Feature.FAILED_STEP_IN_ITEM::isIn,
      Planting.inCore(
          "resumable.PoisonWatch",
          "scope.forgetFailure(); ledger.passesItemsOver(entry); }",
          "ledger.passesItemsOver(entry); }")),

  // H4: a time limit.
  TIME_LIMIT_IS_THE_ITEMS_FAILURE(
      20_261_127_027L,
      Feature.TIMEOUT_IN_ITEM::isIn,
      Planting.inCore(
          "resumable.PoisonWatch",
          "try { scope.yieldIfInterrupted(); } catch (TimeLimitException e) {",
          "try { context.interruption(); } catch (TimeLimitException e) {")),

  // H5: a redrive.
  PARTS_ARE_NOT_REDRIVEN(
      20_261_127_025L,
      Feature.REDRIVE_OF_PARTS::isIn,
      Planting.inCore(
          "resumable.BranchSteps",
          "runner.redriveWithin(scope, options, entry, body);",
          "return;")),
  STEPS_WITHIN_ARE_NOT_REDRIVEN(
      20_261_127_041L,
      Feature.REDRIVE_WITHIN_A_STEP::isIn,
      Planting.inCore(
          "resumable.ResultSteps",
          "runner.redriveWithin(scope, options, entry, body);",
          "return;")),

  // H6: nested sources.
  OUTER_ROW_FORGETS_THE_BEGUN_ONE(
      20_261_130_055L,
      trial -> trial.program().has(StepFault::hasRowBeforeTheOneThatStops),
      Planting.inCore(
          "source.Nested",
          "if (found != null) { begun = begun.stream()",
          "if (found == null) { begun = List.of(); } else { begun = begun.stream()")),

  // H8: limits of skipped items.
  SKIPS_COUNT_ANEW_IN_EACH_TRY(
      20_261_130_098L,
      Feature.SKIP_LIMIT_OVER_TRIES_AND_PARTS::isIn,
      Planting.inCore("resumable.SkipCount", "ledger.noteProgress(counts);", "")),
  SKIPS_COUNT_ANEW_IN_EACH_PART(
      20_261_129_218L,
      Feature.SKIP_LIMIT_OVER_TRIES_AND_PARTS::isIn,
      Planting.inCore(
          "resumable.SourceSteps", "whole == null ? new SkipCount(", "true ? new SkipCount(")),

  // H9: items that were put aside.
  RESTART_KEEPS_ITEMS_ASIDE(
      20_261_142_551L,
      trial ->
          isUpTo(first(trial, StepFault::putsAsideForATime), first(trial, StepFault::restarts)),
      Planting.inCore("resumable.FailureRules", "context.quarantine().forgetAll();", "")
          .andInCore(
              "resumable.PoisonWatch", "if (ledger.aside().has(entry.path())) {", "if (false) {")),
  REWIND_KEEPS_ITEMS_ASIDE(
      20_261_127_650L,
      trial ->
          isUpTo(
              first(trial, node -> Meaning.nameOf(node).equals(trial.plan().rewind())),
              first(trial, StepFault::putsAsideForATime)),
      Planting.inCore(
              "internal.postgres.PostgresJobControlStore",
              "WHERE job_id = :id AND step = ANY (:names) RETURNING step",
              "WHERE job_id = :id AND step = ANY (:names) AND FALSE RETURNING step")
          .andInCore(
              "resumable.PoisonWatch", "if (ledger.aside().has(entry.path())) {", "if (false) {")),
  DONE_ITEM_STAYS_ASIDE(
      20_261_130_039L,
      trial -> kills(trial) && trial.program().has(StepFault::putsAsideForATime),
      Planting.inCore(
          "resumable.PoisonWatch", "if (ledger.aside().has(entry.path())) {", "if (false) {")),

  // H14: branches within branches.
  FAILURE_LEAVES_INNER_BRANCHES(
      20_261_127_671L,
      Feature.FAILURE_BESIDE_NESTED_BRANCHES::isIn,
      Planting.inCore("resumable.BranchGroup", "group = group.outer)", "group = null)")),
  TIME_LIMIT_LEAVES_BRANCHES(
      20_261_127_271L,
      Feature.TIMEOUT_AROUND_BRANCHES::isIn,
      Planting.inCore("internal.work.AttemptThreads", "limits.inherit(thread);", "")),

  // The order of what is done and what is saved.
  ITEM_COMES_AFTER_ITS_POSITION(
      20_261_127_002L,
      trial -> trial.program().has(StepFault::isItemByItem),
      Planting.inCore(
          "resumable.SourceLoop",
          """
          if (poison.admits(item.position(), before)) {
            runItem(item, before, body);
          }
          count(item.position(), 1);
          cursor.advance(item.position());
          """,
          """
          cursor.advance(item.position());
          if (poison.admits(item.position(), before)) {
            runItem(item, before, body);
          }
          count(item.position(), 1);
          """)),
  STEP_COMES_AFTER_ITS_END(
      20_261_127_139L,
      StepFault::kills,
      Planting.inCore(
          "resumable.StepRunner",
          "run(scope, options, entry, () -> byHand.run(body));",
          """
          run(
              scope,
              options,
              entry,
              () -> {
                context.checkpoints().save(entry.finished(null));
                byHand.run(body);
              });
          """)),
  FLUSH_IS_NOT_OWED(
      20_261_127_327L,
      trial -> kills(trial) && endsWithItsEnd(trial),
      Planting.inCore(
          "resumable.StepLedger",
          "noteFinished(entry, result); owed.owe();",
          "noteFinished(entry, result);")),
  OUTCOME_FORGETS_CHECKPOINTS(
      20_261_127_079L,
      trial -> trial.program().has(StepFault::isAdvanced),
      Planting.inCore(
          "internal.work.AttemptCheckpoints",
          "awaitEnd(write, patience); } synchronized (this) { if (!used) { return List.of(); }"
              + " inTransactions.beginnings().forEach(it -> pending.putIfAbsent(it.checkpoint().name(), it));"
              + " return List.copyOf(pending.values()); }",
          "awaitEnd(write, patience); } return List.of();")),
  RESTART_KEEPS_CHECKPOINTS(
      20_261_127_368L,
      trial -> trial.program().has(StepFault::restarts),
      Planting.inCore(
          "resumable.FailureRules", "context.checkpoints().replaceAll(List.of());", "")),

  // What an attempt keeps that is not killed (R2).
  INTERRUPTION_LOSES_CHECKPOINTS(
      20_261_128_164L,
      trial ->
          trial.plan().hits().stream()
                  .anyMatch(hit -> hit.blow() == Blow.INTERRUPT || hit.blow() == Blow.PAUSE)
              && trial.program().has(StepFault::isBuffered),
      Planting.inCore(
          "internal.work.Executor",
          "List<CheckpointWrite> rest = checkpoints.close(patience);",
          """
          List<CheckpointWrite> all = checkpoints.close(patience);
          List<CheckpointWrite> rest = outcome instanceof Outcome.Interrupted ? List.of() : all;
          """)),

  // Collisions (R4).
  COLLISION_AT_THE_COMMIT_IS_NOT_TRIED_AGAIN(
      20_261_127_242L,
      trial -> trial.plan().hits().stream().anyMatch(hit -> hit.blow() == Blow.COLLISION),
      Planting.inCore(
          "internal.store.TransactionCall",
          "private T trusted(@Nullable Throwable thrown) throws Exception { if (thrown != null) { undone = true;",
          "private T trusted(@Nullable Throwable thrown) throws Exception { if (thrown != null) {")),

  // Steps that are tried again within an attempt.
  TRY_BEGINS_AT_THE_OLD_POSITION(
      20_261_127_118L,
      trial -> trial.program().has(StepFault::isRetriedAroundCursor),
      Planting.inCore(
          "resumable.StepRunner",
          "ledger.noteProgress(cursor.checkpoint());",
          "cursor.checkpoint();")),
  STOPPED_BRANCH_FORGETS_ITS_POSITION(
      20_261_127_234L,
      trial -> trial.program().has(StepFault::isRetriedAroundBranches),
      Planting.inCore(
              "resumable.StepRunner",
              "} catch (Exception | BranchGroup.Stopped e) {",
              "} catch (Exception e) {")
          .andInCore(
              "resumable.StepRunner",
              "cursor.known().ifPresentOrElse(ledger::noteProgress, () -> ledger.noteUnknown(cursor.path()));",
              "")),
  ROLLED_BACK_POSITION_IS_BELIEVED(
      20_261_127_686L,
      trial -> trial.program().has(StepFault::isRetriedOwnTransaction),
      Planting.inCore(
          "resumable.StepCursor",
          "checkpoints.saveTx(connection, to); uncertain = true;",
          "checkpoints.saveTx(connection, to); position = next;")),
  FAILED_STEP_STAYS_FAILED_IN_THE_NEXT_TRY(
      20_261_127_073L,
      trial -> trial.program().has(StepFault::isRetriedAroundSteps),
      Planting.inCore(
          "resumable.StepRunner",
          "ledger.retry(entry); scope.forgetFailure();",
          "ledger.retry(entry);")),

  // Items that kill their process.
  ONE_DEATH_PUTS_AN_ITEM_ASIDE(
      20_261_127_412L,
      trial -> trial.plan().hits().size() > 1 && kills(trial) && quarantines(trial),
      Planting.inCore("resumable.PoisonWatch", "crashes >= policy.crashes()", "crashes > 0"));

  private final long seed;

  @SuppressWarnings("ImmutableEnumChecker") // it has no state
  private final Predicate<Trial> where;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final Planting planting;

  StepFault(long seed, Predicate<Trial> where, Planting planting) {
    this.seed = seed;
    this.where = where;
    this.planting = planting;
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public Planting planting() {
    return planting;
  }

  @Override
  public boolean isIn(Trial trial) {
    return where.test(trial);
  }

  private static boolean kills(Trial trial) {
    return trial.plan().hits().stream().anyMatch(hit -> hit.blow() == Blow.KILL);
  }

  /** Whether one branch sleeps for a short time, and another one waits for long. */
  private static boolean hasUnequalWaits(Node node) {
    return node instanceof Parallel parallel
        && parallel.branches().stream().anyMatch(branch -> has(branch, StepFault::sleepsShortly))
        && parallel.branches().stream()
            .anyMatch(branch -> has(branch, Node.Await.class::isInstance));
  }

  private static boolean has(Branch branch, Predicate<Node> what) {
    return branch.body().stream().flatMap(Program::withAllWithin).anyMatch(what);
  }

  private static boolean sleepsShortly(Node node) {
    return node instanceof Node.Sleep sleep && sleep.millis() < Meaning.LONG_MILLIS;
  }

  /**
   * Whether it stops within a row, and a later version has another row between that and the one
   * before.
   */
  private static boolean hasRowBeforeTheOneThatStops(Node node) {
    return node instanceof ForEach each
        && each.items() instanceof Within within
        && within.versions() > 1
        && each.failing().stream().anyMatch(item -> hasRowBefore(item.item(), within));
  }

  private static boolean hasRowBefore(String item, Within within) {
    int row = Integer.parseInt(item.substring(0, item.indexOf('.')));
    List<Integer> first = rows(within, 0);
    List<Integer> second = rows(within, 1);
    int before = first.stream().filter(other -> other < row).max(Integer::compare).orElse(0);
    return !item.endsWith(".0")
        && first.contains(row)
        && second.contains(row)
        && second.stream().anyMatch(other -> other > before && other < row);
  }

  private static List<Integer> rows(Within within, int version) {
    return within.outer().of(version).stream().map(Integer::valueOf).toList();
  }

  /** Which top-level node is or has such a one first; -1 without any. */
  private static int first(Trial trial, Predicate<Node> what) {
    List<Node> nodes = trial.program().nodes();
    for (int i = 0; i < nodes.size(); i++) {
      if (Program.withAllWithin(nodes.get(i)).anyMatch(what)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isUpTo(int one, int other) {
    return one >= 0 && one <= other;
  }

  private static boolean restarts(Node node) {
    return node instanceof Node.Fail fail && fail.rule() == Rule.RESTART;
  }

  /** Whether nothing is done again on purpose. */
  private static boolean endsWithItsEnd(Trial trial) {
    return trial.plan().rewind().isEmpty() && trial.plan().afterwards() == Plan.Afterwards.NOTHING;
  }

  private static boolean quarantines(Trial trial) {
    return trial
        .program()
        .has(
            node -> node instanceof ForEach each && each.policy().kind() == Policy.Kind.QUARANTINE);
  }

  private static boolean putsAsideForATime(Node node) {
    return node instanceof ForEach each
        && each.policy().kind() == Policy.Kind.QUARANTINE
        && each.failing().stream().anyMatch(item -> item.times() < Node.ALWAYS);
  }

  private static boolean isItemByItem(Node node) {
    return node instanceof ForEach each
        && each.form() != Form.BATCH
        && each.form() != Form.TX
        && !each.failing().isEmpty();
  }

  /** Whether its position is buffered, and it fails behind some items. */
  private static boolean isAdvanced(Node node) {
    return switch (node) {
      case Loop it -> it.move() == Move.ADVANCE && !it.failing().isEmpty();
      case ForEach it -> it.form() != Form.TX && !it.failing().isEmpty();
      default -> false;
    };
  }

  /** Whether it goes behind some items before their position is durable. */
  private static boolean isBuffered(Node node) {
    return switch (node) {
      case Loop it -> it.move() == Move.ADVANCE && it.count() > 1;
      case ForEach it -> it.form() == Form.ITEM && it.items().of(0).size() > 1;
      default -> false;
    };
  }

  private static boolean isRetriedAroundSteps(Node node) {
    return isRetriedAround(node, inner -> inner instanceof Node.Step || inner instanceof Loop);
  }

  private static boolean isRetriedAroundCursor(Node node) {
    return isRetriedAround(node, StepFault::isCursorThatFails);
  }

  private static boolean isRetriedAroundBranches(Node node) {
    return isRetriedAround(node, Feature::hasBranches) || isRetriedParallel(node);
  }

  private static boolean isRetriedParallel(Node node) {
    return node instanceof Parallel parallel && parallel.options().tries() > 1;
  }

  private static boolean isRetriedAround(Node node, Predicate<Node> inner) {
    return node instanceof Node.Step step
        && step.options().tries() > 1
        && step.body().stream().flatMap(Program::withAllWithin).anyMatch(inner);
  }

  private static boolean isCursorThatFails(Node node) {
    return switch (node) {
      case Loop it -> !it.failing().isEmpty();
      case ForEach it -> !it.failing().isEmpty();
      default -> false;
    };
  }

  private static boolean isRetriedOwnTransaction(Node node) {
    return (node instanceof Loop loop && loop.options().tries() > 1 && isOwnTransaction(loop))
        || isRetriedAround(node, StepFault::isOwnTransaction);
  }

  private static boolean isOwnTransaction(Node node) {
    return node instanceof Loop loop
        && loop.move() == Move.OWN_TRANSACTION
        && !loop.failing().isEmpty();
  }
}
