package dev.cairn.programs;

import dev.cairn.JobCancelException;
import dev.cairn.JobSnoozeException;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Rule;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.FilePosition;
import dev.cairn.source.Keyset;
import dev.cairn.source.Page;
import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import dev.cairn.source.SplittableSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/*
 * Longer than 500 lines because it has a method for each kind of node and each kind of source.
 */

/** Runs a program as the worker that it describes: by the product's {@link Steps}. */
final class ProgramCode {
  private static final Duration PAUSE = Duration.ofMillis(1);

  /** As many sleeps of 20 ms: on a machine that stands still, one of them becomes long, not all. */
  private static final int HANG_NAPS = 400;

  private static final long NAP_MILLIS = 20;

  /**
   * For how many positions, of at least a millisecond each, code may go on that has seen another
   * branch's failure. By the clock, a machine that stands still would be blamed; and after 20
   * seconds, the whole program is over.
   */
  private static final int LATE_POSITIONS = 5_000;

  private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  /** What a service says of a page that it does not have. */
  static final String UNKNOWN_PAGE = "the service does not know page ";

  private final Attempt attempt;
  private final World world;
  private final DataSource dataSource;
  private final Mistakes mistakes;

  /**
   * The code of one attempt, which keeps nothing in memory.
   *
   * @param dataSource for transactions of the worker's own
   */
  ProgramCode(Attempt attempt, DataSource dataSource) {
    this(attempt, dataSource, Mistakes.Memory.ofSeed(0));
  }

  /** The code of one attempt, with what it finds in the memory of its process. */
  ProgramCode(Attempt attempt, DataSource dataSource, Mistakes.Memory memory) {
    this.attempt = attempt;
    this.mistakes = new Mistakes(attempt, dataSource, memory);
    this.world = attempt.world();
    this.dataSource = dataSource;
  }

  /** The name of a signal of this world. */
  static String signal(World world, String name) {
    return world.number() + ":" + name;
  }

  void run() throws Exception {
    Attempt.CURRENT.set(attempt);
    try {
      Steps steps = Steps.of(attempt.context());
      steps.restartOn(ScriptedFailure.Restarting.class);
      Plans.declare(steps, attempt.code(), world);
      runAll(steps, attempt.code().nodes());
      if (attempt.number() > 1) {
        runAll(steps, world.trial().program().added());
      }
    } catch (Completed e) {
      return;
    } catch (Throwable e) {
      attempt.codeEnded(e);
      throw e;
    } finally {
      Attempt.CURRENT.remove();
    }
  }

  private void runAll(Steps steps, List<Node> nodes) throws Exception {
    for (Node node : nodes) {
      run(steps, node);
    }
  }

  private void run(Steps steps, Node node) throws Exception {
    switch (node) {
      case Node.Effect it -> attempt.effect(it.id());
      case Node.Keys it -> {
        // In a branch, a key is that of its path: it changes with the name of a step around it.
        world.requireSameKey(
            it.id() + attempt.code().names(),
            steps.idempotencyKey(it.id()) + " " + steps.uuid(it.id()));
        attempt.effect(it.id());
      }
      case Node.Fail it -> {
        if (world.isAmongFirst(it.id(), it.times())) {
          throw it.rule() == Rule.RESTART
              ? new ScriptedFailure.Restarting(it.id())
              : new ScriptedFailure(it.id());
        }
      }
      case Node.Hang it -> hang(it.id(), it.times());
      case Node.Give it -> {
        attempt.effect(it.id());
        attempt.signal(signal(world, it.signal()));
      }
      case Node.Snooze it -> {
        if (world.isAmongFirst(it.id(), 1)) {
          throw new JobSnoozeException(PAUSE);
        }
      }
      case Node.Deploy it -> deployAt(it.id());
      case Node.Complete it -> complete(it);
      case Node.Unstorable it -> {
        String never =
            at(steps, it)
                .step(
                    named(it.name()),
                    String.class,
                    () -> {
                      attempt.effect(it.name());
                      return "\0";
                    });
        world.complain("the result of %s was kept: %s".formatted(it.name(), never.length()));
      }
      case Node.Cancel it -> throw new JobCancelException(it.id());
      case Node.Step it ->
          limited(
              steps,
              it,
              with -> with.step(named(it.name()), () -> tried(it, () -> runAll(steps, it.body()))));
      case Node.Result it -> limited(steps, it, with -> result(with, it));
      case Node.StepTx it when it.byHand() ->
          limited(
              steps,
              it,
              with -> with.step(named(it.name()), () -> tried(it, () -> finish(steps, it))));
      case Node.StepTx it ->
          limited(
              steps,
              it,
              with -> with.stepTx(named(it.name()), connection -> insert(it, connection)));
      case Node.Busy it ->
          at(steps, it).cursor(named(it.name()), Integer.class, 0, cursor -> busy(it, cursor));
      case Loop it -> limited(steps, it, with -> loop(with, it));
      case Parallel it -> limited(steps, it, with -> branches(with, it));
      case ForEach it -> limited(steps, it, with -> forEach(with, steps, it));
      case Node.Sleep it -> {
        long begun = world.beganToWait(it.name(), attempt.lag());
        at(steps, it).sleep(named(it.name()), Duration.ofMillis(it.millis()));
        world.requireWaited(it.name(), begun, it.millis());
      }
      case Node.Await it when it.atMostMillis() > 0 -> awaitAtMost(steps, it);
      case Node.Await it ->
          at(steps, it).awaitSignal(named(it.name()), signal(world, it.signal()), Integer.class);
      case Node.Mistake it -> mistakes.run(steps, it, () -> run(steps, it.right()));
    }
  }

  /** A step with what is said of it. */
  private interface With {
    void run(Steps with) throws Exception;
  }

  private void limited(Steps steps, Node node, With step) throws Exception {
    LimitWatch.around(world, node, () -> step.run(with(at(steps, node), Program.optionsOf(node))));
  }

  private void tried(Node node, Code body) throws Exception {
    LimitWatch.oneTry(world, node, body);
  }

  private void result(Steps with, Node.Result result) throws Exception {
    Integer value =
        with.step(
            named(result.name()),
            Integer.class,
            () -> {
              tried(
                  result,
                  () -> {
                    attempt.effect(result.name());
                    requireHealthy(result.name(), result.failing());
                  });
              return world.produce(result.name());
            });
    world.requireLastProduced(result.name(), value);
  }

  private void insert(Node.StepTx step, Connection connection) throws Exception {
    attempt.row(connection, step.name());
    if (world.isAmongFirst(step.name(), step.collisions())) {
      collide(connection);
    }
    requireHealthy(step.name(), step.beforeCommit());
  }

  private void branches(Steps with, Parallel parallel) throws Exception {
    LimitWatch limits = LimitWatch.current();
    with.parallel(
        named(parallel.name()),
        branches -> {
          branches.atMost(parallel.atMost());
          parallel
              .branches()
              .forEach(branch ->
                  branches.add(
                      branch.name(), own -> inBranch(limits, () -> runAll(own, branch.body()))));
        });
  }

  private void awaitAtMost(Steps steps, Node.Await await) throws Exception {
    long begun = world.beganToWait(await.name(), attempt.lag());
    Optional<Integer> payload =
        at(steps, await)
            .awaitSignal(
                named(await.name()),
                signal(world, await.signal()),
                Integer.class,
                Duration.ofMillis(await.atMostMillis()));
    boolean comes = await.comes(world.trial().plan().signalsFirst());
    if (payload.isPresent() != comes) {
      world.complain(
          "the wait %s should end %s the signal, and gives %s"
              .formatted(await.name(), comes ? "with" : "without", payload));
    }
    if (payload.isEmpty()) {
      world.requireWaited(await.name(), begun, await.atMostMillis());
    }
  }

  /**
   * What an attempt has come to whose job was taken away, the next one may not come to: it does not
   * deploy, and does not go on with what newer code may not do.
   */
  private void deployAt(String id) {
    if (attempt.isTaken()) {
      throw new JobSnoozeException(PAUSE);
    }
    if (world.isAmongFirst(id, 1)) {
      attempt.deploy();
      throw new JobSnoozeException(PAUSE);
    }
  }

  private static void collide(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("DO $$BEGIN RAISE EXCEPTION 'collides' USING ERRCODE = '40001'; END$$");
    }
  }

  /** A part of the code. */
  interface Code {
    void run() throws Exception;
  }

  /**
   * A branch has a thread of its own.
   *
   * @param limits those of the thread that has begun it
   */
  private void inBranch(LimitWatch limits, Code code) throws Exception {
    Attempt.CURRENT.set(attempt);
    try {
      LimitWatch.within(limits, code);
    } catch (Throwable e) {
      attempt.branchEnded(e);
      throw e;
    } finally {
      Attempt.CURRENT.remove();
    }
  }

  private String named(String node) {
    return attempt.code().named(node);
  }

  /** For a step that takes over the state of an earlier one, if the code says so. */
  private Steps at(Steps steps, Node node) {
    return attempt.code().former(Meaning.nameOf(node)).map(steps::renamedFrom).orElse(steps);
  }

  private static Steps with(Steps steps, Options options) {
    Steps with = options.isolated() ? steps.isolated() : steps;
    if (options.tries() > 1) {
      with = with.retrying(options.tries(), PAUSE);
    }
    return options.timeoutMillis() > 0
        ? with.timeout(Duration.ofMillis(options.timeoutMillis()))
        : with;
  }

  /** As code that knows nothing of interruption: it wraps the exception. */
  private void hang(String id, int times) {
    if (!world.isAmongFirst(id, times)) {
      return;
    }
    try {
      for (int nap = 0; nap < HANG_NAPS; nap++) {
        TimeUnit.MILLISECONDS.sleep(NAP_MILLIS);
      }
      world.complain("nobody has interrupted what hangs in " + id);
    } catch (InterruptedException e) {
      if (LimitWatch.hasPassed()) {
        world.limitPassed();
      } else if (!attempt.mayBeInterrupted()) {
        world.complain("%s is interrupted before its time limit has passed".formatted(id));
      }
      throw new IllegalStateException("interrupted in " + id, e);
    }
  }

  /** A failure of before this try of it is none that could stop it. */
  private void busy(Node.Busy busy, Cursor<Integer> cursor) throws InterruptedException {
    long begin = System.nanoTime();
    int passed = 0;
    boolean before = world.hasFailed(busy.until());
    while (!before) {
      boolean failed = world.hasFailed(busy.until());
      if (!failed && System.nanoTime() - begin > BUSY_NANOS) {
        return;
      }
      if (failed && ++passed > LATE_POSITIONS) {
        world.complain("%s goes on after %s has failed".formatted(busy.name(), busy.until()));
        return;
      }
      cursor.advance(cursor.get() + 1);
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private void loop(Steps with, Loop loop) throws Exception {
    with.cursor(
        named(loop.name()),
        Integer.class,
        0,
        cursor -> {
          while (cursor.get() < loop.count()) {
            move(loop, cursor);
          }
        });
  }

  private void move(Loop loop, Cursor<Integer> cursor) throws Exception {
    int number = cursor.get() + 1;
    String item = String.valueOf(number);
    String id = Meaning.id(loop.name(), item);
    switch (loop.move()) {
      case ADVANCE -> {
        attempt.effect(id);
        requireHealthy(loop.name(), item, loop.failing());
        cursor.advance(number);
      }
      case CHECKPOINT -> {
        attempt.effect(id);
        requireHealthy(loop.name(), item, loop.failing());
        cursor.checkpoint(number);
      }
      case IN_TRANSACTION ->
          cursor.advanceInTransaction((connection, before) -> {
            String next = String.valueOf(before + 1);
            attempt.row(connection, Meaning.id(loop.name(), next));
            requireHealthy(loop.name(), next, loop.failing());
            return before + 1;
          });
      case OWN_TRANSACTION ->
          inOwnTransaction(connection -> {
            attempt.row(connection, id);
            cursor.advanceTx(connection, number);
            requireHealthy(loop.name(), item, loop.failing());
          });
    }
  }

  /** What a worker does in a transaction of its own. */
  private interface OwnWork {
    void run(Connection connection) throws Exception;
  }

  private void inOwnTransaction(OwnWork work) throws Exception {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        work.run(connection);
        attempt.ofItsOwn(connection::commit);
      } catch (Throwable e) {
        rollBack(connection, e);
        throw e;
      } finally {
        restoreAutoCommit(connection);
      }
    }
  }

  private void finish(Steps steps, Node.StepTx step) throws Exception {
    inOwnTransaction(connection -> {
      attempt.row(connection, step.name());
      steps.finishTx(named(step.name()), connection);
      requireHealthy(step.name(), step.beforeCommit());
    });
    requireHealthy(step.name(), step.afterCommit());
  }

  private void complete(Node.Complete complete) throws Exception {
    inOwnTransaction(connection -> {
      attempt.row(connection, complete.id());
      attempt.context().completeTx(connection);
    });
    if (complete.fails()) {
      throw new ScriptedFailure(complete.id());
    }
    throw new Completed();
  }

  /** The worker returns, from wherever it is. */
  private static final class Completed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Completed() {
      super(null, null, false, false);
    }
  }

  private static void rollBack(Connection connection, Throwable failure) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  private static void restoreAutoCommit(Connection connection) {
    try {
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      // The connection is lost, and the pool will see that.
      return;
    }
  }

  private void requireHealthy(String step, String item, List<Failing> failing) {
    for (Failing each : failing) {
      if (each.item().equals(item)) {
        requireHealthy(Meaning.id(step, item), each);
      }
    }
  }

  /** In the body of a step, one after the other. */
  private void requireHealthy(String step, List<Failing> failing) {
    for (Failing each : failing) {
      requireHealthy(Meaning.id(step, each.item()), each);
    }
  }

  private void requireHealthy(String id, Failing failing) {
    switch (failing.fault()) {
      case HANGS -> hang(id, failing.times());
      case DEPLOYS -> deployAt(id);
      case THROWS -> {
        if (world.isAmongFirst(id, failing.times())) {
          throw new ScriptedFailure(id);
        }
      }
    }
  }

  // Sources.

  private void forEach(Steps own, Steps steps, ForEach each) throws Exception {
    Steps with = own.failedItems(policy(each.policy()));
    switch (each.items()) {
      case Items.Range it -> parted(with, steps, each, Sources.range(0, now(it).size()));
      case Items.Elements it -> parted(with, steps, each, Sources.list(now(it)));
      case Items.Table it -> parted(with, steps, each, source(each, it));
      case Items.Rows it -> unparted(with, steps, each, source(it));
      case Items.Paged it -> unparted(with, steps, each, source(it));
      case Items.Lines it ->
          unparted(with, steps, each, it.format().source(attempt.file(each.name(), it)));
      case Items.Folder it -> {
        Path folder = attempt.folder(each.name(), it);
        unparted(
            with,
            steps,
            each,
            Sources.nested(Sources.files(folder), FilePosition.class, Format.PLAIN::source)
                .map(line -> folder.relativize(line.outer()) + "." + line.inner()));
      }
      case Items.Within it -> {
        switch (it.outer()) {
          case Items.Rows rows -> within(with, steps, each, source(rows), it.inner());
          case Items.Table table -> within(with, steps, each, source(each, table), it.inner());
        }
      }
    }
  }

  private List<String> now(Items items) {
    return items.at(attempt.number());
  }

  private SplittableSource<Integer, Keyset.Position> source(ForEach each, Items.Table table)
      throws SQLException {
    attempt.writeRows(each.name(), table);
    return ProgramRows.source(dataSource, world.number(), each.name(), table);
  }

  private Source<Integer, Integer> source(Items.Rows rows) {
    return new RowSource(rows.keys().get(rows.version(attempt.number())));
  }

  private Source<String, Page.Position> source(Items.Paged paged) {
    List<List<String>> pages = paged.services().get(paged.version(attempt.number())).pages();
    return Sources.pages(token -> {
      int page = token == null ? 0 : Integer.parseInt(token);
      if (page >= pages.size()) {
        throw new IllegalStateException(UNKNOWN_PAGE + page);
      }
      return page == pages.size() - 1
          ? Page.last(pages.get(page))
          : Page.of(pages.get(page), String.valueOf(page + 1));
    });
  }

  private <C> void within(
      Steps with, Steps steps, ForEach each, Source<Integer, C> outer, int inner) throws Exception {
    unparted(
        with,
        steps,
        each,
        Sources.nested(outer, Long.class, row -> Sources.range(0, inner))
            .map(nested -> nested.outer() + "." + nested.inner()));
  }

  private <T, C> void parted(Steps with, Steps within, ForEach each, SplittableSource<T, C> source)
      throws Exception {
    LimitWatch limits = LimitWatch.current();
    String name = named(each.name());
    int parts = each.size();
    int size = each.size();
    switch (each.form()) {
      case PARTS ->
          with.forEachInParts(
              name, source, parts, item -> inBranch(limits, () -> item(each, item.toString())));
      case BATCH_PARTS ->
          with.forEachBatchInParts(
              name, source, parts, size, batch -> inBranch(limits, () -> items(each, batch)));
      case TX_PARTS ->
          with.forEachTxInParts(
              name,
              source,
              parts,
              size,
              (connection, batch) -> inPart(limits, () -> rows(each, connection, batch)));
      default -> unparted(with, within, each, source);
    }
  }

  /** The transaction of a part is committed by the same thread, when this has returned. */
  private void inPart(LimitWatch limits, Code code) throws Exception {
    Attempt.CURRENT.set(attempt);
    try {
      LimitWatch.within(limits, code);
    } catch (Throwable e) {
      attempt.branchEnded(e);
      throw e;
    }
  }

  private <T, C> void unparted(Steps with, Steps within, ForEach each, Source<T, C> source)
      throws Exception {
    switch (each.form()) {
      case ITEM -> with.forEach(named(each.name()), source, item -> item(each, item.toString()));
      case ITEM_STEPS, ITEM_TX_STEPS, ITEM_RESULTS, BEHIND_ITEM_STEPS ->
          with.forEach(named(each.name()), source, item -> inStep(within, each, item.toString()));
      case BATCH ->
          with.forEachBatch(named(each.name()), source, each.size(), batch -> items(each, batch));
      case TX ->
          with.forEachTx(
              named(each.name()),
              source,
              each.size(),
              (connection, batch) -> rows(each, connection, batch));
      case PARTS, BATCH_PARTS, TX_PARTS ->
          throw new IllegalStateException("only what can be split has parts: " + each);
    }
  }

  private void items(ForEach each, List<?> batch) throws Exception {
    for (Object item : batch) {
      item(each, item.toString());
    }
  }

  private void rows(ForEach each, Connection connection, List<?> batch) throws Exception {
    for (Object item : batch) {
      requireHealthy(each.name(), item.toString(), each.failing());
    }
    for (Object item : batch) {
      attempt.row(connection, Meaning.id(each.name(), item.toString()));
    }
  }

  private void inStep(Steps steps, ForEach each, String item) throws Exception {
    String step = Steps.name("item", item);
    String id = Meaning.id(each.name(), item);
    switch (each.form()) {
      case ITEM_TX_STEPS ->
          steps.stepTx(
              step,
              connection -> {
                attempt.row(connection, id);
                requireHealthy(each.name(), item, each.failing());
              });
      case ITEM_RESULTS -> {
        Integer value =
            steps.step(
                step,
                Integer.class,
                () -> {
                  attempt.effect(id);
                  requireHealthy(each.name(), item, each.failing());
                  return world.produce(id);
                });
        world.requireLastProduced(id, value);
      }
      case BEHIND_ITEM_STEPS -> {
        steps.step(step, () -> attempt.effect(id));
        requireHealthy(each.name(), item, each.failing());
        attempt.effect(Meaning.behind(each.name(), item));
      }
      default -> steps.step(step, () -> item(each, item));
    }
  }

  private void item(ForEach each, String item) {
    requireHealthy(each.name(), item, each.failing());
    attempt.effect(Meaning.id(each.name(), item));
  }

  private static ItemPolicy policy(Policy policy) {
    return switch (policy.kind()) {
      case RETRY_JOB -> ItemPolicy.retryJob();
      case SKIP -> ItemPolicy.skip(policy.most());
      case SHARE -> ItemPolicy.skipShare(policy.share());
      case QUARANTINE -> ItemPolicy.quarantine();
    };
  }
}
