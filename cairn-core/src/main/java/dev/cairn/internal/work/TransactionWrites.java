package dev.cairn.internal.work;

import dev.cairn.internal.store.CheckpointStore.Committed;
import dev.cairn.internal.store.CheckpointStore.Doubtful;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.FencedClaim.Follow;
import java.sql.Connection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one attempt that were written in transactions of the worker. Each is in doubt
 * until its commit is known, and counts as durable only then. Thread-safe.
 */
final class TransactionWrites {
  private final DurableWrites durable;

  /** The names of checkpoints that a transaction of the worker has written and may still lock. */
  private final Set<String> contended = new HashSet<>();

  /**
   * The writes that only record that a step has begun, by name. Without those of steps for which a
   * later transaction was committed.
   */
  private final Map<String, CheckpointWrite> beginnings = new HashMap<>();

  /** The writes that are not known to be committed, by name. */
  private final Map<String, Write> open = new HashMap<>();

  /**
   * A write in a transaction of the worker.
   *
   * @param transaction the number of the transaction
   * @param last whether the write was meant to be the last one before the commit
   * @param finishes whether the write finishes a step, which happens once
   * @param doubtful whether the write was looked for and not found, or its commit has failed: it
   *     may still be committed
   */
  private record Write(
      Connection connection,
      long transaction,
      long sequence,
      long mark,
      boolean last,
      boolean finishes,
      boolean doubtful) {
    Write doubted() {
      return new Write(connection, transaction, sequence, mark, last, finishes, true);
    }

    /** Whether a write of another transaction must be refused if this one is committed. */
    boolean mustNotBeFollowed() {
      return doubtful || finishes;
    }
  }

  TransactionWrites(DurableWrites durable) {
    this.durable = durable;
  }

  /** Notes that a write of this name is about to be sent. */
  synchronized void contend(String name) {
    contended.add(name);
  }

  /**
   * Notes that a checkpoint of this name is saved outside of transactions. Returns whether a
   * transaction of the worker may still lock its row.
   */
  synchronized boolean follow(String name) {
    beginnings.remove(name);
    return contended.contains(name);
  }

  /**
   * Keeps the write that records that a step has begun, because a transaction is about to write a
   * later checkpoint of that step. If the transaction is rolled back, the step has still begun.
   *
   * @return null, for {@code Map.computeIfPresent}: the write is no longer pending
   */
  synchronized @Nullable CheckpointWrite setApart(CheckpointWrite beginning) {
    beginnings.put(beginning.checkpoint().name(), beginning);
    return null;
  }

  /** The beginnings whose transactions may have been rolled back. */
  synchronized List<CheckpointWrite> beginnings() {
    return List.copyOf(beginnings.values());
  }

  /** Drops all beginnings, because the job starts from zero, or nothing more can be written. */
  synchronized void forgetBeginnings() {
    beginnings.clear();
  }

  /** The earlier write that another transaction must not follow; null if there is none. */
  synchronized @Nullable Doubtful before(String name) {
    Write before = open.get(name);
    return before != null && before.mustNotBeFollowed()
        ? new Doubtful(before.sequence(), before.transaction())
        : null;
  }

  /**
   * Notes that a write was sent and has succeeded. It takes the place of the previous write of that
   * name, whose result may still be open. So this is not called while the new write may fail.
   *
   * @param transaction the number of the transaction
   * @param mark the mark of the durable writes from before this write was sent
   * @param last whether the write is meant to be the last one before the commit
   */
  synchronized void written(
      Connection connection, long transaction, CheckpointWrite write, long mark, boolean last) {
    open.put(
        write.checkpoint().name(),
        new Write(
            connection,
            transaction,
            write.sequence(),
            mark,
            last,
            write.checkpoint().finished(),
            false));
  }

  /**
   * Notes what a read of a checkpoint has found. If the last write is missing, the code continues
   * from the state of the database, so the transaction of that write must not be committed any
   * more. It may still try: for example, an interrupt may break a connection that has already sent
   * its commit.
   *
   * @param committed the checkpoint that this claim has written; empty if there is none
   */
  synchronized void settle(String name, Optional<Committed> committed) {
    Write write = open.get(name);
    if (write == null) {
      return;
    }
    long sequence = committed.map(Committed::sequence).orElse(0L);
    if (sequence < write.sequence()) {
      open.put(name, write.doubted());
      return;
    }
    if (sequence == write.sequence()) {
      durable.add(Follow.checkpoint(name, sequence), write.mark());
    }
    open.remove(name);
    beginnings.remove(name);
  }

  /** Notes that a transaction of Cairn on this connection was committed. */
  @SuppressWarnings("ReferenceEquality") // the same object is meant
  synchronized void committed(Connection connection) {
    open.entrySet()
        .removeIf(entry -> {
          Write write = entry.getValue();
          boolean isOf = write.connection() == connection && write.last();
          if (isOf) {
            durable.add(Follow.checkpoint(entry.getKey(), write.sequence()), write.mark());
            beginnings.remove(entry.getKey());
          }
          return isOf;
        });
  }

  /** Notes that a transaction of Cairn on this connection has failed, possibly at its commit. */
  @SuppressWarnings("ReferenceEquality") // the same object is meant
  synchronized void failed(Connection connection) {
    open.replaceAll((name, write) -> write.connection() == connection ? write.doubted() : write);
  }

  /** Whether a transaction with one of these writes may still be open. */
  synchronized boolean mayBeOpen() {
    return !open.isEmpty();
  }
}
