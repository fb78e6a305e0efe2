package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.JobCondition;
import dev.cairn.JobQuery;
import dev.cairn.JobQuery.Order;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.store.JobListStore;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at jobs, and acts on them from outside, by River's rules. */
final class PostgresJobListStore implements JobListStore {
  private final Database database;
  private final Session session;

  PostgresJobListStore(Database database) {
    this(database, database);
  }

  private PostgresJobListStore(Database database, Session session) {
    this.database = database;
    this.session = session;
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

  private static final Map<Order, String> TIME_OF_ORDER =
      new EnumMap<>(
          Map.of(
              Order.ID, "NULL::timestamptz",
              Order.SCHEDULED_AT, "job.scheduled_at",
              Order.FINALIZED_AT, "job.finalized_at",
              Order.TIME,
                  """
                  CASE
                    WHEN job.finalized_at IS NOT NULL THEN job.finalized_at
                    WHEN job.state = 'running' THEN coalesce(job.attempted_at, job.scheduled_at)
                    ELSE job.scheduled_at END\
                  """));

  // A statement has only the conditions that are asked for, and states as literals: with a
  // parameter
  // in their place the planner does not know how rare they are, and reads the whole table for a
  // state that no job is in.
  private static String rest(JobQuery query) {
    var conditions = new ArrayList<String>();
    add(conditions, query.ids(), "job.id = ANY (:ids::bigint[])");
    add(conditions, query.kinds(), "job.kind = ANY (:kinds::text[])");
    add(conditions, query.queues(), "job.queue = ANY (:queues::text[])");
    add(conditions, query.priorities(), "job.priority = ANY (:priorities::integer[])");
    if (query.states() != null) {
      conditions.add(
          query.states().stream()
              .map(state -> "'%s'".formatted(state.label()))
              .sorted()
              .collect(Collectors.joining(", ", "job.state IN (", ")")));
    }
    add(conditions, query.tagsAll(), "job.tags::text[] @> :tags_all::text[]");
    add(conditions, query.tagsAny(), "job.tags::text[] && :tags_any::text[]");
    add(conditions, query.metadata(), "job.metadata @> :metadata::jsonb");
    add(conditions, query.created().from(), "job.created_at >= :created_from::timestamptz");
    add(conditions, query.created().to(), "job.created_at < :created_to::timestamptz");
    add(conditions, query.scheduled().from(), "job.scheduled_at >= :scheduled_from::timestamptz");
    add(conditions, query.scheduled().to(), "job.scheduled_at < :scheduled_to::timestamptz");
    add(conditions, query.finalized().from(), "job.finalized_at >= :finalized_from::timestamptz");
    add(conditions, query.finalized().to(), "job.finalized_at < :finalized_to::timestamptz");
    JobCondition where = query.where();
    if (where != null) {
      // Its names are kept apart from those of the statement.
      conditions.add(
          "(%s\n)".formatted(Sql.PARAMETER.matcher(where.sql()).replaceAll(":where_$1")));
    }
    String time = Objects.requireNonNull(TIME_OF_ORDER.get(query.order()));
    boolean byId = query.order() == Order.ID;
    if (!byId) {
      conditions.add(time + " IS NOT NULL");
    }
    add(
        conditions,
        query.after(),
        byId
            ? "job.id %s :after_id::bigint".formatted(query.descending() ? "<" : ">")
            : "(%s, job.id) %s (:after_time::timestamptz, :after_id::bigint)"
                .formatted(time, query.descending() ? "<" : ">"));
    String direction = query.descending() ? "DESC" : "ASC";
    return "%sORDER BY %sjob.id %s\nLIMIT :limit"
        .formatted(
            conditions.isEmpty() ? "" : "WHERE " + String.join("\n  AND ", conditions) + "\n",
            byId ? "" : "%s %s, ".formatted(time, direction),
            direction);
  }

  private static void add(List<String> conditions, @Nullable Object asked, String condition) {
    if (asked != null) {
      conditions.add(condition);
    }
  }

  private static String list(String rest) {
    return "SELECT %s FROM {schema}.river_job AS job\n%s".formatted(Rows.JOB, rest);
  }

  // Locked in order of id, whatever order was asked for: see PostgresWaitStore.
  private static String delete(String rest) {
    return """
    WITH wanted AS MATERIALIZED (
      SELECT row_number() OVER () AS place, ordered.id
      FROM (SELECT job.id FROM {schema}.river_job AS job
        %s) AS ordered
    ),
    locked AS MATERIALIZED (
      SELECT job.id
      FROM {schema}.river_job AS job
      WHERE job.id = ANY (ARRAY(SELECT id FROM wanted)) AND job.state <> 'running'
      ORDER BY job.id
      FOR UPDATE
    ),
    deleted AS (
      DELETE FROM {schema}.river_job AS job
      USING wanted
      WHERE job.id = wanted.id AND job.id = ANY (ARRAY(SELECT id FROM locked))
      RETURNING %s, wanted.place
    ),
    checkpoints AS (
      DELETE FROM {schema}.cairn_checkpoint AS checkpoint
      USING deleted
      WHERE checkpoint.job_id = deleted.id
    )
    SELECT * FROM deleted ORDER BY place
    """
        .formatted(rest, Rows.JOB);
  }

  @Override
  public List<JobRow> list(JobQuery query) {
    if (matchesNothing(query)) {
      return List.of();
    }
    return session.list(Sql.composed("list jobs", list(rest(query))), values(query), Rows::job);
  }

  @Override
  public List<JobRow> deleteMany(JobQuery query) {
    if (matchesNothing(query)) {
      return List.of();
    }
    return session.list(Sql.composed("delete jobs", delete(rest(query))), values(query), Rows::job);
  }

  @Override
  public Optional<JobRow> delete(long id) {
    JobQuery query = JobQuery.all().withIds(Set.of(id));
    return deleteMany(query).stream().findFirst();
  }

  private static boolean matchesNothing(JobQuery query) {
    return Stream.of(
            query.ids(),
            query.kinds(),
            query.queues(),
            query.priorities(),
            query.states(),
            query.tagsAll(),
            query.tagsAny())
        .anyMatch(filter -> filter != null && filter.isEmpty());
  }

  private static Map<String, @Nullable Object> values(JobQuery query) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("ids", orNull(query.ids(), ids -> SqlArray.longs(ids, id -> id)));
    values.put("kinds", orNull(query.kinds(), PostgresJobListStore::texts));
    values.put("queues", orNull(query.queues(), PostgresJobListStore::texts));
    values.put("priorities", orNull(query.priorities(), list -> SqlArray.integers(list, it -> it)));
    values.put("tags_all", orNull(query.tagsAll(), PostgresJobListStore::texts));
    values.put("tags_any", orNull(query.tagsAny(), PostgresJobListStore::texts));
    values.put("metadata", query.metadata());
    values.put("created_from", time(query.created().from()));
    values.put("created_to", time(query.created().to()));
    values.put("scheduled_from", time(query.scheduled().from()));
    values.put("scheduled_to", time(query.scheduled().to()));
    values.put("finalized_from", time(query.finalized().from()));
    values.put("finalized_to", time(query.finalized().to()));
    if (query.where() != null) {
      query.where().values().forEach((name, value) -> values.put("where_" + name, bound(value)));
    }
    values.put("after_time", query.after() == null ? null : time(query.after().time()));
    values.put("after_id", query.after() == null ? null : query.after().id());
    values.put("limit", query.limit());
    return values;
  }

  private static @Nullable String time(@Nullable Instant time) {
    return time == null ? null : Times.text(time);
  }

  private static Object bound(Object value) {
    return value instanceof Instant time ? Times.parameter(time) : value;
  }

  private static SqlArray texts(List<String> texts) {
    return SqlArray.texts(texts, text -> text);
  }

  private static <T> @Nullable SqlArray orNull(
      @Nullable Collection<T> items, Function<List<T>, SqlArray> array) {
    return items == null ? null : array.apply(List.copyOf(items));
  }

  private static final Sql COUNT =
      Sql.of(
          "count jobs",
          "SELECT state::text, count(*) FROM {schema}.river_job GROUP BY state ORDER BY state");

  @Override
  public Map<JobState, Long> countByState() {
    var counts = new EnumMap<JobState, Long>(JobState.class);
    session.list(
        COUNT,
        Map.of(),
        row -> counts.merge(Rows.state(row.getString(1)), row.getLong(2), Long::sum));
    return counts;
  }

  // A running job keeps its state: its client is told, and ends it as cancelled. As in River, which
  // tells of every cancellation.
  private static final Sql CANCEL =
      Sql.of(
          "cancel a job",
          """
          WITH locked AS (
            SELECT job.id, job.queue, job.state, job.finalized_at
            FROM {schema}.river_job AS job
            WHERE job.id = :id
            FOR UPDATE
          ),
          told AS (
            SELECT pg_notify(:channel,
              json_build_object('action', 'cancel', 'job_id', id, 'queue', queue)::text)
            FROM locked
            WHERE finalized_at IS NULL
          ),
          changed AS (
            UPDATE {schema}.river_job AS job
            SET state = CASE WHEN job.state = 'running' THEN job.state ELSE 'cancelled' END,
                finalized_at = CASE WHEN job.state = 'running' THEN NULL ELSE now() END,
                metadata = %2$s || jsonb_build_object('cancel_attempted_at',
                  to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            FROM locked
            WHERE job.id = locked.id AND locked.finalized_at IS NULL
            RETURNING %1$s
          )
          SELECT changed.*, (SELECT count(*) FROM told) FROM changed
          UNION ALL
          SELECT %1$s, 0 FROM {schema}.river_job AS job
          WHERE job.id = :id AND job.finalized_at IS NOT NULL
          """
              .formatted(Rows.JOB, Rows.METADATA));

  @Override
  public Optional<JobRow> cancel(long id) {
    return one(
        CANCEL, id, JobState.CANCELLED, Map.of("id", id, "channel", channel("river_control")));
  }

  // A completed job starts from zero, whatever its metadata say of steps. An earlier request to
  // stop
  // is not meant for the attempts to come. Both numbers of attempts have the room of a smallint.
  private static final Sql RETRY =
      Sql.of(
          "retry a job",
          """
          WITH locked AS (
            SELECT job.id, job.state = 'completed' AS from_zero, job.state <> 'running'
                AND (job.state <> 'available' OR job.scheduled_at > now()) AS wanted
            FROM {schema}.river_job AS job
            WHERE job.id = :id
            FOR NO KEY UPDATE
          ),
          changed AS (
            UPDATE {schema}.river_job AS job
            SET state = 'available',
                scheduled_at = now(),
                finalized_at = NULL,
                attempt = least(job.attempt, 32766),
                max_attempts = CASE WHEN job.attempt = job.max_attempts
                  THEN least(job.max_attempts + 1, 32767) ELSE job.max_attempts END,
                metadata = CASE WHEN locked.from_zero THEN %3$s - %2$s ELSE %3$s END
                  - '{cancel_attempted_at,cairn:request}'::text[]
            FROM locked
            WHERE job.id = locked.id AND locked.wanted
            RETURNING %1$s
          ),
          forgotten AS (
            DELETE FROM {schema}.cairn_checkpoint AS checkpoint
            USING locked
            WHERE checkpoint.job_id = locked.id AND locked.from_zero
          ),
          released AS (
            DELETE FROM {schema}.cairn_quarantine AS item
            USING locked
            WHERE item.job_id = locked.id AND locked.from_zero
          ),
          told AS (
            SELECT pg_notify(:channel, json_build_object('queue', queue)::text) FROM changed
          )
          SELECT changed.*, (SELECT count(*) FROM told) FROM changed
          UNION ALL
          SELECT %1$s, 0 FROM {schema}.river_job AS job
          JOIN locked ON locked.id = job.id AND NOT locked.wanted
          """
              .formatted(Rows.JOB, Fragments.RESUMABLE_KEYS, Rows.METADATA));

  @Override
  public Optional<JobRow> retry(long id) {
    UniqueTwins.requireNone(session, id, JobState.AVAILABLE);
    return one(RETRY, id, JobState.AVAILABLE, Map.of("id", id, "channel", channel("river_insert")));
  }

  private static final Sql UPDATE =
      Sql.of(
          "change a job",
          """
          UPDATE {schema}.river_job AS job
          SET metadata = %2$s
            || coalesce(:metadata::jsonb, '{}')
            || CASE WHEN :output::jsonb IS NULL THEN '{}'
              ELSE jsonb_build_object('output', :output::jsonb) END
          WHERE job.id = :id
          RETURNING %1$s
          """
              .formatted(Rows.JOB, Rows.METADATA));

  @Override
  public Optional<JobRow> update(long id, Change change) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("id", id);
    values.put("metadata", change.metadata());
    values.put("output", change.output());
    return one(UPDATE, values);
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
