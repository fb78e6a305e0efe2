package dev.cairn.internal.work;

import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.CheckpointStore.Committed;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.OpenTransaction;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The checkpoints of an attempt, for its worker. A worker may lock the monitor of any object that
 * it has, so it does not get the object that the writer of all jobs locks.
 */
record WorkersCheckpoints(AttemptCheckpoints target, CheckpointStore store) implements Checkpoints {
  @Override
  public Saved load() {
    return target.load();
  }

  @Override
  public Optional<Checkpoint> read(String name) {
    return target.read(name);
  }

  @Override
  public Optional<Checkpoint> readTx(Connection connection, String name) {
    Attempt attempt = target.attempt();
    attempt.requireActive("readTx");
    Claim claim = attempt.claimed().claim();
    return attempt
        .held(attempt.guarded(() -> store.readTx(connection, claim, name)))
        .map(Committed::checkpoint);
  }

  @Override
  public void save(Checkpoint checkpoint) {
    target.save(checkpoint);
  }

  @Override
  public void flush() {
    target.flush();
  }

  @Override
  public void saveTx(Connection connection, Checkpoint checkpoint) {
    OpenTransaction.require(connection, "advanceTx or finishTx", target.attempt()::describe);
    target.saveTx(connection, checkpoint);
  }

  @Override
  public void saveLastTx(Connection connection, Checkpoint checkpoint) {
    target.saveLastTx(connection, checkpoint);
  }

  @Override
  public void replaceAll(List<Checkpoint> state) {
    target.replaceAll(state);
  }

  @Override
  public void rename(Set<String> gone, List<Checkpoint> renamed) {
    target.rename(gone, renamed);
  }

  @Override
  public void takeOver(List<Checkpoint> state) {
    target.takeOver(state);
  }

  @Override
  public void working() {
    target.working();
  }

  @Override
  public void progressed() {
    target.progressed();
  }

  @Override
  public void moved(String name, boolean isElsewhere) {
    target.moved(name, isElsewhere);
  }
}
