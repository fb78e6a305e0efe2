package dev.cairn.internal.store;

import java.sql.Connection;
import java.time.Instant;

/** What durable periodic jobs remember. */
public interface PeriodicStore {
  /** The clock of the database. */
  Instant now();

  /** When a durable job is due next; {@code first}, which is then remembered, if it is new. */
  Instant nextRun(String id, Instant first);

  /**
   * Moves a durable job on, in a transaction.
   *
   * @return false if somebody else has moved it from {@code expected}
   */
  boolean advance(Connection connection, String id, Instant expected, Instant next);
}
