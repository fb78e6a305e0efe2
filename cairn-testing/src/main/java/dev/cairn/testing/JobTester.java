package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.Worker;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.resumable.ResumableMiddleware;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.TransactionRunner;
import dev.cairn.testing.InterruptionPoint.Disturbance;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Works jobs of one kind without a database, on the thread of the test: the worker with its
 * middleware, {@link ResumableMiddleware} included, and nothing else of a client. Immutable.
 *
 * <pre>{@code
 * JobTester<Import> tester = JobTester.of(Import.class, new ImportWorker(catalog));
 * TestedAttempt<Import> stopped = tester.interruptAt("rows", 50).work(new Import("a.csv"));
 * tester.resume(stopped).work(new Import("a.csv")).requireCompleted();
 * }</pre>
 *
 * @param <A> the type of the arguments
 */
public final class JobTester<A> {
  private final Class<A> argsType;
  private final Worker<A> worker;
  private final AttemptTemplate template;
  private final Surroundings surroundings;
  private final Interruptions interruptions;

  private JobTester(
      Class<A> argsType,
      Worker<A> worker,
      AttemptTemplate template,
      Surroundings surroundings,
      Interruptions interruptions) {
    this.argsType = argsType;
    this.worker = worker;
    this.template = template;
    this.surroundings = surroundings;
    this.interruptions = interruptions;
  }

  /**
   * A tester of the first attempt of 25, in queue {@code default}.
   *
   * @throws IllegalArgumentException if the type names no kind of job
   */
  public static <A> JobTester<A> of(Class<A> argsType, Worker<A> worker) {
    return new JobTester<>(
        argsType,
        worker,
        AttemptTemplate.of(ArgsKind.of(argsType)),
        Surroundings.NONE,
        Interruptions.NONE);
  }

  /** With middleware around the worker; the first one added is the outermost. */
  public JobTester<A> withMiddleware(Middleware middleware) {
    return with(surroundings.with(middleware));
  }

  /** How values are written and read; {@link JacksonCodec#create()} unless set. */
  public JobTester<A> withCodec(JsonCodec codec) {
    return with(surroundings.with(codec));
  }

  /** What {@code context.client()} gives; without one it fails. */
  public JobTester<A> withClient(Cairn client) {
    return with(surroundings.with(client));
  }

  /**
   * The PostgreSQL on which {@code context.inTransaction} and {@code stepTx} run; without one they
   * fail. Checkpoints still stay in memory: what is saved or completed in a transaction, also in
   * one of the worker's own, becomes true if that is committed.
   */
  public JobTester<A> withDataSource(DataSource dataSource) {
    return with(surroundings.with(dataSource));
  }

  /**
   * How the transactions run that the context begins, as with {@code CairnBuilder.transactions}.
   * Needs {@link #withDataSource} too, to ask what has become of them.
   */
  public JobTester<A> withTransactions(TransactionRunner runner) {
    return with(surroundings.with(runner));
  }

  /**
   * Gives a signal that the job may wait for.
   *
   * @param payload anything the codec can encode, or null
   */
  public JobTester<A> withSignal(String name, @Nullable Object payload) {
    return with(surroundings.withSignal(name, surroundings.codec().encodeExactly(payload)));
  }

  /** The number of the attempt, from 1; all before it have failed. */
  public JobTester<A> withAttempt(int attempt) {
    return with(template.withAttempt(attempt));
  }

  /** How many attempts the job has; 25 unless set. */
  public JobTester<A> withMaxAttempts(int attempts) {
    return with(template.withMaxAttempts(attempts));
  }

  /** The queue of the job; {@code default} unless set. */
  public JobTester<A> withQueue(String queue) {
    return with(template.withQueue(queue));
  }

  /** The tags of the job; none unless set. */
  public JobTester<A> withTags(String... tags) {
    return with(template.withTags(List.of(tags)));
  }

  /** The metadata of the job, a JSON object; empty unless set. */
  public JobTester<A> withMetadata(String object) {
    return with(template.withMetadata(object));
  }

  /** Goes on as if this top-level step, and all before it, had finished in an earlier attempt. */
  public JobTester<A> resumeAfter(String step) {
    return with(template.withResumption(template.resumption().after(step)));
  }

  /** Like {@link #resumeAfter(String)}, with the result that the step remembers. */
  public JobTester<A> resumeAfter(String step, Object result) {
    return resumeAfter(step).withResult(step, result);
  }

  /**
   * Goes on in this top-level step, at this position, as if all before it had finished in an
   * earlier attempt.
   */
  public JobTester<A> resumeAt(String step, Object position) {
    return with(
        template.withResumption(template.resumption().at(step, surroundings.codec(), position)));
  }

  /** The result that a step remembers which finished in an earlier attempt. */
  public JobTester<A> withResult(String step, Object result) {
    List<Checkpoint> more = new ArrayList<>(template.checkpoints());
    more.add(new Checkpoint(step, null, true, surroundings.codec().encodeExactly(result)));
    return with(template.withCheckpoints(more));
  }

  /**
   * Goes on where an earlier attempt ended, as the next one would: with its checkpoints and its
   * metadata, and with its number only if it used up none. Forgets where that one was interrupted.
   */
  public JobTester<A> resume(TestedAttempt<A> earlier) {
    return new JobTester<>(
        argsType, worker, template.following(earlier), surroundings, Interruptions.NONE);
  }

  /** Like {@link #resume}, when a job has waited so long. */
  JobTester<A> resumeLater(TestedAttempt<A> earlier, Duration time) {
    return resume(earlier).with(surroundings.later(time));
  }

  /** With another worker, as a process has that goes on with the job. */
  JobTester<A> with(Worker<A> other) {
    return new JobTester<>(argsType, other, template, surroundings, interruptions);
  }

  /** All attempts are those of one job, which was inserted then. */
  JobTester<A> withCreatedAt(Instant time) {
    return with(template.withCreatedAt(time));
  }

  /** Interrupts the job once this step has finished; a step within others by its path. */
  public JobTester<A> interruptAfter(String step) {
    return disturbed(step, null, Disturbance.INTERRUPTED);
  }

  /** Interrupts the job when the cursor of this step moves to this position. */
  public JobTester<A> interruptAt(String step, Object position) {
    return disturbed(step, position, Disturbance.INTERRUPTED);
  }

  /** Kills the job once this step has finished, as {@link #killAt} does. */
  public JobTester<A> killAfter(String step) {
    return disturbed(step, null, Disturbance.KILLED);
  }

  /**
   * Kills the job when the cursor of this step moves to this position, as a process that dies: its
   * memory is dropped, and of its checkpoints only those are left that were durable. That excludes
   * this one, unless it was committed in a transaction.
   */
  public JobTester<A> killAt(String step, Object position) {
    return disturbed(step, position, Disturbance.KILLED);
  }

  /**
   * Has the code of the job fail where the cursor of this step would move to this position, once:
   * what it did for the item there is done, and the position is not saved.
   */
  public JobTester<A> failAt(String step, Object position) {
    return disturbed(step, position, Disturbance.FAILED);
  }

  /**
   * Gives the job to another client when the cursor of this step moves to this position, as after a
   * pause in which its client was taken for dead. The code goes on, as that of a real client would,
   * until it asks the database for something; nothing that it saves is written. {@link #resume} is
   * then the other client's attempt.
   */
  public JobTester<A> takeOverAt(String step, Object position) {
    return disturbed(step, position, Disturbance.LOST);
  }

  private JobTester<A> disturbed(String step, @Nullable Object position, Disturbance disturbance) {
    return with(
        interruptions.with(
            new InterruptionPoint(step, position, surroundings.codec(), disturbance)));
  }

  /** Why it is interrupted; {@link InterruptionReason#SHUTDOWN} unless set. */
  public JobTester<A> interruptedBy(InterruptionReason reason) {
    return with(interruptions.because(reason));
  }

  /**
   * Works one attempt.
   *
   * @param args written as JSON and read back, as on the way through the database
   * @throws AssertionError if the arguments do not survive that, or the job is to be disturbed
   *     where it does not come
   */
  public TestedAttempt<A> work(A args) {
    return work(args, new RunWatch(null));
  }

  /** Works one attempt that is watched; one that was killed leaves what was durable. */
  TestedAttempt<A> work(A args, RunWatch watch) {
    Job<A> job = template.job(asStored(args), surroundings.later());
    var context = new AttemptContext(job, surroundings, interruptions, template.saved(), watch);
    Throwable thrown = null;
    try {
      surroundings.work(context, () -> worker.work(job, context));
      watch.returned();
      if (context.raised().isPresent()) {
        context.yieldIfInterrupted();
      }
      context.memory().requireHeld();
      watch.reached(Boundary.Kind.RETURNED, null, context);
    } catch (Throwable e) {
      thrown = e;
    }
    return ended(context, job, thrown, watch);
  }

  private TestedAttempt<A> ended(
      AttemptContext context, Job<A> job, @Nullable Throwable thrown, RunWatch watch) {
    context.end();
    boolean isDead = watch.isKilled() || context.memory().isLost();
    if (isDead && !context.transactions().haveCompleted()) {
      return new TestedAttempt<>(
          job,
          new AttemptOutcome.Interrupted(InterruptionReason.LEASE_LOST),
          Map.of(),
          context.memory().survivors(),
          surroundings.codec());
    }
    context.requireDisturbance(thrown);
    return new TestedAttempt<>(
        job,
        new Judgement<>(worker, job).on(context, thrown),
        context.stagedMetadata(),
        context.memory().all(),
        surroundings.codec());
  }

  private A asStored(A args) {
    JsonCodec codec = surroundings.codec();
    @Nullable String json = null;
    try {
      json = StorableJson.encoded(() -> "their JSON", () -> codec.encode(args));
      return codec.decode(json, argsType);
    } catch (IllegalArgumentException e) {
      throw new AssertionError(
          "the arguments %s of kind '%s' do not survive the way through JSON%s: %s"
              .formatted(
                  args,
                  ArgsKind.of(argsType).name(),
                  json == null ? "" : " " + json,
                  e.getMessage()),
          e);
    }
  }

  private JobTester<A> with(AttemptTemplate other) {
    return new JobTester<>(argsType, worker, other, surroundings, interruptions);
  }

  private JobTester<A> with(Surroundings other) {
    return new JobTester<>(argsType, worker, template, other, interruptions);
  }

  private JobTester<A> with(Interruptions other) {
    return new JobTester<>(argsType, worker, template, surroundings, other);
  }
}
