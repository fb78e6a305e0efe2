package dev.cairn.internal.client;

import dev.cairn.QueueOptions;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.CurrentTransaction;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.internal.work.Engine;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueRow;
import dev.cairn.jobs.Queues;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The implementation of {@link Queues}. */
public final class StoredQueues implements Queues {
  private static final String ALL = "*";
  private static final int BY_MAX = 200;
  private static final int REASON_MAX = 1_000;

  private final JoiningStore<QueueStore> store;

  private final Supplier<Engine> engine;

  /**
   * The queues of this store.
   *
   * @param current the transactions that calls without a connection join
   */
  public StoredQueues(QueueStore store, Supplier<Engine> engine, CurrentTransaction current) {
    this.store = new JoiningStore<>(store, QueueStore::in, current);
    this.engine = engine;
  }

  @Override
  public List<QueueRow> list() {
    return store.read(QueueStore::list);
  }

  @Override
  public Optional<QueueRow> find(String name) {
    return store.read(it -> it.find(name));
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
    return store.read(QueueStore::backlog);
  }

  @Override
  public Backlog backlog(Connection connection) {
    return store.in(connection).backlog();
  }

  /** Whether this is the name of one queue. For the store, {@code *} means all queues. */
  private static boolean isOne(String name) {
    return !ALL.equals(name);
  }

  @Override
  public boolean pause(String name) {
    return isOne(name) && store.write(it -> it.pause(name, null, null)) > 0;
  }

  @Override
  public boolean pause(Connection connection, String name) {
    return isOne(name) && store.in(connection).pause(name, null, null) > 0;
  }

  @Override
  public boolean pause(String name, String by, @Nullable String reason) {
    return isOne(name) && store.write(pausing(name, by, reason)) > 0;
  }

  @Override
  public boolean pause(Connection connection, String name, String by, @Nullable String reason) {
    return isOne(name) && pausing(name, by, reason).apply(store.in(connection)) > 0;
  }

  private static Function<QueueStore, Integer> pausing(
      String name, String by, @Nullable String reason) {
    String who = text("the name of the operator", by, BY_MAX);
    String why = reason == null ? null : text("the reason of a pause", reason, REASON_MAX);
    return queues -> queues.pause(name, who, why);
  }

  private static String text(String what, String given, int most) {
    String text = StorableJson.requireText(what, given);
    if (text.length() > most) {
      throw new IllegalArgumentException(
          "%s may have %d characters, not %d".formatted(what, most, text.length()));
    }
    return text;
  }

  @Override
  public void pauseAll() {
    store.write(it -> it.pause(ALL, null, null));
  }

  @Override
  public void pauseAll(Connection connection) {
    store.in(connection).pause(ALL, null, null);
  }

  @Override
  public boolean resume(String name) {
    return isOne(name) && store.write(it -> it.resume(name)) > 0;
  }

  @Override
  public boolean resume(Connection connection, String name) {
    return isOne(name) && store.in(connection).resume(name) > 0;
  }

  @Override
  public void resumeAll() {
    store.write(it -> it.resume(ALL));
  }

  @Override
  public void resumeAll(Connection connection) {
    store.in(connection).resume(ALL);
  }

  @Override
  public Optional<QueueRow> update(String name, String metadata) {
    String object = object(name, metadata);
    return store.write(it -> it.update(name, object));
  }

  @Override
  public Optional<QueueRow> update(Connection connection, String name, String metadata) {
    return store.in(connection).update(name, object(name, metadata));
  }

  private static String object(String name, String metadata) {
    return StorableJson.requireObject("the metadata of queue '%s'".formatted(name), metadata);
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
