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
   * Moves a durable job to its next due time, in a transaction. Until its end, this transaction
   * waits only briefly for any other lock as well.
   *
   * @return false if another client has moved it from {@code expected}
   */
  boolean advance(Connection connection, String id, Instant expected, Instant next);
}
