package dev.cairn.testing;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The checkpoints of one attempt that is worked without a database. Thread-safe. */
final class MemoryCheckpoints implements Checkpoints {
  private final AttemptContext context;
  private final Saved saved;
  private final Map<String, Checkpoint> current = new LinkedHashMap<>();

  /** Of the transaction that the context has open; they become true with its commit. */
  private final List<Checkpoint> uncommitted = new ArrayList<>();

  MemoryCheckpoints(AttemptContext context, Saved saved) {
    this.context = context;
    this.saved = saved;
    saved.checkpoints().forEach(checkpoint -> current.put(checkpoint.name(), checkpoint));
  }

  @Override
  public Saved load() {
    return saved;
  }

  @Override
  public synchronized Optional<Checkpoint> read(String name) {
    return Optional.ofNullable(current.get(name));
  }

  @Override
  public synchronized void save(Checkpoint checkpoint) {
    current.put(checkpoint.name(), checkpoint);
    context.passed(checkpoint);
  }

  @Override
  public void flush() {
    // A map has nothing to wait for.
  }

  @Override
  public synchronized void replaceAll(List<Checkpoint> state) {
    current.clear();
    state.forEach(checkpoint -> current.put(checkpoint.name(), checkpoint));
  }

  @Override
  public void progressed() {
    // No attempt is counted here.
  }

  @Override
  public synchronized void saveTx(Connection connection, Checkpoint checkpoint) {
    context.requireDatabase("saving a checkpoint in a transaction");
    context.yieldIfInterrupted();
    if (context.isInTransaction()) {
      uncommitted.add(checkpoint);
    } else {
      save(checkpoint);
    }
  }

  synchronized void committed() {
    uncommitted.forEach(this::save);
    uncommitted.clear();
  }

  synchronized void rolledBack() {
    uncommitted.clear();
  }

  synchronized List<Checkpoint> all() {
    return List.copyOf(current.values());
  }
}
