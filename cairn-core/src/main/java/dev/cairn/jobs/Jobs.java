package dev.cairn.jobs;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The jobs of a schema. Thread-safe.
 *
 * <p>Each method takes part in the transaction that the calling thread is in, if the client's
 * {@link dev.cairn.spi.TransactionRunner} knows of one, as with Spring's {@code @Transactional}. It
 * then sees what that transaction has written. What it changes takes effect, and notifies other
 * clients, on commit, and a rollback takes it back. Without such a transaction, each call has one
 * of its own, as always with {@link dev.cairn.Cairn#outside()}. Every method also exists for the
 * transaction of a connection.
 *
 * <p>If a method fails in a transaction, roll that back. PostgreSQL refuses all further statements
 * after one that has failed. In a transaction with {@code REPEATABLE READ} or {@code SERIALIZABLE},
 * a method also fails if another transaction has changed one of its jobs meanwhile, even where the
 * job would otherwise be skipped: run the whole transaction again.
 *
 * <p>What a transaction changes stays locked until its end. Change several jobs in the order of
 * their ids, or with one call of a method for many. Otherwise two transactions may wait for each
 * other, and PostgreSQL ends one of them.
 */
public interface Jobs {
  /** The job as it is now; empty if there is no such job. */
  Optional<JobRow> find(long id);

  /** A job as the connection's transaction sees it. */
  Optional<JobRow> find(Connection connection, long id);

  /**
   * The progress of a job and of each of its steps. Reads only this job, so it may be called often.
   *
   * @return empty if there is no such job
   */
  Optional<JobProgress> progress(long id);

  /** The progress of a job, as the connection's transaction sees it. */
  Optional<JobProgress> progress(Connection connection, long id);

  /** One page of the jobs that a query describes. */
  JobPage list(JobQuery query);

  /** One page, as the connection's transaction sees it. */
  JobPage list(Connection connection, JobQuery query);

  /**
   * How many jobs there are in each state; states without any are missing. Reads the whole table,
   * which takes about 0.2 s for a million jobs; {@link #countByState(long)} does not.
   */
  Map<JobState, Long> countByState();

  /** Counts as the connection's transaction sees it. */
  Map<JobState, Long> countByState(Connection connection);

  /**
   * Counts the jobs in each state, up to a limit per state, so that the time does not grow with the
   * table. States without jobs are missing.
   *
   * @param most the limit, at least 1; a state that has this number may have more
   * @throws IllegalArgumentException if the limit is less than 1
   */
  Map<JobState, Long> countByState(long most);

  /** Counts up to a limit, as the connection's transaction sees it. */
  Map<JobState, Long> countByState(Connection connection, long most);

  /**
   * Cancels a job. A job that is not running ends at once. A running job is asked to stop, and ends
   * as cancelled unless it completes first. A job that has ended is not changed.
   *
   * @return the job after the change; empty if there is none
   */
  Optional<JobRow> cancel(long id);

  /** Cancels a job in the transaction of a connection. */
  Optional<JobRow> cancel(Connection connection, long id);

  /**
   * Cancels the jobs that match a query, up to its limit and in its order, in one statement. Jobs
   * that have ended are skipped and do not count towards the limit. Running jobs are asked to stop,
   * as by {@link #cancel}. They still match afterwards: for the next page, continue {@link
   * JobQuery#after} the last one, in an order other than {@link JobQuery.Order#TIME}. A job that
   * was changed and no longer matches is skipped.
   *
   * @return the jobs after the change
   * @throws IllegalArgumentException if the query has a scan limit, or continues after a job in the
   *     order of the time, which this changes
   */
  List<JobRow> cancelMany(JobQuery query);

  /** Cancels jobs in the transaction of a connection. */
  List<JobRow> cancelMany(Connection connection, JobQuery query);

  /**
   * Makes a job available at once, whatever its state. It gets one more attempt if all are used up.
   * A job that is running, or available and due, is not changed. A completed job starts from zero.
   *
   * @return the job after the change; empty if there is none
   * @throws IllegalStateException if another job holds its unique key meanwhile; the message names
   *     that job. If it has taken the key at the same moment, a statement has failed, so roll the
   *     transaction back
   */
  Optional<JobRow> retry(long id);

  /** Retries a job in the transaction of a connection. */
  Optional<JobRow> retry(Connection connection, long id);

  /**
   * Retries the jobs that match a query, up to its limit and in its order, in one statement, as
   * {@link #retry} does. Jobs that are running, or available and due, are skipped and do not count
   * towards the limit. So are jobs whose unique key another job holds, and all but one of several
   * jobs with the same key. A job that was changed and no longer matches is skipped.
   *
   * @return the jobs after the change
   * @throws IllegalArgumentException if the query has a scan limit
   * @throws IllegalStateException if another job takes a unique key of theirs at the same moment;
   *     nothing is changed. A statement has then failed, so roll the transaction back. Outside of a
   *     transaction, this is tried again first
   */
  List<JobRow> retryMany(JobQuery query);

  /** Retries jobs in the transaction of a connection. */
  List<JobRow> retryMany(Connection connection, JobQuery query);

  /**
   * The items that a job has put aside, oldest first. There may be very many: {@link
   * #quarantined(long, int)} reads the first ones.
   */
  List<QuarantinedItem> quarantined(long id);

  /** The items that a job has put aside, as the connection's transaction sees it. */
  List<QuarantinedItem> quarantined(Connection connection, long id);

  /**
   * The first items that a job has put aside, oldest first.
   *
   * @param limit how many at most
   * @throws IllegalArgumentException if the limit is less than 1
   */
  List<QuarantinedItem> quarantined(long id, int limit);

  /** The first items that a job has put aside, as the connection's transaction sees it. */
  List<QuarantinedItem> quarantined(Connection connection, long id, int limit);

  /**
   * Acts on jobs for an operator: interrupts, pauses, rewinds them and more. Each operation takes
   * part in the transaction that its thread is in, whatever it was when this was called.
   *
   * @param by the operator's name, which is recorded on each job
   * @throws IllegalArgumentException if PostgreSQL cannot store the name
   */
  JobOperator operator(String by);

  /** Acts on jobs in the transaction of a connection, which is used for each operation. */
  JobOperator operator(Connection connection, String by);

  /**
   * Changes a job: its output and metadata whatever its state, and its time, queue, priority and
   * number of attempts while it waits. If a part is refused, nothing is changed. Either a job is
   * changed before it is claimed, or the update is refused.
   *
   * @return the job after the change; empty if there is none
   * @throws IllegalArgumentException if the metadata is not a JSON object, the output cannot be
   *     encoded, or PostgreSQL cannot store one of them
   * @throws IllegalStateException if the time, the queue, the priority or the number of attempts is
   *     to change and the job is running or has ended; if it has used that many attempts; if it
   *     waits in a step, is to run later, and is about to look for what it waits for; or if it
   *     would become available while another job holds its unique key. The message says what to do.
   *     If the other job takes the key at the same moment, a statement has failed, and the
   *     transaction of the caller can only be rolled back
   */
  Optional<JobRow> update(long id, JobUpdate update);

  /** Changes a job in the transaction of a connection. */
  Optional<JobRow> update(Connection connection, long id, JobUpdate update);

  /**
   * Deletes a job with all that belongs to it.
   *
   * @return the job as it was; empty if there is none
   * @throws IllegalStateException if it is running: cancel it first
   */
  Optional<JobRow> delete(long id);

  /** Deletes a job in the transaction of a connection. */
  Optional<JobRow> delete(Connection connection, long id);

  /**
   * Deletes the jobs that match a query, up to its limit and in its order. Running jobs are
   * skipped. A job that was changed and no longer matches is skipped.
   *
   * @return the jobs as they were
   * @throws IllegalArgumentException if the query has a scan limit
   */
  List<JobRow> deleteMany(JobQuery query);

  /** Deletes jobs in the transaction of a connection. */
  List<JobRow> deleteMany(Connection connection, JobQuery query);
}
