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
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Fenced;
import dev.cairn.internal.store.MetadataKeys;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.MiddlewareContext;
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
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One running attempt of a job: the owner of everything that belongs to it alone. Thread-safe: the
 * worker's threads, and those that watch over it, meet here.
 */
final class Attempt implements MiddlewareContext, Run {
  /** The most bytes of a recorded output, as in River, and of any other value of the metadata. */
  private static final int OUTPUT_MAX = 32 << 20;

  /** Keys of River's that decide what becomes of the job; all of Cairn's begin alike. */
  private static final Set<String> RESERVED =
      Set.of(
          MetadataKeys.RESCUE_COUNT,
          MetadataKeys.RESUMABLE_STEP,
          MetadataKeys.RESUMABLE_CURSOR,
          MetadataKeys.CANCEL_ATTEMPTED_AT);

  private static final int COUNT_MAX = 1_000_000_000;
  private static final Log log = Log.of(Attempt.class);

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
  private final AttemptLimits limits;
  private final OpenTransactions transactions = new OpenTransactions();
  private final ResumePolicy policy;
  private final Map<ContextKey<?>, Object> attributes = new HashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private volatile boolean completedByWorker;

  /** Its own: the worker knows this object, and may do with its monitor what it likes. */
  private final Object lock = new Object();

  private volatile @Nullable InterruptionReason interruption;
  private volatile boolean lost;
  private volatile boolean raised;
  private volatile @Nullable String ownReason;
  private final long startedNanos = System.nanoTime();
  private volatile long endedNanos;
  private volatile boolean ended;
  private volatile boolean stuck;
  private volatile long interruptAtNanos = Long.MAX_VALUE;

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
    this.limits = new AttemptLimits(policy, checkpoints::lastMoveNanos);
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
      case TIMEOUT -> "its %s has passed".formatted(limits.timeout());
      case MAX_RUNTIME ->
          "it has had its time, %s, and others wait".formatted(limits.maxRuntimeText());
      case PROGRESS_DEADLINE ->
          "its checkpoints have not moved for " + limits.progressDeadlineText();
      case SUSPENDED -> "it waits";
      case REQUESTED -> Objects.requireNonNullElse(ownReason, "somebody has interrupted it");
      case PAUSED -> "it was paused";
      case LEASE_LOST ->
          lost
              ? "it was rescued, claimed again, changed or deleted in the meantime"
              : "its client could not send its heartbeat, or the database has lost its checkpoints";
      case DATABASE_LOST ->
          "its connection to the database broke, or the server was shut down; this uses up no"
              + " attempt";
    };
  }

  /**
   * Asks the attempt to stop. The first reason stays, but for the loss of the lease, and for a
   * cancellation of what may end by itself: that one is not to go on.
   */
  @Override
  public void interrupt(InterruptionReason reason) {
    synchronized (lock) {
      InterruptionReason first = interruption;
      if (first == null
          || reason == InterruptionReason.LEASE_LOST
          || (reason == InterruptionReason.CANCELLED && Deadlines.arePatientWith(first))) {
        interruption = reason;
      }
    }
  }

  /** Asks the attempt to stop; whether this is the reason now. */
  boolean interruptFor(InterruptionReason reason) {
    synchronized (lock) {
      interrupt(reason);
      return interruption == reason;
    }
  }

  @Override
  public void lose() {
    synchronized (lock) {
      lost = true;
      interruption = InterruptionReason.LEASE_LOST;
    }
  }

  /** Whether the job is somebody else's, or may be. */
  boolean hasLostLease() {
    return interruption == InterruptionReason.LEASE_LOST;
  }

  /** Throws if the job is somebody else's, or may be: nothing more should be begun for it. */
  void yieldIfLeaseLost() {
    if (hasLostLease()) {
      yieldIfInterrupted();
    }
  }

  /** Whether the job is somebody else's, so that no outcome is written. */
  boolean hasLostJob() {
    return lost;
  }

  /** Whether a worker that returned normally has swallowed an interruption (R13). */
  boolean hasRaisedInterruption() {
    return raised;
  }

  AttemptLimits limits() {
    return limits;
  }

  /**
   * Asks the attempt to stop if one of its limits has passed. One that was asked before and has not
   * stopped within its limits has failed, or it would be given back without end. In a shutdown it
   * has what is left of the grace.
   */
  void interruptIfLimitHasPassed(long now) {
    synchronized (lock) {
      InterruptionReason first = interruption;
      if (first != null
          && (first == InterruptionReason.SHUTDOWN || !Deadlines.arePatientWith(first))) {
        return;
      }
      InterruptionReason passed = limits.passed(now);
      if (first == null || (passed != null && passed != InterruptionReason.MAX_RUNTIME)) {
        interruption = passed;
      }
    }
  }

  /**
   * The attempt uses steps for the first time. One that has run into its timeout just before has to
   * stop all the same: it is either of the two, never both.
   */
  void usesSteps() {
    synchronized (lock) {
      if (interruption == InterruptionReason.TIMEOUT) {
        return;
      }
      limits.watchProgress();
    }
    services.deadlines().watch(this);
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
    if (key.startsWith(MetadataKeys.OWN_PREFIX) || RESERVED.contains(key)) {
      throw new IllegalArgumentException(
          "%s cannot set '%s' of its metadata: Cairn keeps its own account there. Use another key [CAIRN-207]"
              .formatted(describe(), key));
    }
    stage(key, encoded(() -> "metadata '%s' of %s".formatted(key, describe()), value));
  }

  /** What would be refused when the outcome is written would take that along: it is refused now. */
  private String encoded(Supplier<String> what, @Nullable Object value) {
    String json = StorableJson.encoded(what, () -> services.codec().encode(value));
    // A character takes four bytes at most: what cannot be too large is not counted.
    if (json.length() > OUTPUT_MAX / 4
        && json.getBytes(StandardCharsets.UTF_8).length > OUTPUT_MAX) {
      throw new IllegalArgumentException(
          "%s is larger than %d MB: keep it elsewhere and record where [CAIRN-205]"
              .formatted(what.get(), OUTPUT_MAX >> 20));
    }
    return json;
  }

  private void stage(String key, String json) {
    synchronized (metadata) {
      metadata.put(key, json);
    }
  }

  @Override
  public void recordOutput(@Nullable Object value) {
    stage(MetadataKeys.OUTPUT, encoded(() -> "the output of " + describe(), value));
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
    return counted(MetadataKeys.ATTEMPTS_RENEWED) + job.attempt();
  }

  /**
   * A number in the job's metadata as it was at the claim; zero if there is none, or something else
   * in its place: whoever inserts a job may write there what they like.
   */
  int counted(String key) {
    if (!claimed.metadata().contains('"' + key + '"')) {
      return 0;
    }
    try {
      JsonNode value = JsonMapper.shared().readTree(claimed.metadata()).path(key);
      return value.canConvertToInt() ? Math.clamp(value.intValue(), 0, COUNT_MAX) : 0;
    } catch (JacksonException e) {
      log.warn(
          "{}: '{}' cannot be read in its metadata, and counts as zero [CAIRN-529]",
          describe(),
          key,
          e);
      return 0;
    }
  }

  /** Adds one to a number in the job's metadata. */
  void countInMetadata(String key) {
    setCounter(key, counted(key) + 1);
  }

  /** Sets a number in the job's metadata; without the user's codec, which may fail. */
  void setCounter(String key, int number) {
    stage(key, Integer.toString(number));
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
        object.append(JsonMapper.shared().writeValueAsString(key)).append(':').append(json);
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
    Standing standing =
        guarded(
            () -> services.jobs().completeTx(connection, checkpoints.fenced(), stagedMetadata()));
    requireHeld(standing, "its completion");
    completedByWorker = true;
    transactions.locked();
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
                    return transactions.during(() -> body.run(connection));
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

  OpenTransactions transactions() {
    return transactions;
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
    return "job %d (%s), attempt %d"
        .formatted(claimed.claim().jobId(), claimed.kind(), claimed.attempt());
  }
}
