package dev.cairn.internal.store;

import java.sql.Connection;
import java.time.Instant;

/** The due times of durable periodic jobs. */
public interface PeriodicStore {
  /** The clock of the database. */
  Instant now();

  /**
   * When a durable job is due next. If the job is new, this is {@code first}, which is then stored.
   */
  Instant nextRun(String id, Instant first);

  /**
   * Moves a durable job to its next due time, in a transaction.
   *
   * @return false if another client has moved it from {@code expected}
   */
  boolean advance(Connection connection, String id, Instant expected, Instant next);
}
