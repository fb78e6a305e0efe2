package dev.cairn.testing;

import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.OpenTransaction;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import dev.cairn.testing.Boundary.Kind;
import dev.cairn.testing.Change.Release;
import dev.cairn.testing.Change.Write;
import java.sql.Connection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The checkpoints of one attempt that is worked without a database. Thread-safe. */
final class MemoryCheckpoints implements Checkpoints {
  private final AttemptContext context;
  private final RunWatch watch;
  private final WorkersTransactions transactions;
  private final Lock settling = new ReentrantLock();
  private final Map<String, Write> current = new LinkedHashMap<>();

  /** What a killed process would leave. */
  private final Map<String, Write> durable = new LinkedHashMap<>();

  private Saved saved;
  private long sequence;
  private int buffered;
  private final Set<String> elsewhere = ConcurrentHashMap.newKeySet();
  private volatile boolean progressed;

  /** What the client that has taken over the job finds; null while this attempt has the job. */
  private @Nullable List<Checkpoint> takenOver;

  MemoryCheckpoints(
      AttemptContext context, RunWatch watch, WorkersTransactions transactions, Saved saved) {
    this.context = context;
    this.watch = watch;
    this.transactions = transactions;
    this.saved = saved;
    saved.checkpoints().forEach(checkpoint -> putDurable(new Write(checkpoint, 0)));
  }

  private void putDurable(Write write) {
    put(current, write);
    put(durable, write);
  }

  private static void put(Map<String, Write> writes, Write write) {
    writes.merge(
        write.checkpoint().name(),
        write,
        (one, other) -> other.sequence() >= one.sequence() ? other : one);
  }

  @Override
  public synchronized Saved load() {
    context.requireAlive("load");
    return saved;
  }

  /** The committed checkpoints, without the buffered ones. */
  @Override
  public Optional<Checkpoint> read(String name) {
    context.requireAlive("read");
    requireHeld();
    settle(null);
    synchronized (this) {
      return Optional.ofNullable(durable.get(name)).map(Write::checkpoint);
    }
  }

  @Override
  public Optional<Checkpoint> readTx(Connection connection, String name) {
    Optional<Checkpoint> open = transactions.written(connection, name);
    return open.isPresent() ? open : read(name);
  }

  @Override
  public void save(Checkpoint checkpoint) {
    context.requireActive("save");
    requireStorable(checkpoint);
    if (watch.isOver()) {
      watch.savedAfterDeath(checkpoint);
      return;
    }
    settle(null);
    synchronized (this) {
      context.passes(checkpoint);
      put(current, new Write(checkpoint, ++sequence));
      buffered++;
      context.passed(checkpoint);
    }
    watch.reached(Kind.SAVED, checkpoint, context);
  }

  @Override
  public void flush() {
    context.requireActive("flush");
    if (watch.isOver()) {
      return;
    }
    requireHeld();
    if (makeDurable()) {
      watch.reached(Kind.FLUSHED, null, context);
    }
  }

  /** Makes all checkpoints durable. Returns whether any of them was not durable before. */
  synchronized boolean makeDurable() {
    boolean changed = !durable.equals(current);
    durable.clear();
    durable.putAll(current);
    buffered = 0;
    return changed;
  }

  /** How many saves would be lost if the process died now. */
  synchronized int buffered() {
    return buffered;
  }

  /** Makes the attempt stale: its checkpoints are no longer written, and a flush throws. */
  synchronized void lose() {
    takenOver = checkpoints(durable);
  }

  /** Whether another client has taken the job over. */
  synchronized boolean isLost() {
    return takenOver != null;
  }

  /**
   * Ends a stale attempt where a client would ask the database.
   *
   * @throws dev.cairn.JobInterruption if another client has the job
   */
  void requireHeld() {
    if (isLost()) {
      context.endAsStale();
    }
  }

  @Override
  public void replaceAll(List<Checkpoint> state) {
    context.requireAlive("replaceAll");
    requireHeld();
    state.forEach(this::requireStorable);
    synchronized (this) {
      current.clear();
      durable.clear();
      state.forEach(checkpoint -> putDurable(new Write(checkpoint, ++sequence)));
      buffered = 0;
      saved = new Saved(state, false, saved.hasItemsAside());
    }
  }

  @Override
  public void rename(Set<String> gone, List<Checkpoint> renamed) {
    context.requireAlive("rename");
    requireHeld();
    renamed.forEach(this::requireStorable);
    synchronized (this) {
      makeDurable();
      current.keySet().removeAll(gone);
      durable.keySet().removeAll(gone);
      renamed.forEach(checkpoint -> putDurable(new Write(checkpoint, ++sequence)));
      saved = new Saved(checkpoints(current), false, saved.hasItemsAside());
    }
  }

  @Override
  public void takeOver(List<Checkpoint> state) {
    replaceAll(state);
  }

  @Override
  public void progressed() {
    progressed = true;
  }

  @Override
  public void moved(String name, boolean isElsewhere) {
    boolean ignored = isElsewhere ? elsewhere.add(name) : elsewhere.remove(name);
  }

  /** Whether the attempt has finished a step, or moved any cursor to another position. */
  boolean hasMoved() {
    return progressed || !elsewhere.isEmpty();
  }

  @Override
  public void saveTx(Connection connection, Checkpoint checkpoint) {
    context.requireAlive("saveTx");
    context.requireDatabase("saving a checkpoint in a transaction");
    OpenTransaction.require(connection, "advanceTx or finishTx", context::describe);
    saveTx(connection, checkpoint, false);
  }

  @Override
  public void saveLastTx(Connection connection, Checkpoint checkpoint) {
    saveTx(connection, checkpoint, true);
  }

  private void saveTx(Connection connection, Checkpoint checkpoint, boolean last) {
    context.requireAlive("saveTx");
    context.requireDatabase("saving a checkpoint in a transaction");
    settle(connection);
    if (last) {
      // An interruption waits until the transaction is committed, so that its work is kept.
      context.yieldUnlessWorkIsKept();
    } else {
      context.yieldIfInterrupted();
    }
    requireStorable(checkpoint);
    transactions.requireHeld(connection, "a checkpoint");
    context.passes(checkpoint);
    Write write;
    synchronized (this) {
      write = new Write(checkpoint, ++sequence);
    }
    transactions.add(connection, write);
    if (!transactions.isOfContext(connection)) {
      watch.reached(Kind.BEFORE_COMMIT, checkpoint, context);
    }
  }

  /**
   * Takes note of the changes in transactions that have turned out to be committed.
   *
   * @param open a connection to ask by; null for another one
   */
  void settle(@Nullable Connection open) {
    // No other branch may read before these changes are applied.
    settling.lock();
    try {
      for (Change change : transactions.committed(open)) {
        switch (change) {
          case Write write -> committed(write);
          case Release release -> context.memoryQuarantine().released(release);
        }
      }
    } finally {
      settling.unlock();
    }
  }

  private synchronized void committed(Write write) {
    putDurable(write);
    context.passed(write.checkpoint());
  }

  synchronized List<Checkpoint> all() {
    return checkpoints(current);
  }

  /** What is left of them when the process is killed, or was when the job was taken over. */
  synchronized List<Checkpoint> survivors() {
    return takenOver != null ? takenOver : checkpoints(durable);
  }

  private static List<Checkpoint> checkpoints(Map<String, Write> writes) {
    return writes.values().stream().map(Write::checkpoint).toList();
  }

  private void requireStorable(Checkpoint checkpoint) {
    Supplier<String> what =
        () -> "checkpoint '%s' of %s".formatted(checkpoint.name(), context.describe());
    StorableJson.requireText(() -> "the name of " + what.get(), checkpoint.name());
    if (checkpoint.value() != null) {
      StorableJson.require(what, checkpoint.value());
    }
  }
}
