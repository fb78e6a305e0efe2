package dev.cairn.jobs;

import dev.cairn.QueueOptions;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The queues of a schema. A queue is known from the time a client first works it until a day after
 * the last client has stopped working it. Thread-safe.
 *
 * <p>Takes part in the transaction that the calling thread is in, and exists for the transaction of
 * a connection, as {@link Jobs} does. A queue is then paused or resumed when that commits. Only
 * {@link #add} and {@link #remove} are not part of it: they change this client, at once.
 *
 * <p>If a method fails in a transaction, roll that back. In a transaction with {@code REPEATABLE
 * READ} or {@code SERIALIZABLE}, a change also fails if another transaction has changed the queue
 * meanwhile, as clients do when they record that they work it: run the whole transaction again.
 * Change several queues in the order of their names.
 */
public interface Queues {
  /** All known queues, by name. */
  List<QueueRow> list();

  /** A known queue; empty if there is none of this name. */
  Optional<QueueRow> find(String name);

  /** All known queues, as the connection's transaction sees them. */
  List<QueueRow> list(Connection connection);

  /** A queue as the connection's transaction sees it. */
  Optional<QueueRow> find(Connection connection, String name);

  /**
   * What waits in all queues. The cost of this statement is bounded, even for tables of ten million
   * jobs.
   *
   * @throws dev.cairn.CairnException if it takes longer than ten seconds
   */
  Backlog backlog();

  /** What waits in all queues, as the connection's transaction sees it. */
  Backlog backlog(Connection connection);

  /**
   * Stops all clients from claiming jobs of this queue. Running jobs continue. Pausing a paused
   * queue does nothing.
   *
   * @param name the name of one queue; {@code *} is not a name: use {@link #pauseAll()} for all
   * @return whether there is such a queue
   */
  boolean pause(String name);

  /** Pauses a queue when the connection's transaction commits. */
  boolean pause(Connection connection, String name);

  /**
   * Pauses a queue, and records in its metadata who did it and why ({@link QueueRow#pausedBy()}).
   * The rest of the metadata stays as it is.
   *
   * @param by who pauses it
   * @param reason why; null if there is no reason to be told
   * @return whether there is such a queue
   * @throws IllegalArgumentException if the name has more than 200 characters, or the reason more
   *     than 1,000
   */
  boolean pause(String name, String by, @Nullable String reason);

  /** Pauses a queue and records who did it when the connection's transaction commits. */
  boolean pause(Connection connection, String name, String by, @Nullable String reason);

  /** Pauses all known queues. */
  void pauseAll();

  /** Pauses all known queues when the connection's transaction commits. */
  void pauseAll(Connection connection);

  /**
   * Lets clients claim jobs of this queue again.
   *
   * @param name the name of one queue; {@code *} is not a name: use {@link #resumeAll()} for all
   * @return whether there is such a queue
   */
  boolean resume(String name);

  /** Resumes a queue when the connection's transaction commits. */
  boolean resume(Connection connection, String name);

  /** Resumes all known queues. */
  void resumeAll();

  /** Resumes all known queues when the connection's transaction commits. */
  void resumeAll(Connection connection);

  /**
   * Replaces the metadata of a queue and tells all clients, unless the metadata is longer than some
   * 7,900 bytes, which no notification can hold: clients of River then read it at their next start.
   *
   * @param metadata a JSON object
   * @return the queue after the change; empty if there is none
   * @throws IllegalArgumentException if the metadata is not a JSON object
   */
  Optional<QueueRow> update(String name, String metadata);

  /** Changes a queue's metadata in the transaction of a connection. */
  Optional<QueueRow> update(Connection connection, String name, String metadata);

  /**
   * Makes this client work another queue, at once if it is started.
   *
   * @throws IllegalArgumentException if the name or number is out of range, or the client works
   *     that queue already or has no workers
   */
  void add(String name, int maxWorkers);

  /**
   * Makes this client work another queue, with its own settings. Throws the same exceptions as
   * {@link #add(String, int)}.
   */
  void add(String name, QueueOptions options);

  /**
   * Stops this client from claiming jobs of a queue. Running jobs continue. If the queue is added
   * again meanwhile, they count towards its new limit.
   *
   * @return whether this client worked the queue
   */
  boolean remove(String name);
}
