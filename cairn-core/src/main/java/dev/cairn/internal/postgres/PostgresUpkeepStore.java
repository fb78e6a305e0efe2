package dev.cairn.internal.postgres;

import dev.cairn.Retention;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The leader's statements, except for scheduling. */
final class PostgresUpkeepStore implements UpkeepStore {
  /** The longest time for a duty of the leader, as in River. The rest follows in the next turn. */
  private static final Duration STATEMENT_MAX = Duration.ofSeconds(30);

  private final Database database;
  private final ScheduleStatements schedules;
  private final IndexRebuilds rebuilds;

  PostgresUpkeepStore(Database database) {
    this.database = database;
    this.schedules = new ScheduleStatements(database);
    this.rebuilds = new IndexRebuilds(database);
  }

  @Override
  public int schedule(int limit) {
    return schedules.schedule(limit);
  }

  /** Replaces null, which no claim has. */
  private static final String SINCE = "coalesce(job.attempted_at, '-infinity')";

  private static final String CLIENT = "coalesce(%s, '')".formatted(Fragments.LAST_CLIENT);

  private static final Sql FIND_STUCK =
      Sql.of(
          "find stuck jobs",
          Template.of(
                  """
                  SELECT job.id, {since}, {client}, job.kind, job.attempt, job.max_attempts,
                    coalesce(cardinality(job.errors), 0), {cancel_requested}
                  FROM {schema}.river_job AS job
                  WHERE job.state = 'running'
                    AND (job.attempted_at IS NULL OR {client} = ''
                      OR (
                        job.attempted_at NOT BETWEEN now() - :horizon_ms * interval '1 millisecond'
                          AND now() + :horizon_ms * interval '1 millisecond'
                        AND job.kind <> ALL (:spared_kinds::text[])
                        AND NOT EXISTS (SELECT FROM {schema}.cairn_client AS client WHERE client.id = {client})
                      ))
                  LIMIT :limit
                  """)
              .with("client", CLIENT)
              .with("cancel_requested", Fragments.CANCEL_REQUESTED)
              .with("since", SINCE)
              .sql());

  @Override
  public List<StuckJob> findStuck(Duration horizon, Set<String> sparedKinds, int limit) {
    return database.list(
        FIND_STUCK,
        Map.of(
            "horizon_ms",
            horizon.toMillis(),
            "spared_kinds",
            SqlArray.texts(List.copyOf(sparedKinds), kind -> kind),
            "limit",
            limit),
        row ->
            new StuckJob(
                new Claim(row.getLong(1), Rows.instant(row, 2), row.getString(3)),
                row.getString(4),
                row.getInt(5),
                row.getInt(6),
                row.getInt(7),
                row.getBoolean(8)));
  }

  private static final Sql RESCUE =
      Sql.of(
          "rescue a stuck job",
          Template.of(
                  """
                  WITH orphan AS MATERIALIZED (
                    SELECT job.id
                    FROM {schema}.river_job AS job
                    WHERE job.id = :id AND {running} AND {since} = :attempted_at AND {client} = :client_id
                    FOR NO KEY UPDATE SKIP LOCKED
                  ),
                  state AS (
                    SELECT checkpoint.job_id, checkpoint.name, checkpoint.position, checkpoint.finished,
                      checkpoint.value
                    FROM orphan
                    JOIN {schema}.cairn_checkpoint AS checkpoint ON checkpoint.job_id = orphan.id
                  ),
                  {merged}
                  UPDATE {schema}.river_job AS job
                  SET state = CASE WHEN :state = 'retryable' AND {request} = 'pause' THEN 'pending'
                        ELSE :state END::{schema}.river_job_state,
                      finalized_at = CASE WHEN :state IN ('cancelled', 'discarded') THEN now() END,
                      scheduled_at = CASE WHEN :state IN ('cancelled', 'discarded') THEN job.scheduled_at
                        ELSE now() + :delay_us * interval '1 microsecond' END,
                      errors = array_append({errors}, jsonb_build_object(
                        'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                        'attempt', greatest(job.attempt, 0),
                        'error', 'Stuck job rescued by JobRescuer',
                        'trace', '')),
                      metadata = {rescued_metadata}
                  FROM orphan
                  WHERE job.id = orphan.id
                  RETURNING job.id
                  """)
              .with("client", CLIENT)
              .with("merged", Fragments.MERGED)
              .with("rescued_metadata", Fragments.RESCUED_METADATA)
              .with("request", Fragments.REQUEST)
              .with("running", Fragments.RUNNING)
              .with("errors", Fragments.ERRORS)
              .with("since", SINCE)
              .sql());

  @Override
  public boolean rescue(StuckJob job, Duration delay) {
    Map<String, @Nullable Object> values = Fence.of(job.claim());
    values.put("state", stateAfterRescue(job));
    values.put("delay_us", delay.toNanos() / 1_000);
    return !database.list(RESCUE, values, row -> row.getLong(1)).isEmpty();
  }

  private static String stateAfterRescue(StuckJob job) {
    if (job.cancelRequested()) {
      return "cancelled";
    }
    return job.attempt() >= job.maxAttempts() ? "discarded" : "retryable";
  }

  // Reads the three states one by one, so that each is a range of the index on state and time. A
  // completed job that has put items aside needs somebody, as a discarded one does.
  private static final Sql CLEAN =
      Sql.of(
              "delete old jobs",
              """
              DELETE FROM {schema}.river_job
              WHERE id IN (
                SELECT job.id
                FROM {schema}.river_job AS job
                WHERE (queue = ANY (:queues::text[])) = :only
                  AND ((state = 'completed'
                      AND finalized_at < now() - :completed * interval '1 second'
                      AND (finalized_at < now() - :discarded * interval '1 second'
                        OR NOT EXISTS (
                          SELECT FROM {schema}.cairn_quarantine AS item
                          WHERE item.job_id = job.id)))
                    OR (state = 'cancelled'
                      AND finalized_at < now() - :cancelled * interval '1 second')
                    OR (state = 'discarded'
                      AND finalized_at < now() - :discarded * interval '1 second'))
                ORDER BY id
                LIMIT :limit
                FOR UPDATE SKIP LOCKED
              )
              """)
          .within(STATEMENT_MAX);

  @Override
  public int clean(Retention retention, int limit) {
    int most = clean(retention, List.copyOf(retention.queues().keySet()), false, limit);
    for (var queue : retention.queues().entrySet()) {
      most = Math.max(most, clean(queue.getValue(), List.of(queue.getKey()), true, limit));
    }
    return most;
  }

  private int clean(Retention retention, List<String> queues, boolean only, int limit) {
    return database.update(
        CLEAN,
        Map.of(
            "queues", SqlArray.texts(queues, queue -> queue),
            "only", only,
            "completed", seconds(retention.completed()),
            "cancelled", seconds(retention.cancelled()),
            "discarded", seconds(retention.discarded()),
            "limit", limit));
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  // Jobs are never deleted while they run, and ids are never reused. Jobs that another leader
  // deletes at the same time, or that another session locks, are skipped and found again later.
  // Each job is looked up by its id, because for NOT EXISTS the server might read all jobs.
  private static final Sql CLEAN_CHECKPOINTS =
      Sql.of(
          "delete checkpoints of deleted jobs",
          """
          WITH left_over AS MATERIALIZED (
            SELECT checkpoint.job_id, checkpoint.name
            FROM {schema}.cairn_checkpoint AS checkpoint
            WHERE (
              SELECT job.id FROM {schema}.river_job AS job WHERE job.id = checkpoint.job_id
            ) IS NULL
            LIMIT :limit
            FOR UPDATE SKIP LOCKED
          )
          DELETE FROM {schema}.cairn_checkpoint AS checkpoint
          USING left_over
          WHERE checkpoint.job_id = left_over.job_id AND checkpoint.name = left_over.name
          """);

  private static final Sql CLEAN_QUARANTINE =
      Sql.of(
          "delete items of deleted jobs",
          """
          WITH left_over AS MATERIALIZED (
            SELECT item.job_id, item.step, item.item
            FROM {schema}.cairn_quarantine AS item
            WHERE (SELECT job.id FROM {schema}.river_job AS job WHERE job.id = item.job_id) IS NULL
            LIMIT :limit
            FOR UPDATE SKIP LOCKED
          )
          DELETE FROM {schema}.cairn_quarantine AS item
          USING left_over
          WHERE item.job_id = left_over.job_id AND item.step = left_over.step
            AND item.item = left_over.item
          """);

  // A dead client is kept for a day, so that a claim that commits late is still rescued, and as
  // long as it has jobs: without its row, they would be considered stuck, and use up an attempt.
  private static final Sql CLEAN_CLIENTS =
      Sql.of(
          "delete clients that died long ago",
          Template.of(
                  """
                  DELETE FROM {schema}.cairn_client
                  WHERE id IN (
                    SELECT id
                    FROM {schema}.cairn_client
                    WHERE heartbeat_at < now() - timeout - interval '1 day'
                      AND id <> ALL (ARRAY(
                        SELECT {last_client} FROM {schema}.river_job AS job
                        WHERE job.state = 'running' AND {last_client} IS NOT NULL
                      ))
                    FOR UPDATE SKIP LOCKED
                  )
                  """)
              .with("last_client", Fragments.LAST_CLIENT)
              .sql());

  @Override
  public void cleanLeftovers(int limit) {
    database.update(CLEAN_CHECKPOINTS, Map.of("limit", limit));
    database.update(CLEAN_QUARANTINE, Map.of("limit", limit));
    database.update(CLEAN_CLIENTS, Map.of());
  }

  private static final Sql NOW = Sql.of("read the time", "SELECT clock_timestamp()");

  @Override
  public Instant now() {
    return database.list(NOW, Map.of(), row -> Rows.instant(row, 1)).getFirst();
  }

  @Override
  public List<String> indexes() {
    return rebuilds.indexes();
  }

  @Override
  public void reindex(String index, Duration timeout) {
    rebuilds.rebuild(index, timeout);
  }

  @Override
  public boolean dropUnfinishedIndexes(Duration timeout) {
    return rebuilds.dropUnfinished(timeout);
  }
}
