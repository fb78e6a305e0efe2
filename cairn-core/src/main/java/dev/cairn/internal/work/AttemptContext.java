package dev.cairn.internal.work;

import dev.cairn.Cairn;
import dev.cairn.ContextKey;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobInterruption;
import dev.cairn.TransactionBody;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.internal.foreign.LentConnection;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.store.TransactionWatches;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.ForeseenEnd;
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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An attempt as its worker and middleware see it: the attributes that they share, and the calls
 * that they may make until the worker has returned. Thread-safe.
 */
final class AttemptContext implements MiddlewareContext {
  private final Attempt attempt;
  private final AttemptServices services;
  private final Foresight foresight;
  private final Checkpoints checkpoints;
  private final TransactionWatches watches = new TransactionWatches();
  private final Map<ContextKey<?>, Object> attributes = new HashMap<>(4);

  AttemptContext(Attempt attempt, AttemptServices services, Foresight foresight) {
    this.attempt = attempt;
    this.services = services;
    this.foresight = foresight;
    this.checkpoints = new WorkersCheckpoints(attempt.checkpoints(), services.checkpoints());
  }

  @Override
  public Job<?> job() {
    return attempt.job();
  }

  @Override
  public Cairn client() {
    return services.client();
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
  public Optional<InterruptionReason> interruption() {
    return attempt.interruption();
  }

  @Override
  public void yieldIfInterrupted() {
    attempt.yieldIfInterrupted();
  }

  @Override
  public JobInterruption yieldNow(String why) {
    attempt.requireActive("yieldNow");
    attempt.stopRequest().askBecause(Objects.requireNonNull(why, "why"));
    attempt.yieldIfInterrupted();
    throw new IllegalStateException("an interrupted attempt goes on");
  }

  @Override
  public void setMetadata(String key, @Nullable Object value) {
    attempt.requireActive("setMetadata");
    attempt.metadata().set(key, value);
  }

  @Override
  public void recordOutput(@Nullable Object value) {
    attempt.requireActive("recordOutput");
    attempt.metadata().recordOutput(value);
  }

  @Override
  public void completeTx(Connection connection) {
    attempt.completeTx(connection);
  }

  @Override
  public <T extends @Nullable Object> T inTransaction(TransactionBody<T> body) throws Exception {
    attempt.requireActive("inTransaction");
    attempt.yieldIfInterrupted();
    return watches.<T>follow(body, this::runTransaction);
  }

  private <T extends @Nullable Object> T runTransaction(TransactionBody<T> body) throws Exception {
    var last = new AtomicReference<Connection>();
    boolean committed = false;
    try {
      T result =
          services
              .transactions()
              .<T>run(
                  attempt.describe(),
                  connection -> {
                    last.set(connection);
                    T value = body.run(connection);
                    LentConnection.requireOpen(
                        connection, this::requireDatabase, attempt::describe);
                    return value;
                  },
                  attempt.threads().gate());
      committed = true;
      attempt.checkpoints().committed(Objects.requireNonNull(last.get()));
      return result;
    } finally {
      Connection failed = last.get();
      if (!committed && failed != null) {
        attempt.checkpoints().failed(failed);
      }
    }
  }

  /** Throws if the attempt has to stop, or the database is not available. */
  private void requireDatabase() {
    attempt.yieldIfInterrupted();
    var ignored = attempt.checkpoints().read("");
  }

  @Override
  public <T extends @Nullable Object> T inCurrentTransaction(String what, TransactionBody<T> body)
      throws Exception {
    attempt.requireActive(what);
    return services.transactions().current().require(what + " in " + attempt.describe(), body);
  }

  @Override
  public Thread fork(Runnable body) {
    attempt.requireActive("fork");
    return attempt.threads().fork(body);
  }

  @Override
  public void wrapForks(UnaryOperator<Runnable> wrapper) {
    attempt.threads().wrapForks(Objects.requireNonNull(wrapper, "wrapper"));
  }

  @Override
  public void watchTransactions(TransactionWatch watch) {
    watches.add(Objects.requireNonNull(watch, "watch"));
  }

  @Override
  public <T extends @Nullable Object> T within(Duration limit, Callable<T> body) throws Exception {
    attempt.requireActive("within");
    attempt.yieldIfInterrupted();
    return attempt.threads().within(limit, attempt.describe(), body);
  }

  @Override
  public boolean hasCalledCompleteTx() {
    return attempt.isCompletedByWorker();
  }

  @Override
  public ForeseenEnd foreseeEnd(@Nullable Throwable failure) {
    services.deadlines().judge(attempt, failure);
    return foresight.of(attempt, failure);
  }

  @Override
  public Optional<Duration> queueWait() {
    boolean keptItsPlace =
        attempt.metadata().counted(MetadataKeys.INTERRUPTIONS) > 0
            || attempt.metadata().counted(MetadataKeys.RESCUE_COUNT) > 0;
    return keptItsPlace ? Optional.empty() : Optional.of(attempt.times().queueWait());
  }

  @Override
  public boolean isHeard(EventKind kind) {
    return services.events().isHeard(kind);
  }

  @Override
  public void publish(Event event) {
    attempt.threads().gate().during(() -> services.events().publish(event));
  }

  @Override
  public Checkpoints checkpoints() {
    return checkpoints;
  }

  @Override
  public Quarantine quarantine() {
    return new AttemptQuarantine(attempt, services.quarantine());
  }

  @Override
  public Waits waits() {
    return attempt.waits();
  }
}
