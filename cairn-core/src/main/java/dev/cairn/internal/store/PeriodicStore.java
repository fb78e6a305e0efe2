package dev.cairn.internal.store;

import java.sql.Connection;
import java.time.Instant;

/**
 * The due times of durable periodic jobs. A row that another session has locked is waited for only
 * briefly: the statement then fails with a {@link ContendedException}.
 */
public interface PeriodicStore {
  /** The clock of the database. */
  Instant now();

  /**
   * When a durable job is due next. If the job is new, this is {@code first}, which is then stored.
   */
  Instant nextRun(String id, Instant first);

  /**
   * Moves a durable job to its next due time, in a transaction. From then on, this transaction
   * waits only briefly for any other lock as well.
   *
   * @return false if another client has moved it from {@code expected}
   */
  boolean advance(Connection connection, String id, Instant expected, Instant next);

  /**
   * Lets the commit of this transaction wait for longer: if it notifies, it has to wait for all
   * others that do. Comes last in a transaction that has called {@link #advance} and inserts jobs.
   */
  void waitForCommit(Connection connection);
}
