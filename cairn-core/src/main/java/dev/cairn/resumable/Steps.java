package dev.cairn.resumable;

import dev.cairn.GenericType;
import dev.cairn.JobState;
import dev.cairn.TransactionBody;
import dev.cairn.WorkContext;
import dev.cairn.source.Source;
import dev.cairn.source.SplittableSource;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.MiddlewareContext;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.NonNull;
import org.jspecify.annotations.Nullable;

/*
 * Longer than 500 lines because this is everything that the code of a job calls, in one type: most
 * lines are the documentation of its methods, which hand over to StepRunner, ParallelRun and
 * others.
 */

/**
 * The steps of a resumable job. A finished step is not run again in a later attempt. A step with a
 * cursor continues where it stopped. A finished step is durable before the code of the next one
 * starts. Code outside of steps runs in every attempt.
 *
 * <p>Each step needs a name of its own, without a slash. Steps can be nested. A nested step is
 * identified by its path, such as {@code outer/inner}. Steps run on the job's own thread, one after
 * the other, except for the branches of {@link #parallel}. After a failed step no other step runs.
 *
 * <pre>{@code
 * public void work(Job<Import> job, WorkContext context) throws Exception {
 *   Steps steps = Steps.of(context);
 *   Quote quote = steps.step("quote", Quote.class, () -> api.quote(job.args()));
 *   steps.cursor("import", Long.class, 0L, cursor -> {
 *     for (Row row : rowsAfter(cursor.get())) {
 *       load(row, quote);
 *       cursor.advance(row.id());
 *     }
 *   });
 *   steps.stepTx("settle", connection -> settle(connection));
 * }
 * }</pre>
 */
public final class Steps {
  private final MiddlewareContext context;
  private final StepRunner runner;
  private final StepLedger ledger;
  private final StepValues values;
  private final StepScope scope;
  private final StepOptions options;
  private final StableKeys keys;

  Steps(StepRunner runner, StepScope scope, StepOptions options) {
    this.context = runner.context();
    this.runner = runner;
    this.ledger = runner.ledger();
    this.values = runner.values();
    this.scope = scope;
    this.options = options;
    this.keys = new StableKeys(context.job());
  }

  /**
   * The steps of an attempt.
   *
   * @param owner the attempt's own thread
   */
  static Steps of(
      MiddlewareContext context, JsonCodec codec, ResumableLimits limits, Thread owner) {
    var values = new StepValues(context.job(), codec, limits);
    var ledger = new StepLedger(context, values, limits);
    var scope = new StepScope(context, owner);
    var transactions = new StepTransactions(ledger);
    transactions.enter(scope);
    var runner = new StepRunner(context, ledger, values, transactions);
    return new Steps(runner, scope, StepOptions.DEFAULT);
  }

  /**
   * The steps of the job that is being worked.
   *
   * @throws IllegalStateException if there is no {@link ResumableMiddleware} around the worker
   */
  public static Steps of(WorkContext context) {
    return context
        .find(StepsOnDemand.KEY)
        .map(StepsOnDemand::get)
        .orElseThrow(() ->
            new IllegalStateException(
                "steps need a job worked by a Cairn client, whose ResumableMiddleware provides"
                    + " them; this context has none [CAIRN-316]"));
  }

  /**
   * Names one run of a step that runs several times, in a loop for example. A slash in the key is
   * written as {@code %2F}, and a percent sign as {@code %25}.
   *
   * @param key identifies the run by its {@code toString()}, which must be the same in every
   *     attempt
   * @throws IllegalArgumentException if the text of the key may differ between attempts, as with an
   *     array, or a record with a set
   */
  public static String name(String step, Object key) {
    String text = StableText.of("the key of step '%s'".formatted(step), key);
    return step + "[" + text.replace("%", "%25").replace("/", "%2F") + "]";
  }

  /**
   * Declares the top-level steps of this job. Cairn then notices a missing step that was in
   * progress before any code of the job runs, and accepts a new step before one in progress. Call
   * it before the first step.
   *
   * @throws CheckpointMismatchException if a step in progress is not among them
   */
  public void plan(String... names) throws Exception {
    plan(StepPlan.of(names));
  }

  /**
   * Declares the top-level steps of this job, and how it takes over the state that older code has
   * saved: renamed steps, removed steps and versions. Call it before the first step.
   *
   * @throws CheckpointMismatchException if the saved progress does not fit the plan
   */
  public void plan(StepPlan plan) throws Exception {
    ledger.plan(scope, plan);
  }

  /**
   * Retries the next step within the attempt if it throws an exception. A step with a cursor
   * continues where it was. Finished nested steps are not run again.
   *
   * @param tries how often it is run, the first time included
   * @param firstPause before the second try, at most a day; twice as long before each further one,
   *     but never longer than a minute, or than the first pause if that is longer. The job keeps
   *     its slot meanwhile, so this is for short pauses
   * @throws IllegalArgumentException if {@code tries} is less than 1, or the pause is negative or
   *     longer than a day
   */
  public Steps retrying(int tries, Duration firstPause) {
    return new Steps(runner, scope, options.withTries(tries, firstPause));
  }

  /**
   * Limits the time of each try of the next step. When the time is over, the checkpoints of the
   * step throw a {@link dev.cairn.TimeLimitException}, and all its threads are interrupted,
   * including those of branches at any depth. Time that the job spends waiting does not count, so a
   * step that waits, such as {@link #sleep}, refuses a time limit.
   *
   * @throws IllegalArgumentException if the time is not positive
   */
  public Steps timeout(Duration time) {
    return new Steps(runner, scope, options.withTimeout(time));
  }

  /**
   * Starts the next step in a fresh attempt, with everything before it durable. If this attempt has
   * finished other steps, it ends here: no attempt is used up, and the job is available at once. In
   * a branch of {@link #parallel}, steps of other branches do not count.
   */
  public Steps isolated() {
    return new Steps(runner, scope, options.asIsolated());
  }

  /**
   * Lets the next step take over the state that was saved under an earlier name, including nested
   * steps. Not allowed within a branch, a part or a step with a cursor.
   */
  public Steps renamedFrom(String name) {
    return new Steps(runner, scope, options.withFormerName(name));
  }

  /**
   * Sets what happens to failed items in the next step, which processes a source. {@link #forEach}
   * and {@link #forEachInParts} apply the policy after the item. {@link #forEachTx} applies it
   * after its transaction was rolled back and its items were tried one by one.
   */
  public Steps failedItems(ItemPolicy policy) {
    return new Steps(runner, scope, options.withItems(policy));
  }

  /**
   * Restarts the job from zero after a failure of this type, or one caused by it: its checkpoints
   * are dropped. The attempt counts as failed. An {@link Error} is a failure too. An interruption,
   * a snooze and a cancellation are not, however general the type is. Nor does a general type
   * include {@link CheckpointMismatchException}, whose job keeps its state until the code is fixed,
   * or {@link dev.cairn.StoreUnavailableException}. To include one of these, name it.
   */
  public void restartOn(Class<? extends Throwable> failure) {
    runner.failures().restartOn(failure);
  }

  /**
   * Discards the job at once after a failure of this type, or one caused by it. See {@link
   * #restartOn} for what counts as a failure.
   */
  public void giveUpOn(Class<? extends Throwable> failure) {
    runner.failures().giveUpOn(failure);
  }

  /** Runs {@code body} unless an earlier attempt has finished this step. */
  public void step(String name, StepBody body) throws Exception {
    results().plain(enter(name), body);
  }

  /**
   * Finishes the running step in the caller's transaction: the step is finished if and only if the
   * transaction commits. Use it for code that begins and commits transactions itself; see {@link
   * #stepTx} for transactions that Cairn begins. Call it in the body of {@link #step(String,
   * StepBody)}, before the commit. Commit before the body returns.
   *
   * <pre>{@code
   * steps.step("settle", () -> {
   *   try (Connection connection = begin()) {
   *     settle(connection);
   *     steps.finishTx("settle", connection);
   *     connection.commit();
   *   }
   * });
   * }</pre>
   *
   * <p>If the body throws although the transaction was committed, for example because the answer
   * was lost, the step has finished. If the body returns without the commit, the step fails.
   *
   * @param step the name of the innermost running step
   * @param connection one with an open transaction, on the database that holds the jobs
   * @throws IllegalStateException if no such step runs here, or it has a result, a cursor or
   *     branches, or if auto-commit is on, so that there is no transaction
   * @throws dev.cairn.JobInterruption if the job no longer belongs to this attempt; the transaction
   *     is then aborted
   */
  public void finishTx(String step, Connection connection) {
    ledger.finishable(scope, step).ifPresent(running -> running.in(context, connection));
  }

  /**
   * Like {@link #finishTx(String, Connection)}, in the transaction that the calling thread is in:
   * for example a {@code @Transactional} of Spring.
   *
   * @throws IllegalStateException as with a connection, and if the thread is in no transaction that
   *     the client {@linkplain dev.cairn.spi.TransactionRunner#join knows}
   */
  public void finishTx(String step) throws Exception {
    context.inCurrentTransaction(
        "finishTx without a connection",
        connection -> {
          finishTx(step, connection);
          return true;
        });
  }

  /**
   * Runs {@code body} unless an earlier attempt has finished this step. The result is remembered
   * and returned in later attempts. Null is remembered too. This attempt gets the same value as
   * later ones, so the keys of a map are in the order in which PostgreSQL keeps them.
   *
   * @throws CheckpointMismatchException if the remembered result no longer fits {@code type}
   */
  public <T extends @Nullable Object> T step(
      String name, Class<@NonNull T> type, StepFunction<T> body) throws Exception {
    return results().remembered(enter(name), type, body);
  }

  /**
   * Like {@link #step(String, Class, StepFunction)}, with a result such as a {@code List<Quote>}.
   */
  public <T extends @Nullable Object> T step(
      String name, GenericType<@NonNull T> type, StepFunction<T> body) throws Exception {
    return results().remembered(enter(name), type.type(), body);
  }

  /**
   * Runs {@code body} with a cursor that keeps its position across attempts, unless an earlier
   * attempt has finished this step.
   *
   * @param initial the position at which the first attempt starts
   * @throws CheckpointMismatchException if the remembered position no longer fits {@code type}
   */
  public <C> void cursor(String name, Class<C> type, C initial, CursorBody<C> body)
      throws Exception {
    cursor(name, (Type) type, initial, body);
  }

  /** Like {@link #cursor(String, Class, Object, CursorBody)}, with a generic position. */
  public <C> void cursor(String name, GenericType<C> type, C initial, CursorBody<C> body)
      throws Exception {
    cursor(name, type.type(), initial, body);
  }

  private <C> void cursor(String name, Type type, C initial, CursorBody<C> body) throws Exception {
    StepEntry entry = enter(name);
    if (!entry.isFinished()) {
      var cursor = new StepCursor<C>(context, scope, ledger, values, entry, type, initial);
      runner.run(scope, options, entry, () -> runner.runWith(cursor, body));
      ledger.finish(entry, null);
    }
  }

  /**
   * Runs {@code body} in a transaction of its own, which also marks the step as finished: its
   * effect in the database happens exactly once. After a serialization failure or a deadlock, the
   * body is run again, up to ten times.
   *
   * <p>A nested step in {@code body} does not belong to the transaction: when it has finished, it
   * is not run again, even if the transaction is rolled back. A nested cursor or source continues
   * after its last position. So write the rows of the transaction outside of nested steps.
   */
  public void stepTx(String name, TransactionStep body) throws Exception {
    results().inTransaction(enter(name), body);
  }

  /** Like {@link #stepTx(String, TransactionStep)}, and remembers the result. */
  public <T extends @Nullable Object> T stepTx(
      String name, Class<@NonNull T> type, TransactionBody<T> body) throws Exception {
    return results().rememberedInTransaction(enter(name), type, body);
  }

  /** Like {@link #stepTx(String, Class, TransactionBody)}, with a generic result. */
  public <T extends @Nullable Object> T stepTx(
      String name, GenericType<@NonNull T> type, TransactionBody<T> body) throws Exception {
    return results().rememberedInTransaction(enter(name), type.type(), body);
  }

  /**
   * Like {@link #stepTx(String, TransactionStep)}, for a body that uses the transaction through the
   * application's framework: {@code steps.stepTx("save", () -> orders.save(order))}.
   *
   * @throws IllegalStateException if the client has no {@linkplain
   *     dev.cairn.spi.TransactionRunner#join runner that knows the transaction}
   */
  public void stepTx(String name, StepBody body) throws Exception {
    results().inTransaction(enter(name), runner.inFramework("stepTx", body));
  }

  /** Like {@link #stepTx(String, StepBody)}, and remembers the result. */
  public <T extends @Nullable Object> T stepTx(
      String name, Class<@NonNull T> type, StepFunction<T> body) throws Exception {
    return stepTx(name, type, runner.returningInFramework("stepTx", body));
  }

  /** Like {@link #stepTx(String, Class, StepFunction)}, with a generic result. */
  public <T extends @Nullable Object> T stepTx(
      String name, GenericType<@NonNull T> type, StepFunction<T> body) throws Exception {
    return stepTx(name, type, runner.returningInFramework("stepTx", body));
  }

  /**
   * Reports how much of the running step is done, for those who watch the job. Costs no round trip.
   * In a step with a cursor, the progress is saved with the next position.
   *
   * @param done how much is done over all attempts, in units that the step chooses
   * @param total how much there is to do; null if unknown
   * @throws IllegalStateException if no step runs
   * @throws IllegalArgumentException if a number is negative
   */
  public void progress(long done, @Nullable Long total) {
    ledger.progress(scope, done, total);
  }

  /**
   * A key for a call to an outside service. The key is the same in every attempt of this job, and
   * different for each step and item and in each branch of {@link #parallel}. A service that
   * accepts such keys executes a repeated call only once. Only the service can do that, because a
   * call whose answer was lost is made again.
   *
   * @param step the operation, for example the name of its step
   * @param item the item within the step, by its {@code toString()}
   * @throws IllegalArgumentException if that text may differ between attempts, as with an array
   */
  public String idempotencyKey(String step, Object item) {
    String text = StableText.of("the item of step '%s' of %s".formatted(step, values.job()), item);
    return stable("key", step, text).toString();
  }

  /** The key of a step that makes only one call. */
  public String idempotencyKey(String step) {
    return stable("key", step).toString();
  }

  /**
   * A stable id of this job. The id is the same in every attempt, and different for each name and
   * in each branch of {@link #parallel}.
   */
  public UUID uuid(String name) {
    return stable("uuid", name);
  }

  private UUID stable(String use, String... names) {
    return keys.id(use, scope.branch(), names);
  }

  /**
   * The time of the first call with this name in this job. It is the same in every later attempt.
   * This is a step with a remembered result, so no other step may have its name.
   */
  public Instant now(String name) throws Exception {
    return step(name, Instant.class, Instant::now);
  }

  /**
   * Runs steps at the same time. Each branch is a step within this one, on a virtual thread of its
   * own, with steps of its own. This step finishes when all branches have finished. If one branch
   * fails, the others and the branches within them stop at their next checkpoint, and the failure
   * is thrown.
   *
   * <p>While one branch waits, the others continue. When all branches have ended or wait, the
   * attempt is suspended until the earliest of their times, or until a signal or job for which one
   * of them waits. A failure, a snooze, a cancellation or an interruption takes precedence over the
   * waits of other branches.
   */
  public void parallel(String name, Branches.Definition definition) throws Exception {
    branches().parallel(enter(name), definition);
  }

  /**
   * Processes a source item by item, starting after the last finished item. Moves the position
   * after each item; the position is durable within the flush interval.
   */
  public <T, C> void forEach(String name, Source<T, C> source, ItemBody<T> body) throws Exception {
    sources().items(enter(name), source, body);
  }

  /**
   * Processes a source in batches of up to {@code size} items. The position moves after each batch,
   * so a batch may be processed again after a crash.
   *
   * @param size the maximum number of items in a batch, at least 1
   */
  public <T, C> void forEachBatch(String name, Source<T, C> source, int size, BatchBody<T> body)
      throws Exception {
    sources().batches(enter(name), source, size, body);
  }

  /**
   * Processes a source in transactions of up to {@code size} items each. The transaction also moves
   * the position, so what {@code body} does in it happens exactly once.
   *
   * <p>A nested step in {@code body} does not belong to the transaction: when it has finished, it
   * is not run again, even if the transaction is rolled back. A nested cursor or source continues
   * after its last position. So write the rows of the transaction outside of nested steps.
   */
  public <T, C> void forEachTx(String name, Source<T, C> source, int size, BatchTxBody<T> body)
      throws Exception {
    sources().transactions(enter(name), source, size, body);
  }

  /**
   * Like {@link #forEachTx(String, Source, int, BatchTxBody)}, for a body that uses the transaction
   * through the application's framework.
   */
  public <T, C> void forEachTx(String name, Source<T, C> source, int size, BatchBody<T> body)
      throws Exception {
    forEachTx(
        name,
        source,
        size,
        (connection, items) -> {
          runner.requireFramework("forEachTx");
          body.run(items);
        });
  }

  /**
   * Processes the parts of a source at the same time, each as a branch with a position of its own.
   * The first attempt fixes the parts. The step finishes when all parts are done, so the next step
   * runs once, after them.
   *
   * @param parts the maximum number of parts
   */
  public <T, C> void forEachInParts(
      String name, SplittableSource<T, C> source, int parts, ItemBody<T> body) throws Exception {
    branches()
        .parts(enter(name), source, parts, (steps, entry, part) -> steps.items(entry, part, body));
  }

  /** Like {@link #forEachBatch}, for the parts of a source at the same time. */
  public <T, C> void forEachBatchInParts(
      String name, SplittableSource<T, C> source, int parts, int size, BatchBody<T> body)
      throws Exception {
    branches()
        .parts(
            enter(name),
            source,
            parts,
            (steps, entry, part) -> steps.batches(entry, part, size, body));
  }

  /**
   * Like {@link #forEachTx}, for the parts of a source at the same time, each on its own
   * connection.
   */
  public <T, C> void forEachTxInParts(
      String name, SplittableSource<T, C> source, int parts, int size, BatchTxBody<T> body)
      throws Exception {
    branches()
        .parts(
            enter(name),
            source,
            parts,
            (steps, entry, part) -> steps.transactions(entry, part, size, body));
  }

  /**
   * Waits once, without holding a thread or a slot. The attempt ends here. Another attempt
   * continues when the time has passed, even if clients were stopped or killed meanwhile. In a
   * branch of {@link #parallel}, the other branches continue. A time that is negative has already
   * passed. A time of more than a hundred years counts as a hundred.
   */
  public void sleep(String name, Duration time) throws Exception {
    waits().sleep(enter(name), time);
  }

  /** Waits like {@link #sleep} until a time by the database's clock. */
  public void sleepUntil(String name, Instant time) throws Exception {
    waits().sleepUntil(enter(name), time);
  }

  /**
   * Waits for {@code Cairn.signal}, without holding a thread or a slot. A signal that was sent
   * earlier is found at once. The step remembers the payload, even if the signal is sent again
   * later.
   *
   * @param signal its name, 1 to 255 characters
   * @throws IllegalStateException if the signal has no payload
   */
  public <T> T awaitSignal(String name, String signal, Class<T> type) throws Exception {
    return requirePayload(name, signal, awaitPayload(name, signal, type, null));
  }

  /**
   * Like {@link #awaitSignal(String, String, Class)}, with a generic payload. A signal is sent
   * without a declared type, so a list of records is refused there: put it into a record.
   */
  public <T> T awaitSignal(String name, String signal, GenericType<T> type) throws Exception {
    return requirePayload(name, signal, awaitPayload(name, signal, type.type(), null));
  }

  /**
   * Waits for a signal like {@link #awaitSignal(String, String, Class)}, but at most for {@code
   * timeout}.
   *
   * @return the payload; empty if the time has passed, or if the signal has no payload
   */
  public <T> Optional<T> awaitSignal(String name, String signal, Class<T> type, Duration timeout)
      throws Exception {
    return awaitPayload(name, signal, type, timeout);
  }

  /** Like {@link #awaitSignal(String, String, Class, Duration)}, with a generic payload. */
  public <T> Optional<T> awaitSignal(
      String name, String signal, GenericType<T> type, Duration timeout) throws Exception {
    return awaitPayload(name, signal, type.type(), timeout);
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // type is that of T
  private <T> Optional<T> awaitPayload(
      String name, String signal, Type type, @Nullable Duration timeout) throws Exception {
    return values.payload(waits().signal(enter(name), signal, timeout), type);
  }

  private <T> T requirePayload(String name, String signal, Optional<T> payload) {
    return payload.orElseThrow(() ->
        new IllegalStateException(
            "signal '%s', for which %s has waited in step '%s', has no payload [CAIRN-318]"
                .formatted(signal, values.job(), name)));
  }

  /**
   * Waits, without a thread or slot, until another job has ended.
   *
   * @return the state in which it ended; empty if it was deleted before that was seen
   */
  public Optional<JobState> awaitJob(String name, long jobId) throws Exception {
    return values.payload(waits().job(enter(name), jobId), JobState.class);
  }

  private ResultSteps results() {
    return new ResultSteps(runner, scope, options);
  }

  private WaitingSteps waits() {
    return new WaitingSteps(runner, scope, options);
  }

  private BranchSteps branches() {
    return new BranchSteps(runner, scope, options);
  }

  private SourceSteps sources() {
    return new SourceSteps(runner, scope, options);
  }

  StepScope scope() {
    return scope;
  }

  /**
   * Runs a step of Cairn's own with a remembered result. No step of the worker can have its name.
   */
  <T> T ownStep(String name, Class<T> type, StepFunction<T> body) throws Exception {
    return results().remembered(ledger.enterOwn(scope, name), type, body);
  }

  private StepEntry enter(String name) {
    return ledger.enter(scope, name, options);
  }

  /** The failure to report for an exception of the worker. */
  Throwable judge(Throwable failure) {
    ledger.leave(failure);
    return runner.failures().judge(context, values.job(), failure);
  }

  /** Follows the transactions of Cairn in this attempt. */
  StepTransactions transactions() {
    return runner.transactions();
  }

  /** The owner is within a transaction of Cairn that began before these steps were made. */
  void beginsTransaction() {
    scope.beginTransaction();
  }

  /** Called when the worker has returned. */
  void endRun() {
    ledger.endRun();
  }
}
