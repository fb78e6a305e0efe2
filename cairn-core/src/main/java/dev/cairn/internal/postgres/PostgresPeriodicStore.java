package dev.cairn.internal.postgres;

import dev.cairn.internal.store.PeriodicStore;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Durable periodic jobs in Cairn's own table. */
final class PostgresPeriodicStore implements PeriodicStore {
  private final Database database;

  PostgresPeriodicStore(Database database) {
    this.database = database;
  }

  private static final Sql NOW = Sql.of("read the time", "SELECT clock_timestamp()");

  @Override
  public Instant now() {
    return database.list(NOW, Map.of(), row -> Rows.instant(row, 1)).getFirst();
  }

  private static final Sql NEXT_RUN =
      Sql.of(
          "look up a periodic job",
          Template.of(
                  """
                  WITH {brief_waits}
                  INSERT INTO {schema}.cairn_periodic AS periodic (id, next_run_at)
                  SELECT :id, :first::timestamptz FROM setting
                  ON CONFLICT (id) DO UPDATE SET next_run_at = periodic.next_run_at
                  RETURNING next_run_at
                  """)
              .with("brief_waits", Fragments.BRIEF_WAITS)
              .sql());

  @Override
  public Instant nextRun(String id, Instant first) {
    return database
        .list(NEXT_RUN, Map.of("id", id, "first", first), row -> Rows.instant(row, 1))
        .getFirst();
  }

  /** Without the index of the metadata, runs are looked for among this many of the newest jobs. */
  private static final int NEWEST_MAX = 10_000;

  /** More than schedules have runs within {@link PeriodicStore#AHEAD_MAX}. */
  private static final int LAST_MAX = 1_000;

  /** {@link PeriodicStore#AHEAD_MAX} */
  private static final String AHEAD = "interval '%d seconds'".formatted(AHEAD_MAX.toSeconds());

  /** How long the look may take: meanwhile, no other periodic job is inserted. */
  private static final Duration LOOK_MAX = Duration.ofSeconds(5);

  // Jobs that a leader of Cairn has inserted do not count: it moves the due time in the same
  // transaction, and jobs that run on start belong to no run. A job that was created before a run
  // was not inserted for it, and skipping it by its time is cheaper than reading its metadata.
  //
  // River for Go inserts a run by its own clock, which may be some seconds ahead of the database's.
  // So the time of the run is scheduled_at, or between created_at and some seconds later, whichever
  // is earlier. All jobs are returned that may be that of the last run.
  //
  // No job is claimed before scheduled_at. So if the only attempt began after it, it was not moved.
  private static final Sql LAST_JOBS =
      Sql.of(
              "look up the last runs of a periodic job",
              Template.of(
                      """
                      WITH indexed AS MATERIALIZED (
                        SELECT EXISTS (
                          SELECT FROM pg_catalog.pg_index
                          WHERE pg_index.indexrelid = to_regclass('{schema}.river_job_metadata_index')
                            AND pg_index.indisvalid
                        ) AS is_indexed
                      ),
                      run AS (
                        SELECT job.created_at, job.scheduled_at, job.attempted_at, {is_moved} AS is_moved
                        FROM {schema}.river_job AS job
                        WHERE (SELECT is_indexed FROM indexed) AND job.created_at >= {earliest}
                          AND job.metadata @> jsonb_build_object('{periodic_job_id_key}', :id::text)
                          AND NOT job.metadata ?? '{run_key}'
                        UNION ALL
                        SELECT job.created_at, job.scheduled_at, job.attempted_at, {is_moved} AS is_moved
                        FROM (
                          SELECT job.created_at, job.scheduled_at, job.attempted_at, job.attempted_by,
                            job.metadata, job.errors
                          FROM {schema}.river_job AS job
                          ORDER BY job.id DESC
                          LIMIT {newest_max}
                        ) AS job
                        WHERE NOT (SELECT is_indexed FROM indexed) AND job.created_at >= {earliest}
                          AND job.metadata @> jsonb_build_object('{periodic_job_id_key}', :id::text)
                          AND NOT job.metadata ?? '{run_key}'
                      )
                      SELECT run.created_at, run.scheduled_at, run.attempted_at, run.is_moved
                      FROM (
                        SELECT run.*, max(least(run.created_at, run.scheduled_at)) OVER () AS least_last
                        FROM run
                        WHERE run.created_at < :before
                      ) AS run
                      WHERE CASE WHEN run.scheduled_at <= run.created_at THEN run.scheduled_at
                        ELSE run.created_at + {ahead_max} END >= run.least_last
                      ORDER BY run.created_at DESC
                      LIMIT {last_max}
                      """)
                  .with("newest_max", NEWEST_MAX)
                  .with("earliest", ":missed::timestamptz - " + AHEAD)
                  .with("ahead_max", AHEAD)
                  .with("last_max", LAST_MAX)
                  .with(
                      "is_moved",
                      Template.of(
                              """
                              ((coalesce(cardinality(job.errors), 0) > 0 OR job.metadata ?? '{snoozes_key}')
                                AND (cardinality(job.attempted_by) = 1
                                  AND job.scheduled_at <= job.attempted_at) IS NOT TRUE)\
                              """)
                          .sql())
                  .sql())
          .within(LOOK_MAX);

  @Override
  public List<JobOfRiver> lastJobsOfRiver(String id, Instant missed, Instant before) {
    return database.list(
        LAST_JOBS,
        Map.of("id", id, "missed", missed, "before", before),
        row ->
            new JobOfRiver(
                Rows.instant(row, 1),
                Rows.instant(row, 2),
                Rows.nullableInstant(row, 3),
                row.getBoolean(4)));
  }

  private static final Sql NEGLECTED =
      Sql.of(
          "look for neglected periodic jobs",
          """
          SELECT wanted.id
          FROM unnest(:ids::text[]) AS wanted (id)
          LEFT JOIN {schema}.cairn_periodic AS periodic ON periodic.id = wanted.id
          WHERE periodic.id IS NULL
            OR periodic.next_run_at < clock_timestamp() - interval '1 minute'
          """);

  @Override
  public Set<String> neglected(Set<String> ids) {
    return Set.copyOf(
        database.list(
            NEGLECTED,
            Map.of("ids", SqlArray.texts(List.copyOf(ids), id -> id)),
            row -> row.getString(1)));
  }

  private static final Sql ADVANCE =
      Sql.of(
          "move a periodic job to its next run",
          Template.of(
                  """
                  WITH {brief_waits}
                  UPDATE {schema}.cairn_periodic AS periodic
                  SET next_run_at = :next, updated_at = now()
                  FROM setting
                  WHERE periodic.id = :id AND periodic.next_run_at = :expected
                  RETURNING periodic.id
                  """)
              .with("brief_waits", Fragments.BRIEF_WAITS)
              .sql());

  @Override
  public boolean advance(Connection connection, String id, Instant expected, Instant next) {
    Map<String, Object> values = Map.of("id", id, "expected", expected, "next", next);
    return !database.list(connection, ADVANCE, values, row -> true).isEmpty();
  }

  @Override
  public void waitForCommit(Connection connection) {
    LockWaits.untilCommit(database.in(connection));
  }
}
