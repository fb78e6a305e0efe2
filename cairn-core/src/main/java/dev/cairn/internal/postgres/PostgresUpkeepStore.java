package dev.cairn.internal.postgres;

import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The leader's statements, except for scheduling. */
final class PostgresUpkeepStore implements UpkeepStore {
  /**
   * The timeout of a statement of the leader, as in River. A statement that takes longer changes
   * nothing, and the next turn tries again.
   */
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

  /** When the job was claimed; -infinity instead of null, because every claim has a time. */
  private static final String SINCE = "coalesce(job.attempted_at, '-infinity')";

  private static final String CLIENT = "coalesce(%s, '')".formatted(Fragments.LAST_CLIENT);

  private static final Sql FIND_STUCK =
      Sql.of(
          "find stuck jobs",
          Template.of(
                  """
                  SELECT job.id, {since}, {client}, job.kind, job.attempt, job.max_attempts,
                    coalesce(cardinality(job.errors), 0)
                  FROM {schema}.river_job AS job
                  WHERE job.state = 'running'
                    AND (job.attempted_at IS NULL OR {client} = ''
                      OR (
                        job.attempted_at NOT BETWEEN now() - :horizon_ms * interval '1 millisecond'
                          AND now() + :horizon_ms * interval '1 millisecond'
                        AND job.kind <> ALL (:spared_kinds::text[])
                        AND NOT EXISTS (SELECT FROM {schema}.cairn_client AS client WHERE client.id = {client})
                      ))
                    AND (job.id, {since}, {client}) NOT IN (
                      SELECT left_out.id, left_out.since::timestamptz, left_out.client
                      FROM unnest(:left_out_ids::bigint[], :left_out_since::text[], :left_out_clients::text[])
                        AS left_out (id, since, client)
                    )
                  LIMIT :limit
                  """)
              .with("client", CLIENT)
              .with("since", SINCE)
              .sql());

  @Override
  public List<StuckJob> findStuck(
      Duration horizon, Set<String> sparedKinds, Set<Claim> leftOut, int limit) {
    List<Claim> claims = List.copyOf(leftOut);
    return database.list(
        FIND_STUCK,
        Map.of(
            "horizon_ms",
            horizon.toMillis(),
            "spared_kinds",
            SqlArray.texts(List.copyOf(sparedKinds), kind -> kind),
            "left_out_ids",
            SqlArray.longs(claims, Claim::jobId),
            "left_out_since",
            SqlArray.instants(claims, Claim::attemptedAt),
            "left_out_clients",
            SqlArray.texts(claims, Claim::clientId),
            "limit",
            limit),
        row ->
            new StuckJob(
                new Claim(row.getLong(1), Rows.instant(row, 2), row.getString(3)),
                row.getString(4),
                row.getInt(5),
                row.getInt(6),
                row.getInt(7)));
  }

  // Many other jobs may have been rescued since this one was found. So whether it was cancelled
  // meanwhile is read under the lock.
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
                  SET state = CASE WHEN {cancel_requested} THEN 'cancelled'
                        WHEN :ends THEN 'discarded'
                        WHEN {request} = 'pause' THEN 'pending'
                        ELSE 'retryable' END::{schema}.river_job_state,
                      finalized_at = CASE WHEN {cancel_requested} OR :ends THEN now() END,
                      scheduled_at = CASE WHEN {cancel_requested} OR :ends THEN job.scheduled_at
                        ELSE now() + :delay_us * interval '1 microsecond' END,
                      unique_key = CASE WHEN {cancel_requested} THEN {key_if_cancelled}
                        WHEN :ends THEN {key_if_discarded}
                        ELSE job.unique_key END,
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
              .with("cancel_requested", Fragments.CANCEL_REQUESTED)
              .with("key_if_cancelled", Fragments.keptKey("'cancelled'"))
              .with("key_if_discarded", Fragments.keptKey("'discarded'"))
              .with("running", Fragments.RUNNING)
              .with("errors", Fragments.ERRORS)
              .with("since", SINCE)
              .sql());

  @Override
  public boolean rescue(StuckJob job, Duration delay) {
    Map<String, @Nullable Object> values = Fence.of(job.claim());
    values.put("ends", job.attempt() >= job.maxAttempts());
    values.put("delay_us", delay.toNanos() / 1_000);
    return !database.list(RESCUE, values, row -> row.getLong(1)).isEmpty();
  }

  // Jobs are read in the order of the index on state and time, so that a turn reads a limited
  // number of jobs, however many are kept longer. A completed job with items in quarantine is kept
  // as long as a discarded job, because an operator has to decide about the items.
  private static Sql clean(String state, String besides) {
    return Sql.of(
            "delete old jobs",
            Template.of(
                    """
                    WITH seen AS MATERIALIZED (
                      SELECT job.id, job.queue, job.finalized_at
                      FROM {schema}.river_job AS job
                      WHERE job.state = '{state}'
                        AND job.finalized_at >= coalesce(:from::timestamptz, '-infinity')
                        AND job.finalized_at < now() - :age * interval '1 second'
                      ORDER BY job.finalized_at
                      OFFSET :skipped
                      LIMIT :limit
                    ),
                    old AS MATERIALIZED (
                      SELECT job.id
                      FROM {schema}.river_job AS job
                      WHERE job.id = ANY (ARRAY(
                          SELECT seen.id
                          FROM seen
                          LEFT JOIN unnest(:queues::text[], :times::float8[], :times_with_items::float8[])
                            AS own (queue, time, time_with_items) ON own.queue = seen.queue
                          WHERE seen.finalized_at < now() - coalesce(own.time, :time) * interval '1 second'
                            AND {besides}
                        ))
                        AND job.state = '{state}'
                        AND job.finalized_at < now() - :age * interval '1 second'
                      ORDER BY job.id
                      FOR UPDATE SKIP LOCKED
                    ),
                    deleted AS (
                      DELETE FROM {schema}.river_job AS job
                      WHERE job.id = ANY (ARRAY(SELECT id FROM old))
                      RETURNING job.id
                    )
                    SELECT (SELECT count(*) FROM seen), (SELECT count(*) FROM deleted),
                      (SELECT max(seen.finalized_at) FROM seen)
                    """)
                .with("state", state)
                .with("besides", besides)
                .sql())
        .within(STATEMENT_MAX);
  }

  private static final String NO_ITEMS =
      """
      (seen.finalized_at
          < now() - coalesce(own.time_with_items, :time_with_items) * interval '1 second'
        OR NOT EXISTS (
          SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = seen.id))\
      """;

  private static final Map<JobState, Sql> CLEAN =
      new EnumMap<>(
          Map.of(
              JobState.COMPLETED, clean("completed", NO_ITEMS),
              JobState.CANCELLED, clean("cancelled", "true"),
              JobState.DISCARDED, clean("discarded", "true")));

  @Override
  public Cleaned clean(
      JobState state, Retention retention, @Nullable EndPlace from, Duration age, int limit) {
    Sql sql = Objects.requireNonNull(CLEAN.get(state), "a final state");
    List<Map.Entry<String, Retention>> queues = List.copyOf(retention.queues().entrySet());
    var values = new HashMap<String, @Nullable Object>();
    values.put("from", from == null ? null : Times.text(from.finalizedAt()));
    values.put("skipped", from == null ? 0 : from.skipped());
    values.put("age", seconds(age));
    values.put("limit", limit);
    values.put("queues", SqlArray.texts(queues, Map.Entry::getKey));
    values.put("times", SqlArray.numbers(queues, queue -> time(state, queue.getValue())));
    values.put("time", time(state, retention));
    values.put(
        "times_with_items",
        SqlArray.numbers(queues, queue -> time(JobState.DISCARDED, queue.getValue())));
    values.put("time_with_items", time(JobState.DISCARDED, retention));
    return database
        .list(
            sql,
            values,
            row ->
                new Cleaned(
                    row.getInt(1),
                    row.getInt(2),
                    row.getObject(3) == null ? null : Rows.instant(row, 3)))
        .getFirst();
  }

  /** The retention time of a state, in seconds. */
  private static double time(JobState state, Retention retention) {
    return seconds(UpkeepStore.age(retention, state));
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  // Jobs are never deleted while they run, and ids are never reused. Rows that another client
  // deletes at the same time, or that another session locks, are skipped and found again later. The
  // index is searched from job to job, and each job is looked up by its id: otherwise, the server
  // might read all rows and all jobs each time, only to find none.
  private static Sql cleanLeftovers(String purpose, String table, String key, String isOver) {
    return Sql.of(
        purpose,
        Template.of(
                """
                WITH RECURSIVE seen (place, job_id) AS (
                  SELECT 1, (
                    SELECT own.job_id FROM {schema}.{table} AS own
                    WHERE own.job_id > :after
                    ORDER BY own.job_id
                    LIMIT 1)
                  UNION ALL
                  SELECT seen.place + 1, (
                    SELECT own.job_id FROM {schema}.{table} AS own
                    WHERE own.job_id > seen.job_id
                    ORDER BY own.job_id
                    LIMIT 1)
                  FROM seen
                  WHERE seen.job_id IS NOT NULL AND seen.place < :jobs
                ),
                finished AS MATERIALIZED (
                  SELECT seen.job_id FROM seen
                  WHERE seen.job_id IS NOT NULL AND {is_over}
                ),
                left_over AS MATERIALIZED (
                  SELECT {key}
                  FROM {schema}.{table}
                  WHERE job_id = ANY (ARRAY(SELECT finished.job_id FROM finished))
                  LIMIT :rows
                  FOR UPDATE SKIP LOCKED
                ),
                deleted AS (
                  DELETE FROM {schema}.{table}
                  USING left_over
                  WHERE ({table_key}) = ({left_over_key})
                  RETURNING 1
                )
                SELECT count(seen.job_id), (SELECT count(*) FROM finished),
                  (SELECT count(*) FROM deleted), coalesce(max(seen.job_id), 0)
                FROM seen
                """)
            .with("table", table)
            .with("key", key)
            .with("is_over", isOver)
            .with("table_key", keyOf(table, key))
            .with("left_over_key", keyOf("left_over", key))
            .sql());
  }

  private static String keyOf(String table, String key) {
    return Arrays.stream(key.split(", ", -1))
        .map(column -> table + "." + column)
        .collect(Collectors.joining(", "));
  }

  private static final String IS_GONE =
      "(SELECT job.id FROM {schema}.river_job AS job WHERE job.id = seen.job_id) IS NULL";

  /** Job 0 is not a job: its rows tell the leader which signals still have jobs to wake. */
  private static final String HAS_ENDED =
      """
      seen.job_id <> 0 AND coalesce(
        (
          SELECT job.state::text IN ('completed', 'cancelled', 'discarded')
          FROM {schema}.river_job AS job
          WHERE job.id = seen.job_id
        ),
        true)\
      """;

  private static final Sql CLEAN_CHECKPOINTS =
      cleanLeftovers(
          "delete checkpoints of deleted jobs", "cairn_checkpoint", "job_id, name", IS_GONE);

  private static final Sql CLEAN_QUARANTINE =
      cleanLeftovers(
          "delete items of deleted jobs", "cairn_quarantine", "job_id, step, item", IS_GONE);

  private static final Sql CLEAN_WAITS =
      cleanLeftovers(
          "delete waits of jobs that have ended", "cairn_wait", "job_id, step", HAS_ENDED);

  @Override
  public Passed cleanCheckpoints(long after, int jobs, int rows) {
    return pass(CLEAN_CHECKPOINTS, after, jobs, rows);
  }

  @Override
  public Passed cleanQuarantine(long after, int jobs, int rows) {
    return pass(CLEAN_QUARANTINE, after, jobs, rows);
  }

  @Override
  public Passed cleanWaits(long after, int jobs, int rows) {
    return pass(CLEAN_WAITS, after, jobs, rows);
  }

  private Passed pass(Sql sql, long after, int jobs, int rows) {
    return database
        .list(
            sql,
            Map.of("after", after, "jobs", jobs, "rows", rows),
            row -> new Passed(row.getInt(1), row.getInt(2), row.getInt(3), row.getLong(4)))
        .getFirst();
  }

  // Signals are read in the order of their names, so that a turn reads a limited number of signals,
  // however many are not old yet. Each old signal is checked again under its lock: a job that
  // begins to wait for the signal, or a program that sends it, writes the row first.
  private static final Sql CLEAN_SIGNALS =
      Sql.of(
          "delete old signals",
          """
          WITH seen AS MATERIALIZED (
            SELECT signal.name, signal.touched_at
            FROM {schema}.cairn_signal AS signal
            WHERE signal.name > :after
            ORDER BY signal.name
            LIMIT :limit
          ),
          old AS MATERIALIZED (
            SELECT signal.name
            FROM {schema}.cairn_signal AS signal
            WHERE signal.name = ANY (ARRAY(
                SELECT seen.name FROM seen WHERE seen.touched_at < now() - interval '7 days'
              ))
              AND signal.touched_at < now() - interval '7 days'
              AND NOT EXISTS (SELECT FROM {schema}.cairn_wait AS wait WHERE wait.signal = signal.name)
            ORDER BY signal.name
            FOR UPDATE SKIP LOCKED
          ),
          deleted AS (
            DELETE FROM {schema}.cairn_signal
            WHERE name = ANY (ARRAY(SELECT old.name FROM old))
            RETURNING 1
          )
          SELECT count(*), (SELECT count(*) FROM deleted), coalesce(max(seen.name), '')
          FROM seen
          """);

  @Override
  public PassedSignals cleanSignals(String after, int limit) {
    return database
        .list(
            CLEAN_SIGNALS,
            Map.of("after", after, "limit", limit),
            row -> new PassedSignals(row.getInt(1), row.getInt(2), row.getString(3)))
        .getFirst();
  }

  // A dead client is kept for a day, so that a claim that commits late is still rescued. It is also
  // kept as long as it has jobs: without its row, they would be considered stuck, and would use up
  // an attempt. The running jobs are read only if a client has been dead for that long.
  private static final Sql CLEAN_CLIENTS =
      Sql.of(
          "delete clients that died long ago",
          Template.of(
                  """
                  DELETE FROM {schema}.cairn_client
                  WHERE id IN (
                    SELECT client.id
                    FROM {schema}.cairn_client AS client
                    WHERE CASE WHEN {long_dead}
                      THEN client.id <> ALL (ARRAY(
                        SELECT {last_client} FROM {schema}.river_job AS job
                        WHERE job.state = 'running' AND {last_client} IS NOT NULL
                      ))
                      ELSE false END
                    FOR UPDATE SKIP LOCKED
                  )
                  """)
              .with("long_dead", DeadClients.LONG_DEAD)
              .with("last_client", Fragments.LAST_CLIENT)
              .sql());

  @Override
  public void cleanClients() {
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
