package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.UndecodableArgsException;
import dev.cairn.UnknownKindException;
import dev.cairn.Worker;
import dev.cairn.Workers.Registration;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs claimed jobs, each on a virtual thread of its own, and hands their outcomes on. */
final class Executor {
  private static final Logger log = LoggerFactory.getLogger(Executor.class);

  private final ThreadFactory threads =
      Thread.ofVirtual().name("cairn-job-", 0).inheritInheritableThreadLocals(false).factory();
  private final Handlers handlers;
  private final AttemptServices services;
  private final EngineSettings settings;
  private final Verdict verdict;
  private final RunningAttempts running;
  private final Deadlines deadlines;
  private final Completer completer;
  private final Map<String, QueueOptions> queues = new ConcurrentHashMap<>();

  Executor(
      EngineSettings settings,
      Handlers handlers,
      AttemptServices services,
      RunningAttempts running,
      Deadlines deadlines,
      Completer completer) {
    this.settings = settings;
    this.handlers = handlers;
    this.services = services;
    this.verdict = new Verdict(settings.retryPolicy(), settings.clock(), handlers.errorHandler());
    this.running = running;
    this.deadlines = deadlines;
    this.completer = completer;
  }

  /** Takes note of how a queue is worked. */
  void addQueue(String queue, QueueOptions options) {
    queues.put(queue, options);
  }

  /** A queue, or all of them if the name is {@code *}, was paused. */
  void interruptPaused(String paused) {
    for (Attempt attempt : running.all()) {
      String queue = attempt.job().queue();
      QueueOptions options = queues.get(queue);
      if (options != null
          && options.interruptedByPause()
          && (paused.equals("*") || paused.equals(queue))) {
        attempt.interrupt(InterruptionReason.PAUSED);
      }
    }
  }

  /**
   * Starts a job and returns at once.
   *
   * @param slot given back when the worker has returned and the outcome is on its way
   */
  void execute(ClaimedJob claimed, Slot slot) {
    running.expect(claimed.claim());
    threads
        .newThread(() -> {
          try {
            work(claimed, slot);
          } finally {
            slot.release();
          }
        })
        .start();
  }

  private void work(ClaimedJob claimed, Slot slot) {
    Optional<Registration<?>> registration = handlers.workers().find(claimed.kind());
    if (registration.isEmpty()) {
      fail(
          claimed,
          slot,
          new UnknownKindException(
              "job %d: kind '%s' has no worker in this client, which has workers for %s"
                  .formatted(
                      claimed.claim().jobId(),
                      claimed.kind(),
                      handlers.workers().kinds().stream().sorted().toList())));
      return;
    }
    workAs(registration.get(), claimed, slot);
  }

  private <A> void workAs(Registration<A> registration, ClaimedJob claimed, Slot slot) {
    A args;
    try {
      args = handlers.codec().decode(claimed.args(), registration.argsType());
    } catch (Throwable e) {
      // Also errors, such as of a class that does not load: whatever it is, the job gets an
      // outcome.
      fail(
          claimed,
          slot,
          new UndecodableArgsException(
              "job %d: its arguments do not fit %s of kind '%s': %s"
                  .formatted(
                      claimed.claim().jobId(),
                      registration.argsType().getName(),
                      claimed.kind(),
                      e.getMessage()),
              e));
      return;
    }
    runWorker(registration, job(claimed, args), claimed, slot);
  }

  private <A> void runWorker(
      Registration<A> registration, Job<A> job, ClaimedJob claimed, Slot slot) {
    Worker<A> worker = registration.worker();
    var attempt = new Attempt(claimed, job, services, slot, policy(worker, job));
    Throwable failure = null;
    try {
      begin(attempt, worker.timeout(job).orElse(settings.jobTimeout()));
      if (running.isClosed()) {
        attempt.yieldIfInterrupted();
      }
      handlers.chain(registration).work(attempt, () -> worker.work(job, attempt));
    } catch (Throwable e) {
      failure = e;
    }
    end(attempt, failure, cause -> worker.nextRetry(job, cause));
  }

  /** Ends an attempt whose worker could not even be called. */
  private void fail(ClaimedJob claimed, Slot slot, Throwable failure) {
    var attempt =
        new Attempt(claimed, job(claimed, claimed.args()), services, slot, settings.resumePolicy());
    begin(attempt, Duration.ZERO);
    end(attempt, failure, cause -> Optional.empty());
  }

  private static <A> Job<A> job(ClaimedJob claimed, A args) {
    return new Job<>(
        claimed.claim().jobId(),
        claimed.kind(),
        args,
        claimed.attempt(),
        claimed.maxAttempts(),
        claimed.failures(),
        claimed.priority(),
        claimed.queue(),
        claimed.tags(),
        claimed.metadata(),
        claimed.createdAt(),
        claimed.scheduledAt(),
        claimed.claim().attemptedAt());
  }

  private void begin(Attempt attempt, Duration timeout) {
    long now = System.nanoTime();
    if (timeout.isPositive()) {
      attempt.setDeadline(now + timeout.toNanos());
    }
    Duration maxRuntime = maxRuntime(attempt);
    if (maxRuntime != null) {
      attempt.setMaxRuntime(now + maxRuntime.toNanos());
    }
    running.add(attempt);
    deadlines.watch(attempt);
  }

  private <A> ResumePolicy policy(Worker<A> worker, Job<A> job) {
    try {
      return worker.resumePolicy(job).orElse(settings.resumePolicy());
    } catch (RuntimeException e) {
      log.warn(
          "The resume policy of job {} ({}) is the client's: its worker's failed",
          job.id(),
          job.kind(),
          e);
      return settings.resumePolicy();
    }
  }

  /** The shorter one of the job's and its queue's; null if neither has one. */
  private @Nullable Duration maxRuntime(Attempt attempt) {
    Duration ofJob = attempt.policy().maxRuntime();
    QueueOptions queue = queues.get(attempt.job().queue());
    Duration ofQueue = queue == null ? null : queue.maxRuntime();
    if (ofJob == null || ofQueue == null) {
      return ofJob == null ? ofQueue : ofJob;
    }
    return ofJob.compareTo(ofQueue) < 0 ? ofJob : ofQueue;
  }

  private void end(Attempt attempt, @Nullable Throwable failure, Verdict.RetryTime retryTime) {
    attempt.end();
    if (!attempt.takeOutcome()) {
      log.warn("{} ended after the client had given it up", attempt.describe(), failure);
      return;
    }
    try {
      decide(attempt, failure, retryTime);
    } finally {
      // Only now: who waits for the last attempt to end then waits for its outcome to be written.
      running.remove(attempt);
    }
  }

  private void decide(Attempt attempt, @Nullable Throwable failure, Verdict.RetryTime retryTime) {
    Optional<Outcome> outcome = verdict.on(attempt, failure, retryTime);
    if (outcome.isEmpty()) {
      log.warn("{} lost its job while it ran: its outcome is dropped", attempt.describe());
      return;
    }
    report(attempt, outcome.get(), failure);
    completer.complete(finished(attempt, outcome.get()));
  }

  private static void report(Attempt attempt, Outcome outcome, @Nullable Throwable failure) {
    switch (outcome) {
      case Outcome.Completed completed -> {}
      case Outcome.Snoozed snoozed -> log.debug("{} snoozed", attempt.describe());
      case Outcome.Interrupted interrupted ->
          log.info("{} interrupted: {}", attempt.describe(), attempt.explain(interrupted.reason()));
      case Outcome.Suspended suspended ->
          log.debug("{} waits, at most {}", attempt.describe(), suspended.delay());
      case Outcome.Cancelled cancelled -> log.info("{} cancelled", attempt.describe());
      case Outcome.Retried retried ->
          log.info("{} failed, next in {}", attempt.describe(), retried.delay(), failure);
      case Outcome.Discarded discarded ->
          log.warn("{} failed for the last time", attempt.describe(), failure);
    }
  }

  /** Everything of an attempt that goes into the statement of its outcome. */
  static FinishedAttempt finished(Attempt attempt, Outcome outcome) {
    Counters.count(attempt, outcome);
    AttemptCheckpoints checkpoints = attempt.attemptCheckpoints();
    return new FinishedAttempt(
        attempt.claimed().claim(),
        outcome,
        attempt.stagedMetadata(),
        checkpoints.isUsed(),
        checkpoints.close(),
        attempt.times());
  }
}
