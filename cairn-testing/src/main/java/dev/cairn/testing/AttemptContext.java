package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.ContextKey;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobInterruption;
import dev.cairn.TransactionBody;
import dev.cairn.WorkContext;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.Quarantine;
import dev.cairn.spi.Waits;
import dev.cairn.testing.InterruptionPoint.Disturbance;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** One attempt that is worked without a database. Thread-safe. */
final class AttemptContext implements WorkContext {
  private final Job<?> job;
  private final Surroundings surroundings;
  private final Interruptions interruptions;
  private final RunWatch watch;
  private final MemoryCheckpoints checkpoints;
  private final MemoryWaits waits;
  private final MemoryQuarantine quarantine = new MemoryQuarantine();
  private final Map<ContextKey<?>, Object> attributes = new HashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Set<InterruptionPoint> notReached = new HashSet<>();
  private volatile @Nullable InterruptionReason interruption;
  private volatile boolean raised;
  private volatile boolean inTransaction;

  AttemptContext(
      Job<?> job,
      Surroundings surroundings,
      Interruptions interruptions,
      Checkpoints.Saved saved,
      RunWatch watch) {
    this.job = job;
    this.surroundings = surroundings;
    this.interruptions = interruptions;
    this.notReached.addAll(interruptions.points());
    this.watch = watch;
    this.checkpoints = new MemoryCheckpoints(this, watch, surroundings.marks(), saved);
    this.waits = new MemoryWaits(this, job, surroundings.signals(), surroundings.later());
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
    watch.requireAlive();
    InterruptionReason reason = interruption;
    if (reason != null) {
      raised = true;
      throw new JobInterruption(reason, describe() + " is interrupted by its test: " + reason);
    }
  }

  @Override
  public JobInterruption yieldNow() {
    return yieldNow("its worker has asked for it");
  }

  @Override
  public JobInterruption yieldNow(String why) {
    yieldIfInterrupted();
    interrupt(InterruptionReason.REQUESTED);
    raised = true;
    throw new JobInterruption(
        InterruptionReason.REQUESTED, "%s has to stop: %s".formatted(describe(), why));
  }

  /** Asks the attempt to stop. */
  void interrupt(InterruptionReason reason) {
    interruption = reason;
  }

  /** The reason, if the job's code has been told of it. */
  Optional<InterruptionReason> raised() {
    return raised ? interruption() : Optional.empty();
  }

  /** A checkpoint is about to be saved: perhaps the test wants the code to fail there. */
  void passes(Checkpoint checkpoint) {
    if (comesTo(Disturbance.FAILED, checkpoint)) {
      throw new IllegalStateException(
          "%s fails here, as its test wants it: %s".formatted(describe(), checkpoint.name()));
    }
  }

  /** A checkpoint has been saved: perhaps the test wants something to happen there. */
  void passed(Checkpoint checkpoint) {
    if (comesTo(Disturbance.INTERRUPTED, checkpoint)) {
      interruption = interruptions.reason();
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

  /** The job turns out to be somebody else's. */
  void endAsStale() {
    interruption = InterruptionReason.LEASE_LOST;
    yieldIfInterrupted();
  }

  /**
   * Looks whether the job has come to a place where its test wants to disturb it.
   *
   * @throws AssertionError if it has come to none of them
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
    String json = surroundings.codec().encode(value);
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
  public void recordOutput(@Nullable Object value) {
    setMetadata("output", value);
  }

  @Override
  public void completeTx(Connection connection) {
    requireDatabase("completeTx");
    yieldIfInterrupted();
    checkpoints.requireHeld();
  }

  @Override
  public <T extends @Nullable Object> T inTransaction(TransactionBody<T> body) throws Exception {
    DataSource database = requireDatabase("inTransaction");
    yieldIfInterrupted();
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      inTransaction = true;
      try {
        T result = body.run(connection);
        Checkpoint saved = checkpoints.uncommitted();
        watch.reached(Boundary.Kind.BEFORE_COMMIT, saved, this);
        connection.commit();
        inTransaction = false;
        checkpoints.committed();
        watch.reached(Boundary.Kind.AFTER_COMMIT, saved, this);
        return result;
      } catch (Throwable e) {
        checkpoints.rolledBack();
        connection.rollback();
        throw e;
      } finally {
        inTransaction = false;
        connection.setAutoCommit(true);
      }
    }
  }

  boolean isInTransaction() {
    return inTransaction;
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
                + " the database through CairnExtension.work(...)")
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

  @Override
  public Waits waits() {
    return waits;
  }

  MemoryWaits memoryWaits() {
    return waits;
  }

  @Override
  public Thread fork(Runnable body) {
    return Thread.ofVirtual().name(Thread.currentThread().getName() + "-fork").start(body);
  }

  /** Without a clock: what a test works takes as long as it takes. */
  @Override
  public <T extends @Nullable Object> T within(Duration limit, Callable<T> body) throws Exception {
    yieldIfInterrupted();
    return body.call();
  }

  MemoryCheckpoints memory() {
    return checkpoints;
  }

  private String describe() {
    return "job %d (%s), attempt %d".formatted(job.id(), job.kind(), job.attempt());
  }
}
