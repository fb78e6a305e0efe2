package dev.cairn.internal.store;

import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueRow;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The queues that clients work. */
public interface QueueStore {
  /** The same store in the caller's transaction. */
  QueueStore in(Connection connection);

  /**
   * Records that these queues are in use. Skips queues that another transaction is changing at that
   * moment.
   *
   * @param names each once
   * @return whether all were recorded
   */
  boolean touch(Collection<String> names);

  List<QueueRow> list();

  Optional<QueueRow> find(String name);

  /** The jobs that wait in the queues, counted up to a limit. */
  Backlog backlog();

  /**
   * Pauses a queue, or all queues if the name is {@code *}, and notifies the clients.
   *
   * @param by who pauses it, to be recorded with the reason; null to record neither
   * @return the number of matching queues
   */
  int pause(String name, @Nullable String by, @Nullable String reason);

  /**
   * Resumes a queue, or all queues if the name is {@code *}, deletes the record of who paused it,
   * and notifies the clients.
   */
  int resume(String name);

  /** Replaces the metadata and notifies the clients. */
  Optional<QueueRow> update(String name, String metadata);

  /**
   * Marks paused queues as in use, so that no leader deletes them: with its row, a queue would lose
   * its pause. Skips queues that were marked within the last hour.
   */
  void keepPaused();

  /**
   * Deletes queues that no client has worked for this long.
   *
   * @return the number of deleted queues
   */
  int clean(Duration unused, int limit);
}
