package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.GenericType;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.Worker;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.resumable.ResumableLimits;
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
import java.util.Objects;
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

  /** The client that {@code context.client()} returns; without one, that call fails. */
  public JobTester<A> withClient(Cairn client) {
    return with(surroundings.with(client));
  }

  /**
   * The PostgreSQL on which {@code context.inTransaction} and {@code stepTx} run; without one they
   * fail. Checkpoints still stay in memory: a checkpoint or completion in a transaction, even in
   * one that the worker began itself, takes effect when the transaction is committed.
   */
  public JobTester<A> withDataSource(DataSource dataSource) {
    return with(surroundings.with(dataSource));
  }

  /**
   * Runs the transactions of the context with this runner, as {@code CairnBuilder.transactions}
   * does. Also needs {@link #withDataSource}, to find out whether they were committed.
   */
  public JobTester<A> withTransactions(TransactionRunner runner) {
    return with(surroundings.with(runner));
  }

  /**
   * The limits of checkpoints, as {@code CairnBuilder.resumableLimits}; the defaults unless set.
   */
  public JobTester<A> withResumableLimits(ResumableLimits limits) {
    return with(surroundings.with(limits));
  }

  /**
   * Gives a signal that the job may wait for.
   *
   * @param name 1 to 255 characters
   * @param payload anything the codec can encode, or null
   * @throws IllegalArgumentException if the name is invalid, or if a client could not send the
   *     payload
   */
  public JobTester<A> withSignal(String name, @Nullable Object payload) {
    JsonCodec codec = surroundings.codec();
    return with(
        surroundings.withSignal(
            name,
            payload == null
                ? codec.encodeExactly(null)
                : codec.encodeExactly(payload, payload.getClass())));
  }

  /** The number of the attempt, from 1. All earlier attempts count as failed. */
  public JobTester<A> withAttempt(int attempt) {
    return with(template.withAttempt(attempt));
  }

  /** The maximum number of attempts; 25 unless set. */
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

  /**
   * Continues as if this top-level step, and all steps before it, had finished in an earlier
   * attempt.
   */
  public JobTester<A> resumeAfter(String step) {
    return with(template.withResumption(template.resumption().after(step)));
  }

  /** Like {@link #resumeAfter(String)}, with the saved result of the step. */
  public JobTester<A> resumeAfter(String step, Object result) {
    return resumeAfter(step).withResult(step, result);
  }

  /** Like {@link #resumeAfter(String, Object)}, with a generic result. */
  public <T> JobTester<A> resumeAfter(String step, GenericType<T> type, T result) {
    return resumeAfter(step).withResult(step, type, result);
  }

  /**
   * Continues in this top-level step, at this position, as if all steps before it had finished in
   * an earlier attempt.
   */
  public JobTester<A> resumeAt(String step, Object position) {
    return resumeAtJson(step, surroundings.codec().encodeExactly(position));
  }

  /** Like {@link #resumeAt(String, Object)}, at a generic position. */
  public <C> JobTester<A> resumeAt(String step, GenericType<C> type, C position) {
    return resumeAtJson(step, surroundings.codec().encodeExactly(position, type.type()));
  }

  private JobTester<A> resumeAtJson(String step, String position) {
    return with(template.withResumption(template.resumption().at(step, position)));
  }

  /** The saved result of a step that finished in an earlier attempt. */
  public JobTester<A> withResult(String step, Object result) {
    return withResultJson(step, surroundings.codec().encodeExactly(result));
  }

  /** Like {@link #withResult(String, Object)}, with a generic result. */
  public <T> JobTester<A> withResult(String step, GenericType<T> type, T result) {
    return withResultJson(step, surroundings.codec().encodeExactly(result, type.type()));
  }

  private JobTester<A> withResultJson(String step, String result) {
    List<Checkpoint> more = new ArrayList<>(template.checkpoints());
    more.add(new Checkpoint(step, null, true, result));
    return with(template.withCheckpoints(more));
  }

  /**
   * Continues where an earlier attempt ended, as the next attempt would: with its checkpoints and
   * its metadata, in which snoozes, interruptions and deaths are counted, and with the same number
   * if it used up no attempt. Interruptions set for the earlier attempt do not apply.
   */
  public JobTester<A> resume(TestedAttempt<A> earlier) {
    return resumeLater(earlier, Duration.ZERO);
  }

  /**
   * Like {@link #resume(TestedAttempt)}, when this much time has passed since: a sleep, a snooze or
   * the timeout of a wait is over without real waiting. The time counts from the earlier attempt,
   * which may itself have been resumed later.
   */
  public JobTester<A> resumeLater(TestedAttempt<A> earlier, Duration time) {
    return new JobTester<>(
        argsType,
        worker,
        template.following(earlier),
        surroundings.notBefore(earlier.job().attemptedAt().plus(time)),
        Interruptions.NONE);
  }

  /** Whether both would begin an attempt of one job with the same state. */
  boolean isWhere(JobTester<A> other) {
    return template.withoutTimes().equals(other.template.withoutTimes());
  }

  /**
   * This tester with another worker, for example the worker of the process that continues the job.
   */
  JobTester<A> with(Worker<A> other) {
    return new JobTester<>(argsType, other, template, surroundings, interruptions);
  }

  /** Treats all attempts as attempts of one job that was inserted at this time. */
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
   * Kills the job when the cursor of this step moves to this position, as if its process died. Its
   * memory is dropped, and only durable checkpoints remain. The checkpoint at this position is
   * lost, unless it was committed in a transaction. {@link #resume} is then the rescued job: its
   * metadata count the death. The job is discarded by as many deaths in a row without progress as
   * it has attempts, as by a client: with {@code withMaxAttempts(1)}, by the first one.
   */
  public JobTester<A> killAt(String step, Object position) {
    return disturbed(step, position, Disturbance.KILLED);
  }

  /**
   * Makes the code of the job fail once, just before the cursor of this step moves to this
   * position. The work on the item is done, and the position is not saved.
   */
  public JobTester<A> failAt(String step, Object position) {
    return disturbed(step, position, Disturbance.FAILED);
  }

  /**
   * Gives the job to another client when the cursor of this step moves to this position, as after a
   * pause in which its client was considered dead. The code continues until it uses the database,
   * as with a real client. Nothing that it saves or puts aside is written. {@link #resume} is then
   * the other client's attempt.
   */
  public JobTester<A> takeOverAt(String step, Object position) {
    return disturbed(step, position, Disturbance.LOST);
  }

  private JobTester<A> disturbed(String step, @Nullable Object position, Disturbance disturbance) {
    return with(
        interruptions.with(
            new InterruptionPoint(step, position, surroundings.codec(), disturbance)));
  }

  /**
   * The reason for interruptions; {@link InterruptionReason#SHUTDOWN} unless set. With {@link
   * InterruptionReason#LEASE_LOST}, the attempt learns at once that another client has the job;
   * with {@link #takeOverAt}, it does not.
   */
  public JobTester<A> interruptedBy(InterruptionReason reason) {
    return with(interruptions.because(reason));
  }

  /**
   * Works one attempt.
   *
   * @param args written as JSON and read back, as on the way through the database
   * @throws AssertionError if the arguments change on that way, or the job does not reach a place
   *     where it should be disturbed
   */
  public TestedAttempt<A> work(A args) {
    return work(args, new RunWatch(null));
  }

  /** Works one attempt and records it. A killed attempt keeps only what was durable. */
  TestedAttempt<A> work(A args, RunWatch watch) {
    Job<A> job = template.job(asStored(args), surroundings.begin());
    var context = new AttemptContext(job, surroundings, interruptions, template, watch);
    Throwable thrown = null;
    try {
      askForLimits(job);
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
    return ended(context, job, thrown == null ? null : passingEnd(thrown, context, watch), watch);
  }

  /** What ends the attempt: what the worker has thrown, or the kill before that is written. */
  private static Throwable passingEnd(Throwable thrown, AttemptContext context, RunWatch watch) {
    if (!watch.isKilled()) {
      try {
        watch.reached(Boundary.Kind.THROWN, null, context);
      } catch (Killed e) {
        return e;
      }
    }
    return thrown;
  }

  /**
   * Asks the worker for its limits. They do not apply here, but an attempt fails if a question
   * fails.
   */
  private void askForLimits(Job<A> job) {
    boolean ignored =
        ForeignCode.run(
            worker,
            "when asked for the resume policy of its job",
            () -> Objects.requireNonNull(worker.resumePolicy(job)));
    Objects.requireNonNull(worker.timeout(job), "Worker.timeout returned null");
  }

  private TestedAttempt<A> ended(
      AttemptContext context, Job<A> job, @Nullable Throwable thrown, RunWatch watch) {
    context.end();
    boolean isDead = watch.isKilled() || context.memory().isLost();
    if (isDead && !context.transactions().haveCompleted()) {
      List<Checkpoint> left = context.memory().survivors();
      return new TestedAttempt<>(
          job,
          Deaths.outcome(job, left),
          Map.of(),
          left,
          context.memoryQuarantine().items(),
          surroundings.codec());
    }
    context.requireDisturbance(thrown);
    return new TestedAttempt<>(
        job,
        new Judgement<>(worker, job).on(context, thrown),
        context.stagedMetadata(),
        context.memory().all(),
        context.memoryQuarantine().items(),
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
