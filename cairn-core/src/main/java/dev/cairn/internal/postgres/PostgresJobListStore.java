package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.store.JobChange;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.jobs.JobQuery;
import java.sql.Connection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lists jobs, and cancels, retries, deletes and updates them by River's rules. */
final class PostgresJobListStore implements JobListStore {
  private final Database database;
  private final Session session;
  private final UpdateStatements updates;

  PostgresJobListStore(Database database) {
    this(database, database);
  }

  private PostgresJobListStore(Database database, Session session) {
    this.database = database;
    this.session = session;
    this.updates = new UpdateStatements(session, session == database ? database : null);
  }

  @Override
  public JobListStore in(Connection connection) {
    return new PostgresJobListStore(database, database.in(connection));
  }

  private static final Sql FIND =
      Sql.of(
          "find jobs",
          "SELECT %s FROM {schema}.river_job AS job WHERE job.id = ANY (:ids)".formatted(Rows.JOB));

  @Override
  public Optional<JobRow> find(long id) {
    return findAll(List.of(id)).stream().findFirst();
  }

  @Override
  public List<JobRow> findAll(List<Long> ids) {
    return session.list(FIND, Map.of("ids", SqlArray.longs(ids, id -> id)), Rows::job);
  }

  @Override
  public Listing list(JobQuery query) {
    if (JobListSql.matchesNothing(query)) {
      return new Listing(List.of(), null);
    }
    Long scanEnd = query.scanLimit() == null ? null : scanEnd(query);
    return new Listing(
        session.list(JobListSql.list(query, scanEnd), JobListSql.values(query, scanEnd), Rows::job),
        scanEnd);
  }

  /** The last job that may be examined; null if there are fewer jobs than the limit. */
  private @Nullable Long scanEnd(JobQuery query) {
    return session
        .list(JobListSql.scanEnd(query), JobListSql.values(query, null), row -> row.getLong(1))
        .stream()
        .findFirst()
        .orElse(null);
  }

  @Override
  public List<JobRow> deleteMany(JobQuery query) {
    return JobListSql.matchesNothing(query)
        ? List.of()
        : session.list(JobListSql.delete(query), JobListSql.values(query, null), Rows::job);
  }

  @Override
  public Optional<JobRow> delete(long id) {
    JobQuery query = JobQuery.all().withIds(Set.of(id));
    return deleteMany(query).stream().findFirst();
  }

  private static final Sql COUNT =
      Sql.of(
          "count jobs",
          "SELECT state::text, count(*) FROM {schema}.river_job GROUP BY state ORDER BY state");

  @Override
  public Map<JobState, Long> countByState() {
    return counted(COUNT, Map.of());
  }

  // Reads the jobs of each state in the order of an index, so that no other jobs have to be
  // skipped.
  private static final Sql COUNT_SOME =
      Sql.of(
          "count jobs up to a number",
          Stream.of(JobState.values())
              .map(state ->
                  Template.of(
                          """
                          SELECT '{state}', count(*)
                          FROM (
                            SELECT FROM {schema}.river_job AS job
                            WHERE job.state = '{state}'
                            ORDER BY job.queue, job.priority, job.scheduled_at, job.id
                            LIMIT :most
                          ) AS counted
                          HAVING count(*) > 0
                          """)
                      .with("state", state.label())
                      .sql())
              .collect(Collectors.joining("UNION ALL\n")));

  @Override
  public Map<JobState, Long> countByState(long most) {
    return counted(COUNT_SOME, Map.of("most", most));
  }

  private Map<JobState, Long> counted(Sql sql, Map<String, Long> values) {
    var counts = new EnumMap<JobState, Long>(JobState.class);
    session.list(
        sql, values, row -> counts.merge(Rows.state(row.getString(1)), row.getLong(2), Long::sum));
    return counts;
  }

  @Override
  public Optional<JobRow> cancel(long id) {
    return one(
        CancelAndRetrySql.CANCEL,
        id,
        JobState.CANCELLED,
        Map.of("id", id, "channel", channel("river_control")));
  }

  @Override
  public List<JobRow> cancelMany(JobQuery query, @Nullable JobChange recorded) {
    JobQuery some = CancelAndRetrySql.toCancel(query);
    return JobListSql.matchesNothing(some)
        ? List.of()
        : session.list(
            CancelAndRetrySql.cancel(some), changing(some, recorded, "river_control"), Rows::job);
  }

  @Override
  public Optional<JobRow> retry(long id) {
    UniqueTwins.requireNone(session, id, JobState.AVAILABLE);
    return one(
        CancelAndRetrySql.RETRY,
        id,
        JobState.AVAILABLE,
        Map.of("id", id, "channel", channel("river_insert")));
  }

  /**
   * The maximum number of tries. Another client may take one of the unique keys at the same moment,
   * but hardly each time.
   */
  private static final int RETRY_TRIES = 5;

  @Override
  public List<JobRow> retryMany(JobQuery query, @Nullable JobChange recorded) {
    JobQuery some = CancelAndRetrySql.toRetry(query);
    if (JobListSql.matchesNothing(some)) {
      return List.of();
    }
    Map<String, @Nullable Object> values = changing(some, recorded, "river_insert");
    for (int tries = 1; ; tries++) {
      try {
        return session.list(CancelAndRetrySql.retry(some), values, Rows::job);
      } catch (CairnException e) {
        if (!UniqueTwins.isDuplicate(e)) {
          throw e;
        }
        if (session != database || tries == RETRY_TRIES) {
          throw new IllegalStateException(
              "no job was retried: another job has just taken the unique key of one of them. Retry"
                  + " them once more [CAIRN-405]",
              e);
        }
      }
    }
  }

  private Map<String, @Nullable Object> changing(
      JobQuery query, @Nullable JobChange recorded, String channel) {
    Map<String, @Nullable Object> values = JobListSql.values(query, null);
    values.put("channel", channel(channel));
    values.put("operation", recorded == null ? null : Operations.text(recorded));
    return values;
  }

  @Override
  public Optional<JobRow> update(long id, Change change, @Nullable JobChange recorded) {
    return updates.update(id, change, recorded);
  }

  private Optional<JobRow> one(
      Sql sql, long id, JobState next, Map<String, ? extends @Nullable Object> values) {
    try {
      return one(sql, values);
    } catch (CairnException e) {
      throw UniqueTwins.explained(e, session == database ? database : null, id, next);
    }
  }

  private Optional<JobRow> one(Sql sql, Map<String, ? extends @Nullable Object> values) {
    return session.list(sql, values, Rows::job).stream().findFirst();
  }

  private String channel(String suffix) {
    return session.schema().channel(suffix);
  }
}
