package dev.cairn.internal.client;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.CurrentTransaction;
import dev.cairn.internal.store.JobControlStore;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.internal.store.JobListStore.Change;
import dev.cairn.internal.store.JobListStore.Listing;
import dev.cairn.internal.store.Stores;
import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.spi.JsonCodec;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The implementation of {@link Jobs}. */
public final class StoredJobs implements Jobs {
  private final JoiningStore<JobListStore> store;

  private final JoiningStore<JobControlStore> control;

  private final JobChanges changes;

  private final ResumableLimits limits;

  /**
   * The jobs of these stores.
   *
   * @param current the transactions that calls without a connection join
   */
  public StoredJobs(
      Stores stores, JsonCodec codec, ResumableLimits limits, CurrentTransaction current) {
    this.store = new JoiningStore<>(stores.jobList(), JobListStore::in, current);
    this.control = new JoiningStore<>(stores.jobControl(), JobControlStore::in, current);
    this.changes = new JobChanges(codec);
    this.limits = limits;
  }

  @Override
  public Optional<JobRow> find(long id) {
    return store.read(it -> it.find(id));
  }

  @Override
  public Optional<JobRow> find(Connection connection, long id) {
    return store.in(connection).find(id);
  }

  @Override
  public Optional<JobProgress> progress(long id) {
    return control.read(it -> it.progress(id));
  }

  @Override
  public Optional<JobProgress> progress(Connection connection, long id) {
    return control.in(connection).progress(id);
  }

  @Override
  public JobPage list(JobQuery query) {
    Objects.requireNonNull(query, "query");
    return page(query, store.read(it -> it.list(query)));
  }

  @Override
  public JobPage list(Connection connection, JobQuery query) {
    return page(query, store.in(connection).list(Objects.requireNonNull(query, "query")));
  }

  private static JobPage page(JobQuery query, Listing listing) {
    List<JobRow> jobs = listing.jobs();
    if (jobs.size() == query.limit()) {
      return new JobPage(jobs, Optional.of(JobCursor.of(query.order(), jobs.getLast())));
    }
    return new JobPage(
        jobs, Optional.ofNullable(listing.scanEnd()).map(id -> new JobCursor(Order.ID, null, id)));
  }

  @Override
  public Map<JobState, Long> countByState() {
    return store.read(JobListStore::countByState);
  }

  @Override
  public Map<JobState, Long> countByState(Connection connection) {
    return store.in(connection).countByState();
  }

  @Override
  public Map<JobState, Long> countByState(long most) {
    long positive = requirePositive(most);
    return store.read(it -> it.countByState(positive));
  }

  @Override
  public Map<JobState, Long> countByState(Connection connection, long most) {
    return store.in(connection).countByState(requirePositive(most));
  }

  private static long requirePositive(long most) {
    if (most < 1) {
      throw new IllegalArgumentException("most must be at least 1, not " + most);
    }
    return most;
  }

  @Override
  public Optional<JobRow> cancel(long id) {
    return store.write(it -> it.cancel(id));
  }

  @Override
  public Optional<JobRow> cancel(Connection connection, long id) {
    return store.in(connection).cancel(id);
  }

  @Override
  public List<JobRow> cancelMany(JobQuery query) {
    JobQuery some = requireCancellable(query);
    return store.write(it -> it.cancelMany(some, null));
  }

  @Override
  public List<JobRow> cancelMany(Connection connection, JobQuery query) {
    return store.in(connection).cancelMany(requireCancellable(query), null);
  }

  @Override
  public Optional<JobRow> retry(long id) {
    return store.write(it -> it.retry(id));
  }

  @Override
  public Optional<JobRow> retry(Connection connection, long id) {
    return store.in(connection).retry(id);
  }

  @Override
  public List<JobRow> retryMany(JobQuery query) {
    JobQuery some = requireNoScanLimit("retry", query);
    return store.write(it -> it.retryMany(some, null));
  }

  @Override
  public List<JobRow> retryMany(Connection connection, JobQuery query) {
    return store.in(connection).retryMany(requireNoScanLimit("retry", query), null);
  }

  @Override
  public List<QuarantinedItem> quarantined(long id) {
    return control.read(it -> it.quarantined(id, Integer.MAX_VALUE));
  }

  @Override
  public List<QuarantinedItem> quarantined(Connection connection, long id) {
    return control.in(connection).quarantined(id, Integer.MAX_VALUE);
  }

  @Override
  public List<QuarantinedItem> quarantined(long id, int limit) {
    int positive = requirePositive(limit);
    return control.read(it -> it.quarantined(id, positive));
  }

  @Override
  public List<QuarantinedItem> quarantined(Connection connection, long id, int limit) {
    return control.in(connection).quarantined(id, requirePositive(limit));
  }

  private static int requirePositive(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("the limit must be at least 1, and is " + limit);
    }
    return limit;
  }

  @Override
  public JobOperator operator(String by) {
    return new RecordingOperator(control, store, changes, operatorName(by), limits);
  }

  @Override
  public JobOperator operator(Connection connection, String by) {
    return new RecordingOperator(
        control.within(connection), store.within(connection), changes, operatorName(by), limits);
  }

  private static String operatorName(String by) {
    return StorableJson.requireText("the name of the operator", Objects.requireNonNull(by, "by"));
  }

  @Override
  public Optional<JobRow> update(long id, JobUpdate update) {
    Change change = changes.of(id, update);
    return store.write(it -> it.update(id, change, null));
  }

  @Override
  public Optional<JobRow> update(Connection connection, long id, JobUpdate update) {
    return store.in(connection).update(id, changes.of(id, update), null);
  }

  @Override
  public Optional<JobRow> delete(long id) {
    return store.write(it -> deleted(id, it));
  }

  @Override
  public Optional<JobRow> delete(Connection connection, long id) {
    return deleted(id, store.in(connection));
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

  @Override
  public List<JobRow> deleteMany(JobQuery query) {
    JobQuery some = requireNoScanLimit("delete", query);
    return store.write(it -> it.deleteMany(some));
  }

  @Override
  public List<JobRow> deleteMany(Connection connection, JobQuery query) {
    return store.in(connection).deleteMany(requireNoScanLimit("delete", query));
  }

  /** Cancelling changes the time of a job, so a page after a cancelled job would be empty. */
  static JobQuery requireCancellable(JobQuery query) {
    requireNoScanLimit("cancel", query);
    if (query.after() != null && query.order() == JobQuery.Order.TIME) {
      throw new IllegalArgumentException(
          "cancelling changes the time of a job, so jobs cannot be cancelled page by page in the"
              + " order TIME: use the order ID");
    }
    return query;
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
