package dev.cairn.resumable;

import dev.cairn.ContextKey;
import dev.cairn.TransactionBody;
import dev.cairn.WorkContext;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a resumable job. A step that has finished is not run again in a later attempt; one
 * with a cursor goes on where it was. A finished step is durable before the code of the next one
 * starts (R1). Code outside of steps runs in every attempt.
 *
 * <p>Each step needs a name of its own (R9); steps may stand within steps, and are then known by
 * their path, such as {@code outer/inner}. Steps are called by the job's own thread, one after the
 * other. After a failed step no other runs (R13).
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
  static final ContextKey<Steps> KEY = ContextKey.of("resumable steps", Steps.class);

  private final WorkContext context;
  private final StepLedger ledger;
  private final StepValues values;
  private final StableKeys keys;
  private final StepEvents events;

  Steps(WorkContext context, JsonCodec codec, ResumableLimits limits) {
    this.context = context;
    this.values = new StepValues(context.job(), codec, limits);
    this.ledger = new StepLedger(context, values, limits);
    this.keys = new StableKeys(context.job());
    this.events = new StepEvents(context);
  }

  /**
   * The steps of the job that is being worked.
   *
   * @throws IllegalStateException if there is no {@link ResumableMiddleware} around the worker
   */
  public static Steps of(WorkContext context) {
    return context
        .find(KEY)
        .orElseThrow(() ->
            new IllegalStateException(
                "steps need a job worked by a Cairn client, whose ResumableMiddleware provides"
                    + " them; this context has none"));
  }

  /**
   * A name for one of several runs of a step, in a loop for example.
   *
   * @param key tells the runs apart, in every attempt the same way
   */
  public static String name(String step, Object key) {
    return step + "[" + key + "]";
  }

  /**
   * Says which top-level steps this job has, so that a step that was in progress and is gone is
   * noticed before any code of the job runs, and a new step may stand before one in progress. To be
   * called before the first step.
   *
   * @throws CheckpointMismatchException if a step in progress is not among them
   */
  public void plan(String... names) {
    ledger.plan(names);
  }

  /** Runs {@code body} unless an earlier attempt has finished this step. */
  public void step(String name, StepBody body) throws Exception {
    StepEntry entry = ledger.enter(name);
    if (!entry.isFinished()) {
      run(entry, body);
      ledger.finish(entry, null);
    }
  }

  /**
   * Runs {@code body} unless an earlier attempt has finished this step; its result is remembered
   * and given back in later attempts. A null is remembered as well.
   *
   * @throws CheckpointMismatchException if the remembered result does not fit {@code type} any more
   */
  public <T> T step(String name, Class<T> type, StepFunction<T> body) throws Exception {
    StepEntry entry = ledger.enter(name);
    if (entry.isFinished()) {
      return values.result(entry, type);
    }
    Result<T> result = new Result<>();
    run(entry, () -> result.set(entry, body.run()));
    ledger.finish(entry, result.json());
    return result.value();
  }

  /**
   * Runs {@code body} with a cursor that remembers across attempts how far it has come (R15),
   * unless an earlier attempt has finished this step.
   *
   * @param initial where to begin in the first attempt
   * @throws CheckpointMismatchException if the remembered position does not fit {@code type} any
   *     more
   */
  public <C> void cursor(String name, Class<C> type, C initial, CursorBody<C> body)
      throws Exception {
    StepEntry entry = ledger.enter(name);
    if (!entry.isFinished()) {
      var cursor = new StepCursor<C>(context, values, entry, (Type) type, initial);
      run(entry, () -> body.run(cursor));
      ledger.finish(entry, null);
    }
  }

  /**
   * Runs {@code body} in a transaction of its own, together with the mark that the step has
   * finished: its effect in the database happens exactly once (R4). After a serialization failure
   * or a deadlock the body is run again, a bounded number of times.
   */
  public void stepTx(String name, TransactionStep body) throws Exception {
    StepEntry entry = ledger.enter(name);
    if (!entry.isFinished()) {
      runTx(
          entry,
          connection -> {
            body.run(connection);
            return null;
          });
    }
  }

  /** Like {@link #stepTx(String, TransactionStep)}, and remembers the result. */
  public <T> T stepTx(String name, Class<T> type, TransactionBody<T> body) throws Exception {
    StepEntry entry = ledger.enter(name);
    if (entry.isFinished()) {
      return values.result(entry, type);
    }
    Result<T> result = new Result<>();
    runTx(
        entry,
        connection -> {
          result.set(entry, body.run(connection));
          return result.json();
        });
    return result.value();
  }

  /**
   * Says how much of the step that runs is done, for those who look at the job (R27). Costs no
   * round trip. In a step with a cursor it is saved with the next position.
   *
   * @param done in items of the step's own kind, over all attempts
   * @param total how many there are; null if nobody knows
   * @throws IllegalStateException if no step runs
   */
  public void progress(long done, @Nullable Long total) {
    ledger.progress(done, total);
  }

  /**
   * A key for a call to an outside service (R29): the same in every attempt of this job, and
   * another one for each step and item. A service that takes such keys does once what it is asked
   * twice. It alone can see to that: a call whose answer was lost is made again.
   *
   * @param step what is done, by the name of its step for example
   * @param item on what it is done within the step, by its {@code toString()}
   */
  public String idempotencyKey(String step, Object item) {
    return keys.id("key", step, item.toString()).toString();
  }

  /** The key of a step that makes one call only. */
  public String idempotencyKey(String step) {
    return keys.id("key", step).toString();
  }

  /** An id that this job keeps: the same in every attempt, another one for each name (R29). */
  public UUID uuid(String name) {
    return keys.id("uuid", name);
  }

  /**
   * The time at which this job first came here: the same in every later attempt (R29). A step with
   * a remembered result, so its name must be that of no other step.
   */
  public Instant now(String name) throws Exception {
    return step(name, Instant.class, Instant::now);
  }

  /**
   * @param body returns the encoded result of the step
   */
  private void runTx(StepEntry entry, TransactionBody<@Nullable String> body) throws Exception {
    run(
        entry,
        () -> {
          try {
            context.<@Nullable Void>inTransaction(connection -> {
              String json = body.run(connection);
              context.checkpoints().saveTx(connection, entry.finished(json));
              return null;
            });
          } catch (Exception e) {
            // A commit whose answer was lost may have happened: believe the database, not the
            // error.
            if (!hasFinished(entry, e)) {
              throw e;
            }
          }
        });
    context.yieldIfInterrupted();
  }

  private boolean hasFinished(StepEntry entry, Exception failure) {
    try {
      return context.checkpoints().read(entry.path()).map(Checkpoint::finished).orElse(false);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  private void run(StepEntry entry, StepBody body) throws Exception {
    ledger.begin(entry);
    events.started(entry);
    boolean returned = false;
    try {
      body.run();
      returned = true;
      events.finished(entry);
    } catch (Throwable e) {
      events.failed(entry, e);
      throw e;
    } finally {
      ledger.end(entry, returned);
    }
  }

  /** Called when the worker has returned. */
  void endRun() {
    ledger.endRun();
  }

  /** Code of a step that runs in a transaction which Cairn begins and commits. */
  @FunctionalInterface
  public interface TransactionStep {
    /** May be run more than once, so it must not change anything but the database. */
    void run(Connection connection) throws Exception;
  }

  /** A result on its way out of a lambda, with its encoded form. */
  private final class Result<T> {
    private @Nullable T value;
    private @Nullable String json;

    void set(StepEntry entry, T value) {
      this.value = value;
      this.json = values.encodeResult(entry, value);
    }

    @Nullable String json() {
      return json;
    }

    @SuppressWarnings("NullAway") // null only if T allows it, since set() was called
    T value() {
      return value;
    }
  }
}
