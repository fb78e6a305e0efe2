package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.ContextKey;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobInterruption;
import dev.cairn.TransactionBody;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.CurrentTransaction;
import dev.cairn.internal.store.OpenTransaction;
import dev.cairn.internal.store.TransactionWatches;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.ForeseenEnd;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import dev.cairn.spi.Waits;
import dev.cairn.testing.InterruptionPoint.Disturbance;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** One attempt that is worked without a database. Thread-safe. */
final class AttemptContext implements MiddlewareContext {
  /** The most bytes of a recorded output, and of any other value of the metadata. */
  private static final int OUTPUT_MAX = 32 << 20;

  private final Job<?> job;
  private final Surroundings surroundings;
  private final Interruptions interruptions;
  private final RunWatch watch;
  private final WorkersTransactions transactions;
  private final TransactionWatches watches = new TransactionWatches();
  private final MemoryCheckpoints checkpoints;
  private final MemoryWaits waits;
  private final TimeLimits timeLimits = new TimeLimits();
  private final MemoryQuarantine quarantine;
  private final Map<ContextKey<?>, Object> attributes = new HashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Deque<UnaryOperator<Runnable>> wrappers = new ConcurrentLinkedDeque<>();
  private final Set<InterruptionPoint> notReached = new HashSet<>();
  private volatile @Nullable InterruptionReason interruption;
  private volatile boolean raised;
  private volatile boolean ended;
  private final Thread own = Thread.currentThread();

  AttemptContext(
      Job<?> job,
      Surroundings surroundings,
      Interruptions interruptions,
      AttemptTemplate template,
      RunWatch watch) {
    this.job = job;
    this.surroundings = surroundings;
    this.interruptions = interruptions;
    this.notReached.addAll(interruptions.points());
    this.watch = watch;
    this.transactions = new WorkersTransactions(this, watch, surroundings.dataSource());
    this.checkpoints = new MemoryCheckpoints(this, watch, transactions, template.saved());
    this.quarantine = new MemoryQuarantine(this, transactions, template.quarantined());
    this.waits = new MemoryWaits(this, job, surroundings.signals());
  }

  @Override
  public Job<?> job() {
    return job;
  }

  @Override
  public Cairn client() {
    Cairn client = surroundings.client();
    if (client == null) {
      throw needsDatabase("the client", "JobTester.withClient(...)");
    }
    return client;
  }

  @Override
  public Optional<InterruptionReason> interruption() {
    return Optional.ofNullable(interruption);
  }

  @Override
  public void yieldIfInterrupted() {
    if (watch.isOver()) {
      return;
    }
    InterruptionReason reason = interruption;
    if (reason != null) {
      raised = true;
      throw new JobInterruption(reason, describe() + " is interrupted by its test: " + reason);
    }
    timeLimits.check();
  }

  /** Like {@link #yieldIfInterrupted}, but only the loss of the lease interrupts. */
  void yieldUnlessWorkIsKept() {
    if (interruption == InterruptionReason.LEASE_LOST) {
      yieldIfInterrupted();
    }
    timeLimits.check();
  }

  @Override
  public JobInterruption yieldNow(String why) {
    requireActive("yieldNow");
    Objects.requireNonNull(why, "why");
    yieldIfInterrupted();
    interrupt(InterruptionReason.REQUESTED);
    raised = true;
    throw new JobInterruption(
        InterruptionReason.REQUESTED, "%s has to stop: %s".formatted(describe(), why));
  }

  /** Asks the attempt to stop; the first reason stays, but for the loss of the lease. */
  synchronized void interrupt(InterruptionReason reason) {
    if (interruption == null || reason == InterruptionReason.LEASE_LOST) {
      interruption = reason;
    }
  }

  /** The reason, if the job's code knows it. */
  Optional<InterruptionReason> raised() {
    return raised ? interruption() : Optional.empty();
  }

  /** Called before a checkpoint is saved. The test may make the code fail there. */
  void passes(Checkpoint checkpoint) {
    if (comesTo(Disturbance.FAILED, checkpoint)) {
      throw new IllegalStateException(
          "%s fails here, as its test wants it: %s".formatted(describe(), checkpoint.name()));
    }
  }

  /** Called after a checkpoint was saved. The test may disturb the job there. */
  void passed(Checkpoint checkpoint) {
    if (comesTo(Disturbance.INTERRUPTED, checkpoint)) {
      if (interruptions.reason() == InterruptionReason.LEASE_LOST) {
        checkpoints.lose();
      }
      interrupt(interruptions.reason());
    }
    if (comesTo(Disturbance.LOST, checkpoint)) {
      checkpoints.lose();
    }
    if (comesTo(Disturbance.KILLED, checkpoint)) {
      watch.kill();
    }
  }

  private boolean comesTo(Disturbance disturbance, Checkpoint checkpoint) {
    synchronized (notReached) {
      return notReached.removeIf(
          point -> point.disturbance() == disturbance && point.isReachedBy(checkpoint));
    }
  }

  /** Ends the attempt, because the job belongs to another client. */
  void endAsStale() {
    interrupt(InterruptionReason.LEASE_LOST);
    yieldIfInterrupted();
  }

  /**
   * Checks that the job has reached a place at which the test disturbs it.
   *
   * @throws AssertionError if the job has reached none of them
   */
  void requireDisturbance(@Nullable Throwable thrown) {
    synchronized (notReached) {
      if (!interruptions.points().isEmpty() && notReached.size() == interruptions.points().size()) {
        throw new AssertionError(
            "%s should be %s, but did not come there".formatted(describe(), interruptions.points()),
            thrown);
      }
    }
  }

  @Override
  public boolean hasCalledCompleteTx() {
    return transactions.wereToComplete();
  }

  @Override
  public ForeseenEnd foreseeEnd(@Nullable Throwable failure) {
    return Judgement.foresee(this, failure);
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
    requireActive("setMetadata");
    StorableJson.requireText("metadata key", key);
    MetadataKeys.requireFree(key, describe());
    stage(key, encoded(() -> "metadata '%s' of %s".formatted(key, describe()), value));
  }

  @Override
  public void recordOutput(@Nullable Object value) {
    requireActive("recordOutput");
    stage(MetadataKeys.OUTPUT, encoded(() -> "the output of " + describe(), value));
  }

  private String encoded(Supplier<String> what, @Nullable Object value) {
    String json = StorableJson.encoded(what, () -> surroundings.codec().encode(value));
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

  /** JSON by key. */
  Map<String, String> stagedMetadata() {
    synchronized (metadata) {
      return new LinkedHashMap<>(metadata);
    }
  }

  @Override
  public void completeTx(Connection connection) {
    requireAlive("completeTx");
    requireDatabase("completeTx");
    OpenTransaction.require(connection, "completeTx", this::describe);
    yieldIfInterrupted();
    checkpoints.flush();
    transactions.requireHeld(connection, "its completion");
    transactions.complete(connection);
    if (!transactions.isOfContext(connection)) {
      watch.reached(Boundary.Kind.BEFORE_COMMIT, null, this);
    }
  }

  @Override
  public <T extends @Nullable Object> T inTransaction(TransactionBody<T> body) throws Exception {
    requireAlive("inTransaction");
    DataSource database = requireDatabase("inTransaction");
    yieldIfInterrupted();
    return watches.<T>follow(
        body, watched -> transactions.run(database, surroundings.transactions(), watched));
  }

  @Override
  public <T extends @Nullable Object> T inCurrentTransaction(String what, TransactionBody<T> body)
      throws Exception {
    requireAlive(what);
    return CurrentTransaction.of(surroundings.transactions())
        .require(what + " in " + describe(), body);
  }

  WorkersTransactions transactions() {
    return transactions;
  }

  DataSource requireDatabase(String call) {
    DataSource database = surroundings.dataSource();
    if (database == null) {
      throw needsDatabase(call, "JobTester.withDataSource(...)");
    }
    return database;
  }

  private IllegalStateException needsDatabase(String what, String setting) {
    return new IllegalStateException(
        ("%s needs a database, and %s is worked without one: give it with %s, or work the job with"
                + " the database through CairnExtension.work(...) [CAIRN-811]")
            .formatted(what, describe(), setting));
  }

  @Override
  public Checkpoints checkpoints() {
    return checkpoints;
  }

  @Override
  public Quarantine quarantine() {
    return quarantine;
  }

  MemoryQuarantine memoryQuarantine() {
    return quarantine;
  }

  @Override
  public Waits waits() {
    return waits;
  }

  MemoryWaits memoryWaits() {
    return waits;
  }

  @Override
  public void watchTransactions(TransactionWatch watch) {
    watches.add(Objects.requireNonNull(watch, "watch"));
  }

  @Override
  public void wrapForks(UnaryOperator<Runnable> wrapper) {
    wrappers.addFirst(Objects.requireNonNull(wrapper, "wrapper"));
  }

  @Override
  public Thread fork(Runnable code) {
    requireAlive("fork");
    Runnable body = code;
    for (UnaryOperator<Runnable> wrapper : wrappers) {
      body = wrapper.apply(body);
    }
    Thread thread =
        Thread.ofVirtual()
            .name(Thread.currentThread().getName() + "-fork")
            .inheritInheritableThreadLocals(false)
            .unstarted(OtherThreads.ofRun(leavingLimits(watch.inTurn(body))));
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    watch.forked(thread);
    timeLimits.inherit(thread);
    thread.start();
    return thread;
  }

  private Runnable leavingLimits(Runnable body) {
    return () -> {
      try {
        body.run();
      } finally {
        timeLimits.leave();
      }
    };
  }

  @Override
  public <T extends @Nullable Object> T within(Duration limit, Callable<T> body) throws Exception {
    requireActive("within");
    yieldIfInterrupted();
    return timeLimits.run(limit, describe(), body);
  }

  MemoryCheckpoints memory() {
    return checkpoints;
  }

  /** Ends the attempt: later calls are refused. */
  void end() {
    ended = true;
    try {
      checkpoints.settle(null);
    } catch (Killed e) {
      // Its test kills it there: the watch knows.
    }
  }

  /** Refuses a call that cannot be ignored once the run is over. */
  void requireAlive(String call) {
    requireActive(call);
    watch.requireAlive();
  }

  @SuppressWarnings("ReferenceEquality") // the very same thread is meant
  void requireActive(String call) {
    if (ended) {
      if (Thread.currentThread() != own) {
        watch.calledLate(Thread.currentThread());
      }
      throw new IllegalStateException(
          "%s is over: %s was called after its worker had returned [CAIRN-311]"
              .formatted(describe(), call));
    }
  }

  /** Names the job and the attempt in messages. */
  String describe() {
    return "job %d (%s), attempt %d".formatted(job.id(), job.kind(), job.attempt());
  }
}
