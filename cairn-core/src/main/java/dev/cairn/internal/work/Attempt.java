package dev.cairn.internal.work;

import dev.cairn.Cairn;
import dev.cairn.ContextKey;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobInterruption;
import dev.cairn.ResumePolicy;
import dev.cairn.TransactionBody;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.StepEvent;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Run;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Fenced;
import dev.cairn.internal.store.MetadataKeys;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import dev.cairn.spi.Waits;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * One running attempt of a job: the owner of everything that belongs to it alone. Thread-safe: the
 * worker's threads, and those that watch over it, meet here.
 */
final class Attempt implements MiddlewareContext, Run {

  private final HeldClaim held;
  private final ClaimedJob claimed;
  private final Job<?> job;
  private final AttemptServices services;
  private final Slot slot;
  private final InterruptGate gate;
  private final AttemptCheckpoints checkpoints;
  private final Checkpoints workersCheckpoints;
  private final AttemptWaits waits;
  private final TimeLimits timeLimits;
  private final StopRequest stopRequest;
  private final ResumePolicy policy;
  private final Map<ContextKey<?>, Object> attributes = new HashMap<>();
  private final AttemptMetadata metadata;

  private volatile boolean completedByWorker;

  private final long startedNanos = System.nanoTime();
  private volatile long endedNanos;
  private volatile boolean ended;

  /** An attempt of the calling thread. */
  Attempt(
      HeldClaim held,
      ClaimedJob claimed,
      Job<?> job,
      AttemptServices services,
      Slot slot,
      ResumePolicy policy) {
    this.held = held;
    this.claimed = claimed;
    this.job = job;
    this.services = services;
    this.slot = slot;
    this.gate = new InterruptGate(Thread.currentThread());
    this.checkpoints = new AttemptCheckpoints(this, services);
    this.workersCheckpoints = new WorkersCheckpoints(checkpoints);
    this.waits = new AttemptWaits(this, services.waits());
    this.timeLimits = new TimeLimits(gate);
    this.policy = policy;
    this.metadata = new AttemptMetadata(claimed.metadata(), describe(claimed), services.codec());
    this.stopRequest = new StopRequest(policy, checkpoints::lastMoveNanos);
  }

  HeldClaim held() {
    return held;
  }

  ClaimedJob claimed() {
    return claimed;
  }

  Slot slot() {
    return slot;
  }

  InterruptGate gate() {
    return gate;
  }

  @Override
  public Job<?> job() {
    return job;
  }

  @Override
  public Cairn client() {
    return services.client();
  }

  @Override
  public Optional<InterruptionReason> interruption() {
    return stopRequest.reason();
  }

  @Override
  public void yieldIfInterrupted() {
    stopRequest.yieldIfAsked(describe());
    timeLimits.check();
  }

  @Override
  public JobInterruption yieldNow(String why) {
    requireActive("yieldNow");
    stopRequest.askBecause(Objects.requireNonNull(why, "why"));
    yieldIfInterrupted();
    throw new IllegalStateException("an interrupted attempt goes on");
  }

  @Override
  public void interrupt(InterruptionReason reason) {
    stopRequest.ask(reason);
  }

  @Override
  public void lose() {
    stopRequest.loseJob();
  }

  /** Throws if the job is somebody else's, or may be: nothing more should be begun for it. */
  void yieldIfLeaseLost() {
    if (stopRequest.isLeaseLost()) {
      yieldIfInterrupted();
    }
  }

  /** Whether and why it has to stop. */
  StopRequest stopRequest() {
    return stopRequest;
  }

  /** The attempt uses steps for the first time. */
  void usesSteps() {
    if (stopRequest.watchProgress()) {
      services.deadlines().watch(this);
    }
  }

  /** When it began, in {@link System#nanoTime()}. */
  long startedNanos() {
    return startedNanos;
  }

  StepEvent.Origin origin() {
    return new StepEvent.Origin(job.id(), job.kind(), job.attempt());
  }

  ResumePolicy policy() {
    return policy;
  }

  /** Nothing of this attempt is valid any more. */
  void end() {
    endedNanos = System.nanoTime();
    ended = true;
    gate.close();
  }

  /** How long it took; until now if it has not ended. */
  AttemptTimes times() {
    long end = ended ? endedNanos : System.nanoTime();
    return new AttemptTimes(
        Duration.between(claimed.scheduledAt(), claimed.claim().attemptedAt()),
        Duration.ofNanos(end - startedNanos),
        end);
  }

  boolean hasEnded() {
    return ended;
  }

  @Override
  public <T> void put(ContextKey<T> key, T value) {
    synchronized (attributes) {
      attributes.put(key, value);
    }
  }

  @Override
  public <T> Optional<T> find(ContextKey<T> key) {
    synchronized (attributes) {
      return Optional.ofNullable(attributes.get(key)).map(key.type()::cast);
    }
  }

  @Override
  public void setMetadata(String key, @Nullable Object value) {
    metadata.set(key, value);
  }

  @Override
  public void recordOutput(@Nullable Object value) {
    metadata.recordOutput(value);
  }

  /** The metadata as they were at the claim, and what is added to them. */
  AttemptMetadata metadata() {
    return metadata;
  }

  /** How many attempts a failure gives back because the job has come further (R19). */
  int renewal() {
    boolean renews = policy.progressRenewsAttempts() && checkpoints.hasProgressed();
    return renews ? Math.max(job.attempt() - 1, 0) : 0;
  }

  /** Whether the worker has failed because the database was taken away from it. */
  boolean isOutage(Throwable failure) {
    return services.transactions().isOutage(failure);
  }

  /** How often the job has failed if this attempt fails, the renewed attempts included. */
  int failuresInLife() {
    return metadata.counted(MetadataKeys.ATTEMPTS_RENEWED) + job.attempt();
  }

  @Override
  public void completeTx(Connection connection) {
    requireActive("completeTx");
    yieldIfInterrupted();
    // What is still on its way could not be deleted by the caller's transaction.
    checkpoints.flush();
    Standing standing =
        guarded(
            () -> services.jobs().completeTx(connection, checkpoints.fenced(), metadata.json()));
    requireHeld(standing, "its completion");
    completedByWorker = true;
  }

  /** Whether {@link #completeTx} was called, in whatever became of its transaction. */
  boolean isCompletedByWorker() {
    return completedByWorker;
  }

  /**
   * Ends the attempt if its claim did not hold for a write in a transaction of the worker.
   *
   * @throws IllegalStateException if the job is completed already: by this very transaction, or by
   *     an earlier one
   */
  void requireHeld(Standing standing, String what) {
    switch (standing) {
      case HELD -> {}
      case COMPLETED -> {
        if (!completedByWorker) {
          loseJob();
        }
        throw new IllegalStateException(
            "%s is completed already, by completeTx: %s cannot follow it [CAIRN-312]"
                .formatted(describe(), what));
      }
      case REWOUND -> {
        // The job is still ours: the outcome hands it back.
        interrupt(InterruptionReason.LEASE_LOST);
        yieldIfInterrupted();
      }
      case ENDED, LOST -> loseJob();
    }
  }

  @Override
  public <T extends @Nullable Object> T inTransaction(TransactionBody<T> body) throws Exception {
    requireActive("inTransaction");
    yieldIfInterrupted();
    var last = new AtomicReference<Connection>();
    boolean committed = false;
    try {
      T result =
          services
              .transactions()
              .<T>run(
                  describe(),
                  connection -> {
                    last.set(connection);
                    return body.run(connection);
                  },
                  gate);
      committed = true;
      checkpoints.committed(Objects.requireNonNull(last.get()));
      return result;
    } finally {
      Connection failed = last.get();
      if (!committed && failed != null) {
        checkpoints.failed(failed);
      }
    }
  }

  @Override
  public Thread fork(Runnable body) {
    requireActive("fork");
    var logging = new AtomicReference<@Nullable Map<String, String>>();
    gate.during(() ->
        ForeignCode.run(
            "The MDC", "when a job forked", () -> logging.set(MDC.getCopyOfContextMap())));
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    Thread thread =
        Thread.ofVirtual()
            .name(Thread.currentThread().getName() + "-fork")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> runForked(body, logging.get()));
    thread.setContextClassLoader(loader);
    gate.add(thread);
    timeLimits.inherit(thread);
    thread.start();
    return thread;
  }

  private void runForked(Runnable body, @Nullable Map<String, String> logging) {
    try {
      if (logging != null) {
        gate.during(() ->
            ForeignCode.run("The MDC", "in a fork of a job", () -> MDC.setContextMap(logging)));
      }
      body.run();
    } finally {
      timeLimits.leave();
      gate.remove(Thread.currentThread());
    }
  }

  @Override
  public <T extends @Nullable Object> T within(Duration limit, Callable<T> body) throws Exception {
    requireActive("within");
    yieldIfInterrupted();
    return timeLimits.run(limit, describe(), body);
  }

  @Override
  public Quarantine quarantine() {
    return new AttemptQuarantine(this, services.quarantine());
  }

  @Override
  public Waits waits() {
    return waits;
  }

  AttemptWaits attemptWaits() {
    return waits;
  }

  @Override
  public boolean isHeard(EventKind kind) {
    return services.events().isHeard(kind);
  }

  @Override
  public void publish(Event event) {
    gate.during(() -> services.events().publish(event));
  }

  /** Tells on another thread, so that nobody who is here waits for a listener. */
  void publishLater(Event event) {
    if (isHeard(event.kind())) {
      services.teller().tell(() -> services.events().publish(event));
    }
  }

  @Override
  public Checkpoints checkpoints() {
    return workersCheckpoints;
  }

  AttemptCheckpoints attemptCheckpoints() {
    return checkpoints;
  }

  /** Ends the attempt at once: what it still does is not written to the job (R5). */
  void loseJob() {
    lose();
    services.register().suspect();
    yieldIfInterrupted();
  }

  /** What a statement has answered that names the claim; ends the attempt if that is over. */
  <T> T held(Fenced<T> answer) {
    T value = answer.value();
    if (value == null) {
      loseJob();
      throw new IllegalStateException("an attempt that has lost its job goes on");
    }
    return value;
  }

  /** Runs a statement on the job's own thread, with interrupts kept away. */
  <T> T guarded(Supplier<T> statement) {
    gate.enter();
    try {
      return statement.get();
    } finally {
      gate.exit();
    }
  }

  void requireActive(String call) {
    if (ended) {
      throw new IllegalStateException(
          "%s is over: %s was called after its worker had returned [CAIRN-311]"
              .formatted(describe(), call));
    }
  }

  /** Names the job and the attempt in messages. */
  String describe() {
    return describe(claimed);
  }

  private static String describe(ClaimedJob claimed) {
    return "job %d (%s), attempt %d"
        .formatted(claimed.claim().jobId(), claimed.kind(), claimed.attempt());
  }
}
