package dev.cairn.internal.work;

import dev.cairn.Cairn;
import dev.cairn.ContextKey;
import dev.cairn.Event;
import dev.cairn.EventKind;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobInterruption;
import dev.cairn.ResumePolicy;
import dev.cairn.StepEvent;
import dev.cairn.TransactionBody;
import dev.cairn.WorkContext;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.StorableJson;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.Quarantine;
import dev.cairn.spi.Waits;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import tools.jackson.databind.json.JsonMapper;

/**
 * One running attempt of a job: the owner of everything that belongs to it alone. Thread-safe: the
 * worker's threads, and those that watch over it, meet here.
 */
final class Attempt implements WorkContext {
  /** The most bytes of a recorded output, as in River. */
  private static final int OUTPUT_MAX = 32 << 20;

  private final ClaimedJob claimed;
  private final Job<?> job;
  private final AttemptServices services;
  private final Slot slot;
  private final InterruptGate gate;
  private final AttemptCheckpoints checkpoints;
  private final AttemptWaits waits;
  private final TimeLimits timeLimits;
  private final OpenTransactions transactions = new OpenTransactions();
  private final ResumePolicy policy;
  private final Map<ContextKey<?>, Object> attributes = new HashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final AtomicBoolean outcomeTaken = new AtomicBoolean();
  private volatile @Nullable InterruptionReason interruption;
  private volatile boolean raised;
  private volatile @Nullable String ownReason;
  private final long startedNanos = System.nanoTime();
  private volatile long endedNanos;
  private volatile boolean ended;
  private volatile boolean stuck;
  private volatile long deadlineNanos = Long.MAX_VALUE;
  private volatile long interruptAtNanos = Long.MAX_VALUE;
  private volatile long maxRuntimeNanos = Long.MAX_VALUE;

  /** An attempt of the calling thread. */
  Attempt(
      ClaimedJob claimed, Job<?> job, AttemptServices services, Slot slot, ResumePolicy policy) {
    this.claimed = claimed;
    this.job = job;
    this.services = services;
    this.slot = slot;
    this.gate = new InterruptGate(Thread.currentThread());
    this.checkpoints = new AttemptCheckpoints(this, services);
    this.waits = new AttemptWaits(this, services.waits());
    this.timeLimits = new TimeLimits(gate);
    this.policy = policy;
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
    return Optional.ofNullable(interruption);
  }

  @Override
  public void yieldIfInterrupted() {
    InterruptionReason reason = interruption;
    if (reason != null) {
      raised = true;
      throw new JobInterruption(reason, describe() + " has to stop: " + explain(reason));
    }
    timeLimits.check();
  }

  @Override
  public JobInterruption yieldNow() {
    return yieldNow("its worker has asked for it");
  }

  @Override
  public JobInterruption yieldNow(String why) {
    requireActive("yieldNow");
    ownReason = Objects.requireNonNull(why, "why");
    interrupt(InterruptionReason.REQUESTED);
    yieldIfInterrupted();
    throw new IllegalStateException("an interrupted attempt goes on");
  }

  /** In words, for people. */
  String explain(InterruptionReason reason) {
    return switch (reason) {
      case SHUTDOWN -> "its client shuts down";
      case CANCELLED -> "it was cancelled";
      case TIMEOUT -> "its timeout has passed";
      case MAX_RUNTIME -> "it has had its time, and others wait";
      case PROGRESS_DEADLINE -> "its checkpoints have not moved for too long";
      case SUSPENDED -> "it waits";
      case REQUESTED -> Objects.requireNonNullElse(ownReason, "somebody has interrupted it");
      case PAUSED -> "it was paused";
      case LEASE_LOST -> "it was rescued, claimed again, changed or deleted in the meantime";
    };
  }

  /**
   * Asks the attempt to stop; the first reason stays, but for the loss of the job. Whether this is
   * the reason now.
   */
  synchronized boolean interrupt(InterruptionReason reason) {
    if (interruption == null || reason == InterruptionReason.LEASE_LOST) {
      interruption = reason;
    }
    return interruption == reason;
  }

  boolean hasLostJob() {
    return interruption == InterruptionReason.LEASE_LOST;
  }

  /** Whether a worker that returned normally has swallowed an interruption (R13). */
  boolean hasRaisedInterruption() {
    return raised;
  }

  /** When the timeout passes, in {@link System#nanoTime()}; far away if there is none. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  void setDeadline(long nanos) {
    deadlineNanos = nanos;
  }

  /** When the thread is to be interrupted, in {@link System#nanoTime()}. */
  long interruptAtNanos() {
    return interruptAtNanos;
  }

  void setInterruptAt(long nanos) {
    interruptAtNanos = nanos;
  }

  /** When it began, in {@link System#nanoTime()}. */
  long startedNanos() {
    return startedNanos;
  }

  /** When the attempt has had its time, in {@link System#nanoTime()}. */
  long maxRuntimeNanos() {
    return maxRuntimeNanos;
  }

  void setMaxRuntime(long nanos) {
    maxRuntimeNanos = nanos;
  }

  /** When the checkpoints have not moved for too long, in {@link System#nanoTime()}. */
  long progressDeadlineNanos() {
    Duration deadline = policy.progressDeadline();
    return deadline == null ? Long.MAX_VALUE : checkpoints.lastMoveNanos() + deadline.toNanos();
  }

  StepEvent.Origin origin() {
    return new StepEvent.Origin(job.id(), job.kind(), job.attempt());
  }

  ResumePolicy policy() {
    return policy;
  }

  boolean isStuck() {
    return stuck;
  }

  /** It goes on long after its timeout, and that was reported. */
  void markStuck() {
    stuck = true;
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

  /** True for the first caller only, who has to see to the outcome. */
  boolean takeOutcome() {
    return outcomeTaken.compareAndSet(false, true);
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
    StorableJson.requireText("metadata key", key);
    stage(key, services.codec().encode(value));
  }

  private void stage(String key, String encoded) {
    String json = StorableJson.require("metadata '%s' of %s".formatted(key, describe()), encoded);
    synchronized (metadata) {
      metadata.put(key, json);
    }
  }

  @Override
  public void recordOutput(@Nullable Object value) {
    String json = services.codec().encode(value);
    // A character takes four bytes at most: what cannot be too large is not counted.
    if (json.length() > OUTPUT_MAX / 4
        && json.getBytes(StandardCharsets.UTF_8).length > OUTPUT_MAX) {
      throw new IllegalArgumentException(
          "the output of %s is larger than %d MB: keep it elsewhere and record where"
              .formatted(describe(), OUTPUT_MAX >> 20));
    }
    stage("output", json);
  }

  /** How many attempts a failure gives back because the job has come further (R19). */
  int renewal() {
    boolean renews = policy.progressRenewsAttempts() && checkpoints.hasProgressed();
    return renews ? Math.max(job.attempt() - 1, 0) : 0;
  }

  /** How often the job has failed if this attempt fails, the renewed attempts included. */
  int failuresInLife() {
    return counted(Counters.ATTEMPTS_RENEWED) + job.attempt();
  }

  /** A number in the job's metadata as it was at the claim; zero if there is none. */
  int counted(String key) {
    return claimed.metadata().contains('"' + key + '"')
        ? JsonMapper.shared().readTree(claimed.metadata()).path(key).asInt(0)
        : 0;
  }

  /** Adds one to a number in the job's metadata. */
  void countInMetadata(String key) {
    setMetadata(key, counted(key) + 1);
  }

  /** The staged metadata as a JSON object; null if there is none. */
  @Nullable String stagedMetadata() {
    synchronized (metadata) {
      if (metadata.isEmpty()) {
        return null;
      }
      var object = new StringBuilder("{");
      metadata.forEach((key, json) -> {
        object.append(object.length() > 1 ? "," : "");
        object.append(services.codec().encode(key)).append(':').append(json);
      });
      return object.append('}').toString();
    }
  }

  @Override
  public void completeTx(Connection connection) {
    requireActive("completeTx");
    yieldIfInterrupted();
    // What is still on its way could not be deleted by the caller's transaction.
    checkpoints.flush();
    boolean holds =
        guarded(() -> services.jobs().completeTx(connection, claimed.claim(), stagedMetadata()));
    if (!holds) {
      loseJob();
    }
    transactions.locked();
  }

  @Override
  public <T extends @Nullable Object> T inTransaction(TransactionBody<T> body) throws Exception {
    requireActive("inTransaction");
    yieldIfInterrupted();
    return services
        .transactions()
        .<T>run(connection -> transactions.during(() -> body.run(connection)), gate);
  }

  OpenTransactions transactions() {
    return transactions;
  }

  @Override
  public Thread fork(Runnable body) {
    requireActive("fork");
    Map<String, String> logging = MDC.getCopyOfContextMap();
    Thread thread =
        Thread.ofVirtual()
            .name(Thread.currentThread().getName() + "-fork")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> {
              if (logging != null) {
                MDC.setContextMap(logging);
              }
              try {
                body.run();
              } finally {
                gate.remove(Thread.currentThread());
              }
            });
    gate.add(thread);
    thread.start();
    return thread;
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
    services.events().publish(event);
  }

  @Override
  public Checkpoints checkpoints() {
    return checkpoints;
  }

  AttemptCheckpoints attemptCheckpoints() {
    return checkpoints;
  }

  /** Ends the attempt at once: what it still does is not written to the job (R5). */
  void loseJob() {
    interrupt(InterruptionReason.LEASE_LOST);
    yieldIfInterrupted();
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
          "%s is over: %s was called after its worker had returned".formatted(describe(), call));
    }
  }

  /** Names the job and the attempt in messages. */
  String describe() {
    return "job %d (%s), attempt %d"
        .formatted(claimed.claim().jobId(), claimed.kind(), claimed.attempt());
  }
}
