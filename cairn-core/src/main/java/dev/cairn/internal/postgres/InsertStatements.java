package dev.cairn.internal.postgres;

import dev.cairn.InsertResult;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.UniqueKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Inserts jobs and returns a result for each. */
final class InsertStatements {
  /**
   * One row of a result.
   *
   * @param transaction the number of the transaction that inserted the job
   */
  private record Row(InsertResult result, String transaction) {}

  /**
   * Inserts jobs.
   *
   * @param tell whether the same transaction notifies their queues
   */
  Insertion insert(Session session, List<NewJob> given, boolean tell) {
    if (given.isEmpty()) {
      return Insertion.NONE;
    }
    List<NewJob> jobs = withKeys(session, given);
    if (jobs.size() == 1 && jobs.getFirst().unique() == null) {
      NewJob job = jobs.getFirst();
      return insertion(
          session.list(
              tell ? INSERT_ONE_AND_TELL : INSERT_ONE,
              values(session, job),
              row -> row(new InsertResult(inserted(row, job), false), row)));
    }
    if (jobs.stream().allMatch(job -> job.unique() == null)) {
      return insertion(
          session.list(
              INSERT,
              values(session, jobs, tell),
              row -> row(new InsertResult(Rows.job(row), false), row)));
    }
    var batch = new UniqueBatch(jobs);
    Insertion distinct = insertion(insertUnique(session, batch.distinct(), tell));
    return new Insertion(batch.spread(distinct.results()), distinct.transaction());
  }

  /** Gives jobs their keys that depend on the time of the insertion. */
  private static List<NewJob> withKeys(Session session, List<NewJob> jobs) {
    if (jobs.stream().allMatch(job -> job.uniqueWhenDue() == null)) {
      return jobs;
    }
    Instant now = session.list(NOW, Map.of(), row -> Rows.instant(row, 1)).getFirst();
    return jobs.stream().map(job -> job.withKey(now)).toList();
  }

  private static Row row(InsertResult result, ResultSet row) throws SQLException {
    return new Row(result, row.getString("transaction"));
  }

  private static Insertion insertion(List<Row> rows) {
    return new Insertion(
        rows.stream().map(Row::result).toList(),
        rows.isEmpty() ? null : rows.getFirst().transaction());
  }

  // A delay begins with the statement: a transaction may have begun long before.
  private static final Sql NOW =
      Sql.of("read the time of an insertion", "SELECT statement_timestamp()");

  // Ids are drawn in the order of the input. RETURNING has no order, so the result is sorted. Only
  // jobs that are due need a notification.
  private static final String INPUT =
      """
      WITH input AS MATERIALIZED (
        SELECT nextval('{schema}.river_job_id_seq') AS id, input.*
        FROM (
          SELECT *
          FROM unnest(:kinds::text[], :args::text[], :metadata::text[], :max_attempts::integer[],
            :priorities::integer[], :queues::text[], :scheduled_at::timestamptz[],
            :delays::bigint[], :pending::boolean[], :tags::text[], :unique_keys::text[],
            :unique_states::text[])
            WITH ORDINALITY AS input (kind, args, metadata, max_attempts, priority, queue,
              scheduled_at, delay, pending, tags, unique_key, unique_states, place)
          ORDER BY place
        ) AS input
      ),
      """;

  private static final String ROWS =
      """
      SELECT id, kind, args::jsonb, metadata::jsonb, max_attempts, priority, queue,
        coalesce(scheduled_at, statement_timestamp() + delay * interval '1 microsecond', now()),
        (CASE WHEN pending THEN 'pending'
          WHEN scheduled_at > now() OR delay > 0 THEN 'scheduled'
          ELSE 'available' END)::{schema}.river_job_state,
        coalesce(string_to_array(nullif(tags, ''), ','), '{}'),
        decode(unique_key, 'hex'), unique_states::bit(8)
      FROM input
      """;

  // The most common insertion: one job, so there is no array to unpack and no order to keep. It
  // returns only the values that the database has computed.
  private static Sql insertOne(String told) {
    return Sql.of(
        "insert jobs",
        Template.of(
                """
                INSERT INTO {schema}.river_job
                  (kind, args, metadata, max_attempts, priority, queue, scheduled_at, state, tags)
                VALUES (:kind, :args::jsonb, :metadata::jsonb, :max_attempts, :priority, :queue,
                  coalesce(:scheduled_at::timestamptz,
                    statement_timestamp() + :delay::bigint * interval '1 microsecond', now()),
                  (CASE WHEN :pending THEN 'pending'
                    WHEN :scheduled_at::timestamptz > now() OR :delay::bigint > 0 THEN 'scheduled'
                    ELSE 'available' END)::{schema}.river_job_state,
                  coalesce(:tags::text[], '{}'))
                RETURNING id, state::text, args, metadata, created_at, scheduled_at,
                  pg_current_xact_id()::text AS transaction{told}
                """)
            .with("told", told)
            .sql());
  }

  private static final Sql INSERT_ONE = insertOne("");

  private static final Sql INSERT_ONE_AND_TELL =
      insertOne(
          """
          ,
            CASE WHEN state = 'available'
              THEN pg_notify(:channel, json_build_object('queue', queue)::text) END\
          """);

  private static Map<String, @Nullable Object> values(Session session, NewJob job) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("kind", job.kind());
    values.put("args", job.args());
    values.put("metadata", job.metadata());
    values.put("max_attempts", job.maxAttempts());
    values.put("priority", job.priority());
    values.put("queue", job.queue());
    values.put("scheduled_at", job.scheduledAt());
    values.put("delay", delay(job));
    values.put("pending", job.pending());
    values.put("tags", job.tags().isEmpty() ? null : SqlArray.texts(job.tags(), tag -> tag));
    values.put("channel", session.schema().channel("river_insert"));
    return values;
  }

  private static JobRow inserted(ResultSet row, NewJob job) throws SQLException {
    return new JobRow(
        row.getLong(1),
        JobState.ofLabel(row.getString(2)),
        job.kind(),
        row.getString(3),
        0,
        job.maxAttempts(),
        job.priority(),
        job.queue(),
        job.tags(),
        row.getString(4),
        List.of(),
        List.of(),
        Rows.instant(row, 5),
        Rows.instant(row, 6),
        null,
        null);
  }

  private static final Sql INSERT =
      Sql.of(
          "insert jobs",
          INPUT
              + Template.of(
                      """
                      inserted AS (
                        INSERT INTO {schema}.river_job AS job
                          (id, kind, args, metadata, max_attempts, priority, queue, scheduled_at, state,
                            tags, unique_key, unique_states)
                        {rows}
                        RETURNING {job_columns}
                      ),
                      told AS (
                        SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
                        FROM (SELECT DISTINCT queue FROM inserted WHERE state = 'available') AS due
                        WHERE :tell
                      )
                      SELECT inserted.*, told.*, pg_current_xact_id()::text AS transaction
                      FROM inserted, told
                      ORDER BY inserted.id
                      """)
                  .with("rows", ROWS)
                  .with("job_columns", Rows.JOB)
                  .sql());

  private static final String KEY_COUNTS =
      """
      unique_key IS NOT NULL AND unique_states IS NOT NULL
        AND {schema}.river_job_state_in_bitmask(unique_states, state)\
      """;

  // The update changes nothing, but it locks and returns the earlier job, even if another session
  // has just inserted it. A row that existed before has an xmax. One statement cannot handle the
  // same key twice, so a batch contains each key once; see UniqueBatch.
  private static final Sql INSERT_UNIQUE =
      Sql.of(
          "insert unique jobs",
          INPUT
              + Template.of(
                      """
                      inserted AS (
                        INSERT INTO {schema}.river_job AS job
                          (id, kind, args, metadata, max_attempts, priority, queue, scheduled_at, state,
                            tags, unique_key, unique_states)
                        {rows}
                        ORDER BY input.unique_key
                        ON CONFLICT (unique_key) WHERE {key_counts}
                        DO UPDATE SET kind = job.kind
                        RETURNING {job_columns}, encode(job.unique_key, 'hex') AS key, job.xmax <> 0 AS duplicate
                      ),
                      """)
                  .with("rows", ROWS)
                  .with("job_columns", Rows.JOB)
                  .with("key_counts", KEY_COUNTS)
                  .sql()
              + uniqueResult("inserted"));

  // Two statements with the same keys can deadlock unless both lock in the same order: first the
  // existing jobs by their ids, as in all statements that lock several jobs and may wait, and then
  // the new ones by their keys. The ids are drawn beforehand, in the caller's order. A key that
  // another job has taken meanwhile has no row in the result: waiting for that job while all others
  // are locked would break the order. The statement is then undone and repeated.
  private static final Sql INSERT_MANY_UNIQUE =
      Sql.of(
          "insert unique jobs",
          INPUT
              + Template.of(
                      """
                      earlier AS MATERIALIZED (
                        SELECT {job_columns}, encode(job.unique_key, 'hex') AS key
                        FROM {schema}.river_job AS job
                        WHERE job.unique_key = ANY (ARRAY(
                            SELECT decode(unique_key, 'hex') FROM input WHERE unique_key IS NOT NULL))
                          AND {key_counts}
                        ORDER BY job.id
                        FOR NO KEY UPDATE
                      ),
                      inserted AS (
                        INSERT INTO {schema}.river_job AS job
                          (id, kind, args, metadata, max_attempts, priority, queue, scheduled_at, state,
                            tags, unique_key, unique_states)
                        {rows}
                        WHERE NOT EXISTS (SELECT FROM earlier WHERE earlier.key = input.unique_key)
                        ORDER BY input.unique_key
                        ON CONFLICT (unique_key) WHERE {key_counts}
                        DO NOTHING
                        RETURNING {job_columns}, encode(job.unique_key, 'hex') AS key
                      ),
                      found AS (
                        SELECT *, true AS duplicate FROM earlier
                        UNION ALL
                        SELECT *, false FROM inserted
                      ),
                      """)
                  .with("rows", ROWS.stripTrailing())
                  .with("job_columns", Rows.JOB)
                  .with("key_counts", KEY_COUNTS)
                  .sql()
              + uniqueResult("found"));

  private static String uniqueResult(String found) {
    return Template.of(
            """
            told AS (
              SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
              FROM (
                SELECT DISTINCT queue FROM {found} WHERE state = 'available' AND NOT duplicate
              ) AS due
              WHERE :tell
            )
            SELECT {found}.*, told.*, {sizes}, pg_current_xact_id()::text AS transaction
            FROM {found}
            JOIN input ON coalesce(input.unique_key, input.id::text)
              = coalesce({found}.key, {found}.id::text)
            CROSS JOIN told
            ORDER BY input.place
            """)
        .with("found", found)
        .with("sizes", Fragments.SIZES)
        .sql();
  }

  /**
   * The maximum number of tries with INSERT_MANY_UNIQUE, each of which fails if other jobs take a
   * key meanwhile. After that, INSERT_UNIQUE locks the jobs in any order, at the risk of a
   * deadlock. With twelve keys that other jobs took all the time, up to ten tries were needed.
   */
  private static final int TRIES_MAX = 100;

  private static List<Row> insertUnique(Session session, List<NewJob> jobs, boolean tell) {
    Map<String, Object> values = values(session, jobs, tell);
    long keys = jobs.stream().filter(job -> job.unique() != null).count();
    for (int tries = 0; keys > 1 && tries < TRIES_MAX; tries++) {
      Optional<List<Row>> all =
          session.undoable(
              INSERT_MANY_UNIQUE.purpose(),
              own ->
                  Optional.of(insertUnique(own, INSERT_MANY_UNIQUE, values))
                      .filter(rows -> rows.size() == jobs.size()));
      if (all.isPresent()) {
        return all.get();
      }
    }
    return insertUnique(session, INSERT_UNIQUE, values);
  }

  private static List<Row> insertUnique(Session session, Sql sql, Map<String, Object> values) {
    return session.list(sql, values, row -> result(session, row));
  }

  // Reports the sizes, because the plan for a small table reads the whole table, and this client
  // alone may have made the table large.
  private static Row result(Session session, ResultSet row) throws SQLException {
    session.sizes(row.getLong("job_bytes"), row.getLong("checkpoint_bytes"));
    return row(new InsertResult(Rows.job(row), row.getBoolean("duplicate")), row);
  }

  private static Map<String, Object> values(Session session, List<NewJob> jobs, boolean tell) {
    return Map.ofEntries(
        Map.entry("kinds", SqlArray.texts(jobs, NewJob::kind)),
        Map.entry("args", SqlArray.texts(jobs, NewJob::args)),
        Map.entry("metadata", SqlArray.texts(jobs, NewJob::metadata)),
        Map.entry("max_attempts", SqlArray.integers(jobs, NewJob::maxAttempts)),
        Map.entry("priorities", SqlArray.integers(jobs, NewJob::priority)),
        Map.entry("queues", SqlArray.texts(jobs, NewJob::queue)),
        Map.entry("scheduled_at", SqlArray.instants(jobs, NewJob::scheduledAt)),
        Map.entry("delays", SqlArray.longs(jobs, InsertStatements::delay)),
        Map.entry("pending", SqlArray.booleans(jobs, NewJob::pending)),
        Map.entry("tags", SqlArray.texts(jobs, job -> String.join(",", job.tags()))),
        Map.entry("unique_keys", SqlArray.texts(jobs, job -> unique(job, UniqueKey::hex))),
        Map.entry("unique_states", SqlArray.texts(jobs, job -> unique(job, UniqueKey::states))),
        Map.entry("tell", tell),
        Map.entry("channel", session.schema().channel("river_insert")));
  }

  private static @Nullable Long delay(NewJob job) {
    return job.delay() == null ? null : TimeUnit.MICROSECONDS.convert(job.delay());
  }

  private static @Nullable String unique(NewJob job, Function<UniqueKey, String> part) {
    return job.unique() == null ? null : part.apply(job.unique());
  }
}
