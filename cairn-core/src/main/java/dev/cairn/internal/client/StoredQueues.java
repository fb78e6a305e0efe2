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
import org.jspecify.annotations.Nullable;

/** The implementation of {@link Queues}. */
public final class StoredQueues implements Queues {
  private static final String ALL = "*";
  private static final int BY_MAX = 200;
  private static final int REASON_MAX = 1_000;

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

  /** Whether this is the name of one queue. For the store, {@code *} means all queues. */
  private static boolean isOne(String name) {
    return !ALL.equals(name);
  }

  @Override
  public boolean pause(String name) {
    return isOne(name) && store.pause(name, null, null) > 0;
  }

  @Override
  public boolean pause(Connection connection, String name) {
    return isOne(name) && store.in(connection).pause(name, null, null) > 0;
  }

  @Override
  public boolean pause(String name, String by, @Nullable String reason) {
    return pause(store, name, by, reason);
  }

  @Override
  public boolean pause(Connection connection, String name, String by, @Nullable String reason) {
    return pause(store.in(connection), name, by, reason);
  }

  private static boolean pause(QueueStore queues, String name, String by, @Nullable String reason) {
    return isOne(name)
        && queues.pause(
                name,
                text("the name of the operator", by, BY_MAX),
                reason == null ? null : text("the reason of a pause", reason, REASON_MAX))
            > 0;
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
    store.pause(ALL, null, null);
  }

  @Override
  public void pauseAll(Connection connection) {
    store.in(connection).pause(ALL, null, null);
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
