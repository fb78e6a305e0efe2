package dev.cairn.internal.client;

import dev.cairn.QueueOptions;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.internal.work.Engine;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueRow;
import dev.cairn.jobs.Queues;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The implementation of {@link Queues}. */
public final class StoredQueues implements Queues {
  private static final String ALL = "*";

  private final QueueStore store;

  private final Supplier<Engine> engine;

  public StoredQueues(QueueStore store, Supplier<Engine> engine) {
    this.store = store;
    this.engine = engine;
  }

  @Override
  public List<QueueRow> list() {
    return store.list();
  }

  @Override
  public Optional<QueueRow> find(String name) {
    return store.find(name);
  }

  @Override
  public List<QueueRow> list(Connection connection) {
    return store.in(connection).list();
  }

  @Override
  public Optional<QueueRow> find(Connection connection, String name) {
    return store.in(connection).find(name);
  }

  @Override
  public Backlog backlog() {
    return store.backlog();
  }

  /** The store would take {@code *} for all queues. */
  private static boolean isOne(String name) {
    return !ALL.equals(name);
  }

  @Override
  public boolean pause(String name) {
    return isOne(name) && store.pause(name) > 0;
  }

  @Override
  public boolean pause(Connection connection, String name) {
    return isOne(name) && store.in(connection).pause(name) > 0;
  }

  @Override
  public void pauseAll() {
    store.pause(ALL);
  }

  @Override
  public void pauseAll(Connection connection) {
    store.in(connection).pause(ALL);
  }

  @Override
  public boolean resume(String name) {
    return isOne(name) && store.resume(name) > 0;
  }

  @Override
  public boolean resume(Connection connection, String name) {
    return isOne(name) && store.in(connection).resume(name) > 0;
  }

  @Override
  public void resumeAll() {
    store.resume(ALL);
  }

  @Override
  public void resumeAll(Connection connection) {
    store.in(connection).resume(ALL);
  }

  @Override
  public Optional<QueueRow> update(String name, String metadata) {
    return store.update(
        name, StorableJson.requireObject("the metadata of queue '%s'".formatted(name), metadata));
  }

  @Override
  public Optional<QueueRow> update(Connection connection, String name, String metadata) {
    return store
        .in(connection)
        .update(
            name,
            StorableJson.requireObject("the metadata of queue '%s'".formatted(name), metadata));
  }

  @Override
  public void add(String name, int maxWorkers) {
    add(name, QueueOptions.of(maxWorkers));
  }

  @Override
  public void add(String name, QueueOptions options) {
    engine.get().addQueue(name, options);
  }

  @Override
  public boolean remove(String name) {
    return engine.get().removeQueue(name);
  }
}
