package dev.cairn.internal.store;

import java.sql.Connection;
import java.time.Instant;

/**
 * The due times of durable periodic jobs. Statements wait only briefly for a row that another
 * session has locked, and then fail with a {@link ContendedException}.
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
   * @return false if the due time is no longer {@code expected}, because another client has moved
   *     it
   */
  boolean advance(Connection connection, String id, Instant expected, Instant next);

  /**
   * Lets the commit of this transaction wait longer: a commit that sends notifications waits for
   * all other commits that do. Call it last in a transaction that has called {@link #advance} and
   * inserts jobs.
   */
  void waitForCommit(Connection connection);
}
