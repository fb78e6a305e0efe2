package dev.cairn;

import dev.cairn.JobQuery.Order;
import dev.cairn.internal.store.JobControlStore;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.internal.store.JobListStore.Change;
import dev.cairn.internal.store.JobListStore.Listing;
import dev.cairn.internal.store.QuarantineStore;
import dev.cairn.internal.store.StorableJson;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.spi.JsonCodec;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The jobs of a schema. Every method also exists in the caller's transaction: it then takes effect,
 * and is told to others, when that commits. Thread-safe.
 */
public final class Jobs {
  private final JobListStore store;
  private final JobControlStore control;
  private final QuarantineStore quarantine;
  private final JsonCodec codec;
  private final ResumableLimits limits;

  Jobs(
      JobListStore store,
      JobControlStore control,
      QuarantineStore quarantine,
      JsonCodec codec,
      ResumableLimits limits) {
    this.store = store;
    this.control = control;
    this.quarantine = quarantine;
    this.codec = codec;
    this.limits = limits;
  }

  private JobListStore in(Connection connection) {
    return store.in(Objects.requireNonNull(connection, "connection"));
  }

  private JobControlStore controlIn(Connection connection) {
    return control.in(Objects.requireNonNull(connection, "connection"));
  }

  /** The current state of a job. */
  public Optional<JobRow> find(long id) {
    return store.find(id);
  }

  /** A job as the caller's transaction sees it. */
  public Optional<JobRow> find(Connection connection, long id) {
    return in(connection).find(id);
  }

  /**
   * The progress of a job and of each of its steps (R27). Reads only this job, so it may be called
   * often.
   *
   * @return empty if there is no such job
   */
  public Optional<JobProgress> progress(long id) {
    return control.progress(id);
  }

  /** How far a job has come, as the caller's transaction sees it. */
  public Optional<JobProgress> progress(Connection connection, long id) {
    return controlIn(connection).progress(id);
  }

  /** One page of the jobs that a query describes. */
  public JobPage list(JobQuery query) {
    return page(query, store.list(Objects.requireNonNull(query, "query")));
  }

  /** One page, as the caller's transaction sees it. */
  public JobPage list(Connection connection, JobQuery query) {
    return page(query, in(connection).list(Objects.requireNonNull(query, "query")));
  }

  private static JobPage page(JobQuery query, Listing listing) {
    List<JobRow> jobs = listing.jobs();
    if (jobs.size() == query.limit()) {
      return new JobPage(jobs, Optional.of(JobCursor.of(query.order(), jobs.getLast())));
    }
    return new JobPage(
        jobs, Optional.ofNullable(listing.scanEnd()).map(id -> new JobCursor(Order.ID, null, id)));
  }

  /**
   * How many jobs there are in each state; states without any are missing. Reads the whole table,
   * some 0.2 s for a million jobs: {@link #countByState(long)} does not.
   */
  public Map<JobState, Long> countByState() {
    return store.countByState();
  }

  /** Counts as the caller's transaction sees it. */
  public Map<JobState, Long> countByState(Connection connection) {
    return in(connection).countByState();
  }

  /**
   * Counts the jobs in each state, up to a limit per state, so that the time does not grow with the
   * table. States without jobs are missing.
   *
   * @param most where to stop, at least 1; a state that has this number may have more
   */
  public Map<JobState, Long> countByState(long most) {
    if (most < 1) {
      throw new IllegalArgumentException("most must be at least 1, not " + most);
    }
    return store.countByState(most);
  }

  /**
   * Cancels a job. A job that is not running ends at once. A running job is asked to stop, and ends
   * as cancelled unless it completes first. A job that has ended is not changed.
   *
   * @return the job after the change; empty if there is none
   */
  public Optional<JobRow> cancel(long id) {
    return store.cancel(id);
  }

  /** Cancels a job in the caller's transaction. */
  public Optional<JobRow> cancel(Connection connection, long id) {
    return in(connection).cancel(id);
  }

  /**
   * Cancels the jobs that match a query, up to its limit and in its order, in one statement. Jobs
   * that have ended are skipped and do not count towards the limit. Running jobs are asked to stop,
   * as by {@link #cancel}. They still match afterwards: for the next page, continue {@link
   * JobQuery#after} the last one.
   *
   * @return the jobs after the change
   * @throws IllegalArgumentException if the query has a scan limit
   */
  public List<JobRow> cancelMany(JobQuery query) {
    return store.cancelMany(requireNoScanLimit("cancel", query), null);
  }

  /** Cancels jobs in the caller's transaction. */
  public List<JobRow> cancelMany(Connection connection, JobQuery query) {
    return in(connection).cancelMany(requireNoScanLimit("cancel", query), null);
  }

  /**
   * Makes a job available at once, whatever its state. It gets one more attempt if all are used up.
   * A job that is running, or available and due, is not changed. A completed job starts from zero
   * (R28).
   *
   * @return the job after the change; empty if there is none
   * @throws IllegalStateException if another job holds its unique key meanwhile; names that job
   */
  public Optional<JobRow> retry(long id) {
    return store.retry(id);
  }

  /** Retries a job in the caller's transaction. */
  public Optional<JobRow> retry(Connection connection, long id) {
    return in(connection).retry(id);
  }

  /**
   * Retries the jobs that match a query, up to its limit and in its order, in one statement, as
   * {@link #retry} does. Jobs that are running, or available and due, are skipped and do not count
   * towards the limit. So are jobs whose unique key another job holds, and all but one of several
   * jobs with the same key.
   *
   * @return the jobs after the change
   * @throws IllegalArgumentException if the query has a scan limit
   * @throws IllegalStateException if another job takes a unique key of theirs at the same moment;
   *     nothing is changed
   */
  public List<JobRow> retryMany(JobQuery query) {
    return store.retryMany(requireNoScanLimit("retry", query), null);
  }

  /** Retries jobs in the caller's transaction. */
  public List<JobRow> retryMany(Connection connection, JobQuery query) {
    return in(connection).retryMany(requireNoScanLimit("retry", query), null);
  }

  /** The items that a job has put aside (R20), oldest first. */
  public List<QuarantinedItem> quarantined(long id) {
    return quarantine.list(id);
  }

  /**
   * Acts on jobs in the name of an operator: interrupts, pauses, rewinds them and more (R28).
   *
   * @param by who acts, as it is recorded on each job
   */
  public JobOperator operator(String by) {
    return new JobOperator(control, store, operatorName(by), limits);
  }

  private static String operatorName(String by) {
    return StorableJson.requireText("the name of the operator", Objects.requireNonNull(by, "by"));
  }

  /** Acts on jobs in the caller's transaction. */
  public JobOperator operator(Connection connection, String by) {
    return new JobOperator(controlIn(connection), in(connection), operatorName(by), limits);
  }

  /**
   * Changes a job's output or metadata, whatever its state.
   *
   * @return the job after the change; empty if there is none
   */
  public Optional<JobRow> update(long id, JobUpdate update) {
    return store.update(id, change(id, update));
  }

  /** Changes a job in the caller's transaction. */
  public Optional<JobRow> update(Connection connection, long id, JobUpdate update) {
    return in(connection).update(id, change(id, update));
  }

  private Change change(long id, JobUpdate update) {
    Objects.requireNonNull(update, "update");
    String what = "the %s of job " + id;
    return new Change(
        update.metadata() == null
            ? null
            : NewJobs.requireObject(what.formatted("metadata"), update.metadata()),
        update.output() == null
            ? null
            : StorableJson.encoded(
                () -> what.formatted("output"), () -> codec.encode(update.output())));
  }

  /**
   * Deletes a job with all that belongs to it.
   *
   * @return the job as it was; empty if there is none
   * @throws IllegalStateException if it is running: cancel it first
   */
  public Optional<JobRow> delete(long id) {
    return deleted(id, store);
  }

  /** Deletes a job in the caller's transaction. */
  public Optional<JobRow> delete(Connection connection, long id) {
    return deleted(id, in(connection));
  }

  private static Optional<JobRow> deleted(long id, JobListStore store) {
    Optional<JobRow> deleted = store.delete(id);
    if (deleted.isEmpty()) {
      store
          .find(id)
          .ifPresent(job -> {
            throw new IllegalStateException(
                "job %d (%s) is %s and cannot be deleted: cancel it first [CAIRN-406]"
                    .formatted(id, job.kind(), job.state().label()));
          });
    }
    return deleted;
  }

  /**
   * Deletes the jobs that match a query, up to its limit and in its order. Running jobs are
   * skipped.
   *
   * @return the jobs as they were
   * @throws IllegalArgumentException if the query has a scan limit
   */
  public List<JobRow> deleteMany(JobQuery query) {
    return deleteMany(store, query);
  }

  /** Deletes jobs in the caller's transaction. */
  public List<JobRow> deleteMany(Connection connection, JobQuery query) {
    return deleteMany(in(connection), query);
  }

  private static List<JobRow> deleteMany(JobListStore store, JobQuery query) {
    return store.deleteMany(requireNoScanLimit("delete", query));
  }

  static JobQuery requireNoScanLimit(String verb, JobQuery query) {
    if (Objects.requireNonNull(query, "query").scanLimit() != null) {
      throw new IllegalArgumentException(
          ("a scan limit is for lists, whose next page begins where it ended: %1$s without it, or"
                  + " list the jobs first and %1$s them by their ids")
              .formatted(verb));
    }
    return query;
  }
}
