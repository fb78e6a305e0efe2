package dev.cairn.programs;

import dev.cairn.programs.Items.Within;
import dev.cairn.programs.Node.Fault;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Rule;
import dev.cairn.programs.Plan.Afterwards;
import dev.cairn.programs.Plan.Blow;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Meetings of parts that had a fault once. The generator makes them all. {@code
 * -Dcairn.programs.only=NAME,NAME} tries only programs that have one of them.
 */
enum Feature {
  /** An answer lost at a commit of a batch whose items may be passed over does it twice. */
  ANSWER_LOST_WITH_POLICY(trial ->
      each(trial, each -> each.form() == Form.TX && passesOver(each))
          && trial.plan().hits().stream().anyMatch(hit -> hit.blow() == Blow.ANSWER_LOST)),

  /** An answer lost at the commit of an item that is redriven leaves it listed, and done. */
  ANSWER_LOST_IN_REDRIVE(trial ->
      trial.plan().afterwards() == Afterwards.REDRIVE
          && each(trial, each -> each.form() == Form.TX && quarantines(each))
          && trial.plan().hits().stream().anyMatch(hit -> hit.blow().isAtCommit())),

  /** A branch that waits stops the others, and a failure beside it is lost. */
  WAIT_IN_BRANCH(trial ->
      trial
          .program()
          .has(node ->
              node instanceof Parallel
                  && Program.withAllWithin(node)
                      .anyMatch(it -> it instanceof Node.Sleep || it instanceof Node.Await))),

  /** A step that fails within an item that is passed over fails all that come after it. */
  FAILED_STEP_IN_ITEM(
      trial -> each(trial, each -> each.form().hasSteps() && passesOver(each) && throwsAny(each))),

  /** A step's own timeout passes over the item that it hits. */
  TIMEOUT_IN_ITEM(trial ->
      each(trial, each -> passesOver(each) && each.options().timeoutMillis() > 0)
          || (trial.program().hasTimeout() && each(trial, Feature::passesOver))),

  /** Items that a part has put aside are not redriven. */
  REDRIVE_OF_PARTS(trial ->
      trial.plan().afterwards() == Afterwards.REDRIVE
          && each(trial, each -> each.form().isInParts() && quarantines(each))),

  /** Nor are those of a source within a step: that has finished. */
  REDRIVE_WITHIN_A_STEP(trial ->
      trial.plan().afterwards() == Afterwards.REDRIVE
          && trial.program().nodes().stream()
              .flatMap(Dsl::children)
              .flatMap(Program::withAllWithin)
              .anyMatch(node -> node instanceof ForEach each && quarantines(each))),

  /** An outer item that appears before the one in progress has its inner items done twice. */
  NESTED_ROWS_THAT_CHANGE(
      trial -> each(trial, each -> each.items() instanceof Within within && within.changes())),

  /** What may be skipped is counted anew in each try and part. */
  SKIP_LIMIT_OVER_TRIES_AND_PARTS(trial ->
      each(
          trial,
          each ->
              each.policy().kind() == Policy.Kind.SKIP
                  && each.failing().size() > each.policy().most()
                  && (trial.program().has(Feature::isTriedAgain) || each.form().isInParts()))),

  /** What was put aside stays listed when the job begins anew, and the item then succeeds. */
  NEW_BEGINNING_AFTER_QUARANTINE(trial ->
      each(trial, each -> quarantines(each) && throwsAny(each))
          && (restarts(trial) || !trial.plan().rewind().isEmpty())),

  /** An item is not found again if another one has come to lie right before it. */
  REDRIVE_OF_ROWS_THAT_CHANGE(trial ->
      trial.plan().afterwards() == Afterwards.REDRIVE
          && each(trial, each -> quarantines(each) && each.items().changes())),

  /** A parallel step within a branch goes on when another branch has failed. */
  FAILURE_BESIDE_NESTED_BRANCHES(trial ->
      trial
          .program()
          .has(node ->
              node instanceof Parallel
                  && Dsl.children(node)
                      .flatMap(Program::withAllWithin)
                      .anyMatch(Feature::hasBranches)
                  && Program.withAllWithin(node).anyMatch(Node.Busy.class::isInstance))),

  /**
   * An item that throws while its branch is stopped, because another one has failed, is put aside
   * or met again.
   */
  FAILURE_BESIDE_A_POLICY(trial ->
      trial
          .program()
          .has(node ->
              hasBranches(node)
                  && Program.withAllWithin(node).anyMatch(Node.Fail.class::isInstance)
                  && Program.withAllWithin(node)
                      .anyMatch(it -> it instanceof ForEach each && passesOver(each)))),

  /** A timeout around branches does not interrupt what hangs in one of them. */
  TIMEOUT_AROUND_BRANCHES(trial ->
      trial
          .program()
          .has(node ->
              hasBranches(node)
                  && Program.withAllWithin(node).anyMatch(Feature::hangs)
                  && trial.program().hasTimeout())),

  /**
   * A time limit that interrupts the commit of a worker's own transaction breaks its connection,
   * and the commit may come after the retry has looked for it: the row was written twice.
   */
  TIMEOUT_AND_OWN_TRANSACTION(trial ->
      trial.program().hasTimeout()
          && trial
              .program()
              .has(node ->
                  node instanceof Node.Loop loop && loop.move() == Node.Move.OWN_TRANSACTION)),

  /**
   * A branch that ends with an {@code Error} forgets where its cursor stands. If another one has
   * failed with an exception before, and the step around them is tried again, it does again what it
   * had committed. Here the error is that of a process that dies.
   */
  ERROR_IN_RETRIED_BRANCH(trial ->
      trial.plan().hits().stream().anyMatch(hit -> hit.blow() == Blow.KILL)
          && trial
              .program()
              .has(node ->
                  isTriedAgain(node)
                      && Program.withAllWithin(node).anyMatch(Feature::hasBranches))),

  /** A job is taken away while its attempt goes on, so that nothing but the fence stops that. */
  TAKEN_AWAY(trial -> trial.plan().hits().stream().anyMatch(hit -> hit.blow() == Blow.TAKEN)),

  /** The explorer takes what other branches do after a kill for code that goes on. */
  BRANCHES_IN_EXPLORER(trial -> trial.program().has(Feature::hasBranches)),

  /** The test kit gives another idempotency key in each attempt. */
  KEYS_IN_TEST_KIT(trial -> trial.program().has(Node.Keys.class::isInstance)),

  /** The test kit does not run a transaction again after a serialization failure. */
  COLLISION_IN_TEST_KIT(
      trial -> trial.program().has(node -> node instanceof Node.StepTx tx && tx.collisions() > 0)),

  /**
   * Steps are renamed, removed, added or reordered between two attempts, with a plan or without.
   */
  CHANGED_CODE(trial -> trial.program().isChanged()),

  /** The test kit takes a transaction of the worker's own for committed. */
  OWN_TRANSACTION_IN_TEST_KIT(trial ->
      trial
          .program()
          .has(node ->
              node instanceof Node.Loop loop
                  && loop.move() == Node.Move.OWN_TRANSACTION
                  && !loop.failing().isEmpty())),

  /** In the test kit a job that has completed itself fails if its worker does. */
  COMPLETION_IN_TEST_KIT(trial -> trial.program().has(Node.Complete.class::isInstance)),

  /** The test kit keeps values that the database would refuse. */
  UNSTORABLE_IN_TEST_KIT(trial -> trial.program().has(Node.Unstorable.class::isInstance)),

  /** In the test kit a commit in one branch makes true what another one has rolled back. */
  TRANSACTIONS_OF_BRANCHES_IN_TEST_KIT(trial ->
      trial
          .program()
          .has(node ->
              hasBranches(node) && Program.withAllWithin(node).anyMatch(Feature::isTransaction))),

  /** The body of a transaction fails when its row is there, and is tried again. */
  FAILURE_IN_TRANSACTION(trial ->
      trial.program().has(node -> node instanceof Node.StepTx tx && !tx.beforeCommit().isEmpty())),

  /** The body of a transaction hangs when its row is there, until a time limit ends it. */
  TIMEOUT_IN_TRANSACTION(
      trial -> trial.program().has(node -> node instanceof Node.StepTx && hangs(node))),

  /** A step fails behind the commit of its own transaction: it has finished all the same. */
  FAILURE_BEHIND_COMMIT(trial ->
      trial.program().has(node -> node instanceof Node.StepTx tx && !tx.afterCommit().isEmpty())),

  /** A step with a result fails, or hangs until a time limit ends it. */
  FAILURE_IN_RESULT(trial ->
      trial
          .program()
          .has(node -> node instanceof Node.Result result && !result.failing().isEmpty())),

  /** A job waits for a signal for a limited time. */
  WAIT_WITH_LIMIT(trial -> trial.program().has(Feature::waitsWithLimit)),

  /** It does so in a branch. */
  WAIT_WITH_LIMIT_IN_BRANCH(trial ->
      trial
          .program()
          .has(node ->
              node instanceof Parallel
                  && Program.withAllWithin(node).anyMatch(Feature::waitsWithLimit))),

  /** An item is a step in a transaction or with a result, or fails behind its step. */
  STEPS_OF_OTHER_KINDS_IN_ITEMS(
      trial -> each(trial, each -> each.form().hasSteps() && each.form() != Form.ITEM_STEPS)),

  /** The parts of a source are done in batches, or in transactions. */
  BATCHES_IN_PARTS(
      trial -> each(trial, each -> each.form().isInParts() && each.form().isInBatches())),

  /** A share of the items may be skipped. */
  SHARE_OF_ITEMS(trial -> each(trial, each -> each.policy().kind() == Policy.Kind.SHARE)),

  /** A transaction or a result fails or hangs in a branch. */
  FAILURE_IN_BODY_IN_BRANCH(trial ->
      trial
          .program()
          .has(node ->
              node instanceof Parallel
                  && Program.withAllWithin(node)
                      .anyMatch(it ->
                          (it instanceof Node.StepTx || it instanceof Node.Result)
                              && !Program.failingOf(it).isEmpty())));

  private static final Set<Feature> WANTED = EnumSet.noneOf(Feature.class);

  static {
    Arrays.stream(System.getProperty("cairn.programs.only", "").split(","))
        .filter(name -> !name.isBlank())
        .map(Feature::valueOf)
        .forEach(WANTED::add);
  }

  @SuppressWarnings("ImmutableEnumChecker") // it has no state
  private final Predicate<Trial> isIn;

  Feature(Predicate<Trial> isIn) {
    this.isIn = isIn;
  }

  /** Whether a trial is one of those that are wanted: of all, if nobody has named any. */
  static boolean isWanted(Trial trial) {
    return WANTED.isEmpty() || WANTED.stream().anyMatch(feature -> feature.isIn(trial));
  }

  /** Whether a trial has it. */
  boolean isIn(Trial trial) {
    return isIn.test(trial);
  }

  private static boolean each(Trial trial, Predicate<ForEach> what) {
    return trial.program().has(node -> node instanceof ForEach each && what.test(each));
  }

  private static boolean passesOver(ForEach each) {
    return each.policy().kind() != Policy.Kind.RETRY_JOB;
  }

  private static boolean quarantines(ForEach each) {
    return each.policy().kind() == Policy.Kind.QUARANTINE;
  }

  private static boolean throwsAny(ForEach each) {
    return each.failing().stream().anyMatch(item -> item.fault() == Fault.THROWS);
  }

  static boolean hasBranches(Node node) {
    return node instanceof Parallel || (node instanceof ForEach each && each.form().isInParts());
  }

  static boolean hangs(Node node) {
    return node instanceof Node.Hang
        || Program.failingOf(node).stream().anyMatch(item -> item.fault() == Fault.HANGS);
  }

  private static boolean isTransaction(Node node) {
    return node instanceof Node.StepTx
        || (node instanceof Node.Loop loop
            && (loop.move() == Node.Move.IN_TRANSACTION
                || loop.move() == Node.Move.OWN_TRANSACTION))
        || (node instanceof ForEach each && each.form().hasRows());
  }

  private static boolean isTriedAgain(Node node) {
    return switch (node) {
      case Node.Step it -> it.options().tries() > 1;
      case Parallel it -> it.options().tries() > 1;
      case ForEach it -> it.options().tries() > 1;
      default -> false;
    };
  }

  private static boolean waitsWithLimit(Node node) {
    return node instanceof Node.Await await && await.atMostMillis() > 0;
  }

  private static boolean restarts(Trial trial) {
    return trial
        .program()
        .has(node -> node instanceof Node.Fail fail && fail.rule() == Rule.RESTART);
  }
}
