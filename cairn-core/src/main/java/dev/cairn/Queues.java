package dev.cairn;

import dev.cairn.internal.store.QueueStore;
import dev.cairn.internal.work.Engine;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The queues of a schema. A queue is known from the time a client first works it until a day after
 * the last client has stopped working it. Thread-safe.
 */
public final class Queues {
  private static final String ALL = "*";

  private final QueueStore store;
  private final Supplier<Engine> engine;

  Queues(QueueStore store, Supplier<Engine> engine) {
    this.store = store;
    this.engine = engine;
  }

  /** All known queues, by name. */
  public List<QueueRow> list() {
    return store.list();
  }

  public Optional<QueueRow> find(String name) {
    return store.find(name);
  }

  /** All known queues, as the caller's transaction sees them. */
  public List<QueueRow> list(Connection connection) {
    return store.in(connection).list();
  }

  /** A queue as the caller's transaction sees it. */
  public Optional<QueueRow> find(Connection connection, String name) {
    return store.in(connection).find(name);
  }

  /**
   * Stops all clients from claiming jobs of this queue. Running jobs continue. Pausing a paused
   * queue does nothing.
   *
   * @return whether there is such a queue
   */
  public boolean pause(String name) {
    return store.pause(name) > 0;
  }

  /** Pauses a queue when the caller's transaction commits. */
  public boolean pause(Connection connection, String name) {
    return store.in(connection).pause(name) > 0;
  }

  /** Pauses all known queues. */
  public void pauseAll() {
    store.pause(ALL);
  }

  /** Pauses all known queues when the caller's transaction commits. */
  public void pauseAll(Connection connection) {
    store.in(connection).pause(ALL);
  }

  /**
   * Lets clients claim jobs of this queue again.
   *
   * @return whether there is such a queue
   */
  public boolean resume(String name) {
    return store.resume(name) > 0;
  }

  /** Resumes a queue when the caller's transaction commits. */
  public boolean resume(Connection connection, String name) {
    return store.in(connection).resume(name) > 0;
  }

  /** Resumes all known queues. */
  public void resumeAll() {
    store.resume(ALL);
  }

  /** Resumes all known queues when the caller's transaction commits. */
  public void resumeAll(Connection connection) {
    store.in(connection).resume(ALL);
  }

  /**
   * Replaces the metadata of a queue and tells all clients.
   *
   * @param metadata a JSON object
   * @return the queue after the change; empty if there is none
   */
  public Optional<QueueRow> update(String name, String metadata) {
    return store.update(
        name, NewJobs.requireObject("the metadata of queue '%s'".formatted(name), metadata));
  }

  /** Changes a queue's metadata in the caller's transaction. */
  public Optional<QueueRow> update(Connection connection, String name, String metadata) {
    return store
        .in(connection)
        .update(
            name, NewJobs.requireObject("the metadata of queue '%s'".formatted(name), metadata));
  }

  /**
   * Makes this client work another queue, at once if it is started.
   *
   * @throws IllegalArgumentException if the name or number is out of range, or the client works
   *     that queue already
   */
  public void add(String name, int maxWorkers) {
    add(name, QueueOptions.of(maxWorkers));
  }

  /** Makes this client work another queue, with its own settings. */
  public void add(String name, QueueOptions options) {
    engine.get().addQueue(name, options);
  }

  /**
   * Stops this client from claiming jobs of a queue. Running jobs continue.
   *
   * @return whether it worked it
   */
  public boolean remove(String name) {
    return engine.get().removeQueue(name);
  }
}
