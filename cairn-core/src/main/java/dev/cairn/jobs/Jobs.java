package dev.cairn.jobs;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The jobs of a schema. Every method also exists for the caller's transaction: it then takes
 * effect, and notifies other clients, on commit. Thread-safe.
 */
public interface Jobs {
  /** The job as it is now; empty if there is no such job. */
  Optional<JobRow> find(long id);

  /** A job as the caller's transaction sees it. */
  Optional<JobRow> find(Connection connection, long id);

  /**
   * The progress of a job and of each of its steps. Reads only this job, so it may be called often.
   *
   * @return empty if there is no such job
   */
  Optional<JobProgress> progress(long id);

  /** The progress of a job, as the caller's transaction sees it. */
  Optional<JobProgress> progress(Connection connection, long id);

  /** One page of the jobs that a query describes. */
  JobPage list(JobQuery query);

  /** One page, as the caller's transaction sees it. */
  JobPage list(Connection connection, JobQuery query);

  /**
   * How many jobs there are in each state; states without any are missing. Reads the whole table,
   * which takes about 0.2 s for a million jobs; {@link #countByState(long)} does not.
   */
  Map<JobState, Long> countByState();

  /** Counts as the caller's transaction sees it. */
  Map<JobState, Long> countByState(Connection connection);

  /**
   * Counts the jobs in each state, up to a limit per state, so that the time does not grow with the
   * table. States without jobs are missing.
   *
   * @param most the limit, at least 1; a state that has this number may have more
   * @throws IllegalArgumentException if the limit is less than 1
   */
  Map<JobState, Long> countByState(long most);

  /**
   * Cancels a job. A job that is not running ends at once. A running job is asked to stop, and ends
   * as cancelled unless it completes first. A job that has ended is not changed.
   *
   * @return the job after the change; empty if there is none
   */
  Optional<JobRow> cancel(long id);

  /** Cancels a job in the caller's transaction. */
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

  /** Cancels jobs in the caller's transaction. */
  List<JobRow> cancelMany(Connection connection, JobQuery query);

  /**
   * Makes a job available at once, whatever its state. It gets one more attempt if all are used up.
   * A job that is running, or available and due, is not changed. A completed job starts from zero.
   *
   * @return the job after the change; empty if there is none
   * @throws IllegalStateException if another job holds its unique key meanwhile; the message names
   *     that job
   */
  Optional<JobRow> retry(long id);

  /** Retries a job in the caller's transaction. */
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
   *     nothing is changed
   */
  List<JobRow> retryMany(JobQuery query);

  /** Retries jobs in the caller's transaction. */
  List<JobRow> retryMany(Connection connection, JobQuery query);

  /**
   * The items that a job has put aside, oldest first. There may be very many: {@link
   * #quarantined(long, int)} reads the first ones.
   */
  List<QuarantinedItem> quarantined(long id);

  /**
   * The first items that a job has put aside, oldest first.
   *
   * @param limit how many at most
   * @throws IllegalArgumentException if the limit is less than 1
   */
  List<QuarantinedItem> quarantined(long id, int limit);

  /**
   * Acts on jobs for an operator: interrupts, pauses, rewinds them and more.
   *
   * @param by the operator's name, which is recorded on each job
   * @throws IllegalArgumentException if PostgreSQL cannot store the name
   */
  JobOperator operator(String by);

  /** Acts on jobs in the caller's transaction. */
  JobOperator operator(Connection connection, String by);

  /**
   * Changes a job: its output and metadata whatever its state, and its time, queue, priority and
   * number of attempts while it waits. If a part is refused, nothing is changed. A job that is
   * claimed at the same moment is either changed before, or refused.
   *
   * @return the job after the change; empty if there is none
   * @throws IllegalArgumentException if the metadata is not a JSON object, the output cannot be
   *     encoded, or PostgreSQL cannot store one of them
   * @throws IllegalStateException if the time, the queue, the priority or the number of attempts is
   *     to change and the job is running or has ended; if it has used that many attempts; or if it
   *     would become available while another job holds its unique key. The message says what to do
   */
  Optional<JobRow> update(long id, JobUpdate update);

  /** Changes a job in the caller's transaction. */
  Optional<JobRow> update(Connection connection, long id, JobUpdate update);

  /**
   * Deletes a job with all that belongs to it.
   *
   * @return the job as it was; empty if there is none
   * @throws IllegalStateException if it is running: cancel it first
   */
  Optional<JobRow> delete(long id);

  /** Deletes a job in the caller's transaction. */
  Optional<JobRow> delete(Connection connection, long id);

  /**
   * Deletes the jobs that match a query, up to its limit and in its order. Running jobs are
   * skipped. A job that was changed and no longer matches is skipped.
   *
   * @return the jobs as they were
   * @throws IllegalArgumentException if the query has a scan limit
   */
  List<JobRow> deleteMany(JobQuery query);

  /** Deletes jobs in the caller's transaction. */
  List<JobRow> deleteMany(Connection connection, JobQuery query);
}
