package dev.cairn.internal.store;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The due times of durable periodic jobs. Statements wait only briefly for a row that another
 * session has locked, and then fail with a {@link ContendedException}.
 */
public interface PeriodicStore {
  /** How far the clock of a leader of River for Go may be ahead of the database's. */
  Duration AHEAD_MAX = Duration.ofSeconds(10);

  /** The clock of the database. */
  Instant now();

  /**
   * When a durable job is due next. If the job is new, this is {@code first}, which is then stored.
   */
  Instant nextRun(String id, Instant first);

  /**
   * Jobs that a leader of River for Go has inserted for runs of a periodic job: the last run is
   * that of one of them. Such a leader inserts runs without moving the due time of this store.
   *
   * @param missed the run from which on runs are looked for
   * @param before jobs that were inserted later do not count
   * @return empty if no such job is found, for example because it was deleted
   */
  List<JobOfRiver> lastJobsOfRiver(String id, Instant missed, Instant before);

  /**
   * A job that a leader of River for Go has inserted, for a run or because its term began.
   *
   * @param scheduledAt the time of the run, unless the job was moved or its factory has chosen
   *     another time
   * @param attemptedAt when its last attempt began; null if there was none
   * @param isMoved whether the job has failed or was snoozed, and so was probably moved to a later
   *     time; not if it has had one attempt, which began after that time
   */
  record JobOfRiver(
      Instant createdAt, Instant scheduledAt, @Nullable Instant attemptedAt, boolean isMoved) {}

  /**
   * Those of these durable jobs that no leader of Cairn seems to insert: it has stored no due time,
   * or one that was over a minute ago.
   */
  Set<String> neglected(Set<String> ids);

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
