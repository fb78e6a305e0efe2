package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.UndecodableArgsException;
import dev.cairn.UnknownKindException;
import dev.cairn.Worker;
import dev.cairn.Workers.Registration;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs each claimed job on a virtual thread of its own, and passes on its outcome. */
final class Executor {
  private static final Log log = Log.of(Executor.class);

  /** How long the end of an attempt waits for checkpoints that are being written. */
  private static final Duration IN_FLIGHT_MAX = Duration.ofSeconds(5);

  /** How long no jobs are claimed after a thread could not be started. */
  private static final Duration REST_WITHOUT_THREADS = Duration.ofSeconds(1);

  private final ThreadFactory threads;

  /** Loads the user's classes. */
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  private final Handlers handlers;
  private final AttemptServices services;
  private final EngineSettings settings;
  private final Verdict verdict;
  private final Foresight foresight;
  private final ClaimRegister register;
  private final Attempts attempts;
  private final Deadlines deadlines;
  private final Completer completer;
  private final Map<String, QueueOptions> queues = new ConcurrentHashMap<>();
  private volatile long restsUntilNanos = System.nanoTime();

  Executor(
      EngineSettings settings,
      Handlers handlers,
      AttemptServices services,
      ClaimRegister register,
      Deadlines deadlines,
      Completer completer) {
    this(
        settings,
        handlers,
        services,
        register,
        deadlines,
        completer,
        Thread.ofVirtual().name("cairn-job-", 0).inheritInheritableThreadLocals(false).factory());
  }

  Executor(
      EngineSettings settings,
      Handlers handlers,
      AttemptServices services,
      ClaimRegister register,
      Deadlines deadlines,
      Completer completer,
      ThreadFactory threads) {
    this.settings = settings;
    this.threads = threads;
    this.handlers = handlers;
    this.services = services;
    this.verdict = new Verdict(settings.retryPolicy(), settings.clock(), handlers.errorHandler());
    this.foresight = new Foresight(settings.clock());
    this.register = register;
    this.attempts = new Attempts(register);
    this.deadlines = deadlines;
    this.completer = completer;
  }

  /** Refuses a queue if this client has no workers. */
  void requireWorkers(String queue) {
    if (handlers.workers().kinds().isEmpty()) {
      throw new IllegalArgumentException(
          ("queue '%s' has no workers: this client was built without workers(...), and only inserts"
                  + " [CAIRN-106]")
              .formatted(queue));
    }
  }

  /** Records the settings of a queue. */
  void addQueue(String queue, QueueOptions options) {
    queues.put(queue, options);
  }

  /** Forgets the settings of a queue that has no running jobs. */
  void forgetQueue(String queue) {
    queues.remove(queue);
  }

  /**
   * How long no jobs should be claimed, because a thread could not be started for one. Otherwise,
   * jobs would be handed back and claimed again as fast as the database allows, although other
   * clients could work them.
   */
  Duration rest() {
    return Duration.ofNanos(Math.max(restsUntilNanos - System.nanoTime(), 0));
  }

  /**
   * The queues that have running jobs, and whose settings require that a pause interrupts these.
   */
  Set<String> queuesInterruptedByPause() {
    return attempts.all().stream()
        .filter(attempt -> attempt.slot().isOfQueue())
        .map(attempt -> attempt.job().queue())
        .filter(this::isInterruptedByPause)
        .collect(Collectors.toUnmodifiableSet());
  }

  private boolean isInterruptedByPause(String queue) {
    QueueOptions options = queues.get(queue);
    return options != null && options.interruptedByPause();
  }

  /**
   * Interrupts the jobs of a paused queue, if its settings require that, except for those that are
   * worked apart from it.
   */
  void interruptPaused(String paused) {
    for (Attempt attempt : attempts.all()) {
      String queue = attempt.job().queue();
      if (paused.equals(queue) && attempt.slot().isOfQueue() && isInterruptedByPause(queue)) {
        attempt.interrupt(InterruptionReason.PAUSED);
      }
    }
  }

  /**
   * Starts jobs and returns at once, like {@link #execute}. If anything is thrown, the jobs that
   * were not started are handed back.
   *
   * @param onRelease called once for each job, when its worker has returned
   */
  void executeAll(List<HeldClaim> held, List<ClaimedJob> claimed, Runnable onRelease) {
    executeAll(held, claimed, onRelease, true);
  }

  /** Like {@link #executeAll}, for jobs that are worked apart from their queue and its slots. */
  void executeApart(List<HeldClaim> held, List<ClaimedJob> claimed) {
    executeAll(held, claimed, () -> {}, false);
  }

  private void executeAll(
      List<HeldClaim> held, List<ClaimedJob> claimed, Runnable onRelease, boolean ofQueue) {
    int started = 0;
    try {
      while (started < held.size()) {
        var slot = new Slot(onRelease, ofQueue);
        execute(new Assignment(held.get(started), claimed.get(started), slot));
        started++;
      }
    } finally {
      for (int i = started; i < held.size(); i++) {
        handBack(held.get(i), true);
        onRelease.run();
      }
    }
  }

  /**
   * Starts a job and returns at once. Never throws: a claim that cannot be worked is handed back.
   */
  void execute(Assignment assignment) {
    try {
      Thread thread = threads.newThread(() -> run(assignment));
      thread.setContextClassLoader(loader);
      assignment.held().workedBy(thread);
      thread.start();
    } catch (Throwable e) {
      restsUntilNanos = System.nanoTime() + REST_WITHOUT_THREADS.toNanos();
      log.error(
          "Job {}: could not start its thread; the job is handed back [CAIRN-527]",
          assignment.jobId(),
          e);
      handBack(assignment.held(), true);
      assignment.slot().release();
    }
  }

  private void run(Assignment assignment) {
    try {
      work(assignment);
    } catch (Throwable e) {
      log.error(
          "Job {}: an error occurred while its attempt ended; the job is handed back [CAIRN-528]",
          assignment.jobId(),
          e);
    } finally {
      abandon(assignment.held());
      assignment.slot().release();
    }
  }

  /**
   * Makes sure that a claim gets an outcome, even if the code that should have provided it has
   * failed. The job continues from its durable checkpoints. Does nothing if the claim has an
   * outcome. Never throws: if there is no memory for an outcome now, the watcher calls this again.
   */
  void abandon(HeldClaim held) {
    handBack(held, register.isClosed());
  }

  /**
   * Hands a claim back. Unless {@code atOnce}, the job may be the reason, so it may have to wait
   * before its next attempt.
   */
  private void handBack(HeldClaim held, boolean atOnce) {
    if (held.hasEnded()) {
      return;
    }
    try {
      FinishedAttempt attempt =
          atOnce
              ? FinishedAttempt.handedBack(held.claim())
              : FinishedAttempt.withoutOutcome(held.claim());
      if (handOn(new Ending(held, attempt))) {
        log.error(
            "Job {} is handed back, because its attempt ended without an outcome [CAIRN-528]",
            held.claim().jobId());
      }
    } catch (Throwable e) {
      held.leave();
      log.error("Could not hand back job {}; will retry soon [CAIRN-526]", held.claim().jobId(), e);
    }
  }

  /**
   * Passes on the outcome of a claim, unless the claim already has one. If anything is thrown,
   * nothing was passed on.
   */
  private boolean handOn(Ending ending) {
    HeldClaim held = ending.held();
    if (!held.end()) {
      return false;
    }
    try {
      completer.complete(ending);
    } catch (Throwable e) {
      held.reopen();
      throw e;
    }
    // Comes last: this may wake a thread that waits for the last attempt. That thread then waits
    // for the queued outcomes, and this one must be among them.
    register.ended(held);
    return true;
  }

  private void work(Assignment assignment) {
    Attempt attempt = begin(assignment);
    ClaimedJob claimed = assignment.claimed();
    if (claimed.oddity() != null) {
      fail(attempt, new UndecodableArgsException(claimed.oddity() + " [CAIRN-202]", null));
      return;
    }
    Optional<Registration<?>> registration = handlers.workers().find(claimed.kind());
    if (registration.isEmpty()) {
      fail(
          attempt,
          new UnknownKindException(
              "job %d: kind '%s' has no worker in this client, which has workers for %s [CAIRN-201]"
                  .formatted(
                      assignment.jobId(),
                      claimed.kind(),
                      handlers.workers().kinds().stream().sorted().toList())));
      return;
    }
    workAs(registration.get(), assignment, attempt);
  }

  /**
   * Begins an attempt, before any code of the user runs for the job: it can be asked to stop from
   * now on. Until its worker has said something else, the limits of the client apply. Does not wake
   * the deadlines, because nearly all attempts announce their own limits a moment later; the
   * watcher wakes them for the others.
   */
  private Attempt begin(Assignment assignment) {
    var attempt = new Attempt(assignment, services, settings.resumePolicy());
    attempt
        .stopRequest()
        .setTimeout(AttemptTimeout.of(Optional.empty(), settings.jobTimeout()), System.nanoTime());
    attempt.held().begin(attempt);
    return attempt;
  }

  private <A> void workAs(Registration<A> registration, Assignment assignment, Attempt attempt) {
    A args;
    try {
      args = handlers.codec().decode(assignment.claimed().args(), registration.argsType());
    } catch (Throwable e) {
      // Errors too, for example if a class does not load, because every job must get an outcome.
      fail(
          attempt,
          new UndecodableArgsException(
              "job %d: its arguments do not fit %s of kind '%s': %s [CAIRN-202]"
                  .formatted(
                      assignment.jobId(),
                      registration.argsType().getName(),
                      assignment.claimed().kind(),
                      new ForeignFailure(e).message()),
              e));
      return;
    }
    runWorker(registration.worker(), attempt, assignment.job(args));
  }

  private <A> void runWorker(Worker<A> worker, Attempt attempt, Job<A> job) {
    Throwable failure = null;
    // First: whoever is told of a failure gets the decoded arguments.
    attempt.setJob(job);
    try {
      attempt.settle();
      attempt.setPolicy(policy(worker, job));
      attempt.settle();
      var timeout = AttemptTimeout.of(worker.timeout(job), settings.jobTimeout());
      attempt.settle();
      limit(attempt, timeout);
      var context = new AttemptContext(attempt, services, foresight);
      handlers.chain().work(context, () -> worker.work(job, context));
    } catch (Throwable e) {
      failure = e;
    }
    end(attempt, failure, cause -> worker.nextRetry(job, cause));
  }

  /** Ends an attempt whose worker could not be called. */
  private void fail(Attempt attempt, Throwable failure) {
    end(attempt, failure, cause -> Optional.empty());
  }

  /** Sets the limits of an attempt whose worker is about to run. */
  private void limit(Attempt attempt, AttemptTimeout timeout) {
    long now = System.nanoTime();
    attempt.stopRequest().setTimeout(timeout, now);
    limitRuntime(attempt, now);
    attempt.setPrepared();
    deadlines.watch(attempt);
  }

  private <A> ResumePolicy policy(Worker<A> worker, Job<A> job) {
    return ForeignCode.ask(
            worker,
            () ->
                "when asked for the resume policy of job %d (%s); the client's policy applies"
                    .formatted(job.id(), job.kind()),
            Optional.<ResumePolicy>empty(),
            () -> Objects.requireNonNull(worker.resumePolicy(job)))
        .orElse(settings.resumePolicy());
  }

  /** Applies the shorter one of the job's limit and its queue's limit. */
  private void limitRuntime(Attempt attempt, long now) {
    Duration ofJob = attempt.policy().maxRuntime();
    QueueOptions queue = queues.get(attempt.job().queue());
    Duration ofQueue = queue == null ? null : queue.maxRuntime();
    if (ofQueue != null && (ofJob == null || ofQueue.compareTo(ofJob) <= 0)) {
      attempt.stopRequest().setMaxRuntime(ofQueue, "QueueOptions.maxRuntime", now);
    } else if (ofJob != null) {
      attempt.stopRequest().setMaxRuntime(ofJob, "ResumePolicy.maxRuntime", now);
    }
  }

  /** Ends an attempt. Passes on the outcome before any listener is called. */
  private void end(Attempt attempt, @Nullable Throwable failure, Verdict.RetryTime retryTime) {
    attempt.end();
    deadlines.judge(attempt, failure);
    Optional<Outcome> outcome = verdict.on(attempt, failure, retryTime);
    // Foreign code may have left an interrupt behind, which would end the following wait for a
    // write.
    boolean ignored = Thread.interrupted();
    Optional<FinishedAttempt> finished =
        outcome.map(each -> finished(attempt, each, IN_FLIGHT_MAX));
    if (!isEndedBy(attempt, finished.orElse(null))) {
      log.warn(
          "{} ended after the client had abandoned it; its outcome is dropped [CAIRN-514]",
          attempt.describe(),
          failure);
      return;
    }
    report(attempt, outcome, failure);
  }

  /** Ends the claim. Without an outcome, the job belongs to another attempt. */
  private boolean isEndedBy(Attempt attempt, @Nullable FinishedAttempt finished) {
    HeldClaim held = attempt.held();
    if (finished != null) {
      return handOn(new Ending(held, finished, ifNotCompleted(attempt, finished)));
    }
    if (!held.end()) {
      return false;
    }
    register.over(held);
    register.ended(held);
    return true;
  }

  /**
   * The outcome to write if the worker has completed the job in a transaction that is not
   * committed; null if the worker has not completed the job.
   */
  static @Nullable Supplier<FinishedAttempt> ifNotCompleted(
      Attempt attempt, FinishedAttempt finished) {
    if (!attempt.isCompletedByWorker()) {
      return null;
    }
    return finished.outcome() instanceof Outcome.Completed
        ? () -> finished.with(Verdict.onUncommitted(attempt))
        : () -> finished;
  }

  private static void report(
      Attempt attempt, Optional<Outcome> outcome, @Nullable Throwable failure) {
    switch (outcome.orElse(null)) {
      case null ->
          log.warn(
              "{} lost its job while it ran: its outcome is dropped [CAIRN-504]",
              attempt.describe());
      case Outcome.Completed completed -> {}
      case Outcome.Snoozed snoozed -> log.debug("{} snoozed", attempt.describe());
      case Outcome.Interrupted interrupted
          when interrupted.reason() == InterruptionReason.DATABASE_LOST ->
          log.info(
              "{} interrupted: {}",
              attempt.describe(),
              attempt.stopRequest().explain(interrupted.reason()),
              failure);
      case Outcome.Interrupted interrupted ->
          log.info(
              "{} interrupted: {}",
              attempt.describe(),
              attempt.stopRequest().explain(interrupted.reason()));
      case Outcome.Suspended suspended ->
          log.debug("{} waits, for at most {}", attempt.describe(), suspended.delay());
      case Outcome.Cancelled cancelled -> log.info("{} cancelled", attempt.describe());
      case Outcome.Retried retried ->
          log.info("{} failed, next attempt in {}", attempt.describe(), retried.delay(), failure);
      case Outcome.Discarded discarded ->
          log.warn("{} failed for the last time [CAIRN-515]", attempt.describe(), failure);
    }
  }

  /**
   * Updates the counters. If that fails, for example for lack of memory, the outcome must not be
   * lost.
   */
  private static void count(Attempt attempt, Outcome outcome) {
    try {
      Counters.count(attempt, outcome);
    } catch (Throwable e) {
      log.warn("{}: could not update its counters [CAIRN-528]", attempt.describe(), e);
    }
  }

  /** Everything that the statement of an outcome writes. */
  static FinishedAttempt finished(Attempt attempt, Outcome outcome, Duration patience) {
    count(attempt, outcome);
    AttemptCheckpoints checkpoints = attempt.checkpoints();
    List<CheckpointWrite> rest = checkpoints.close(patience);
    return new FinishedAttempt(
        checkpoints.fenced(),
        attempt.job().attempt(),
        outcome,
        attempt.metadata().json(),
        checkpoints.isUsed(),
        rest,
        attempt.times());
  }
}
