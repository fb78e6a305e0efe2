package dev.cairn.internal.postgres;

import dev.cairn.JobState;
import dev.cairn.jobs.JobCondition;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * A statement contains only the conditions that are set, with states as literals. With a
 * parameter instead, the planner would not know how rare a state is, and would read the whole table
 * for a state that no job has.
 *
 * No index of River contains all jobs in the order of a time. One contains the ended jobs of a
 * state by the time of their end. Another contains the jobs of a state, a queue and a priority by
 * the time at which they are due. So a page in such an order is composed of one short stretch for
 * each combination, if there is no other filter. With another filter, the planner has to use that
 * filter.
 */

/** Composes the statements that list and delete jobs, and the query for the jobs to change. */
final class JobListSql {
  private static final Set<JobState> FINAL =
      EnumSet.of(JobState.CANCELLED, JobState.COMPLETED, JobState.DISCARDED);

  private static final String NOT_RUNNING = "job.state <> 'running'";
  private static final String RUNNING_SINCE = "coalesce(job.attempted_at, job.scheduled_at)";

  private static final Map<Order, String> TIME_OF_ORDER =
      new EnumMap<>(
          Map.of(
              Order.ID, "NULL::timestamptz",
              Order.SCHEDULED_AT, "job.scheduled_at",
              Order.FINALIZED_AT, "job.finalized_at",
              Order.TIME,
                  Template.of(
                          """
                          CASE
                            WHEN job.finalized_at IS NOT NULL THEN job.finalized_at
                            WHEN job.state = 'running' THEN {running_since}
                            ELSE job.scheduled_at END\
                          """)
                      .with("running_since", RUNNING_SINCE)
                      .sql()));

  private final JobQuery query;
  private final @Nullable Long scanEnd;
  private final @Nullable String besides;
  private final String direction;

  private JobListSql(JobQuery query, @Nullable Long scanEnd, @Nullable String besides) {
    this.query = query;
    this.scanEnd = scanEnd;
    this.besides = besides;
    this.direction = query.descending() ? "DESC" : "ASC";
  }

  /**
   * @param scanEnd the id of the last job to examine; null for no limit
   */
  static Sql list(JobQuery query, @Nullable Long scanEnd) {
    return Sql.composed("list jobs", new JobListSql(query, scanEnd, null).list());
  }

  static Sql delete(JobQuery query) {
    return Sql.composed("delete jobs", new JobListSql(query, null, NOT_RUNNING).delete());
  }

  /**
   * Selects the ids of the jobs of a query.
   *
   * @param besides a further condition on the job
   */
  static String ids(JobQuery query, String besides) {
    return new JobListSql(query, null, besides).ids();
  }

  /**
   * The conditions that a row must still meet once it is locked. The row may have changed since the
   * statement found it, and PostgreSQL checks the new version only against the conditions of the
   * query that locks it.
   *
   * @param besides the further condition by which it was found
   */
  static String stillWanted(JobQuery query, String besides) {
    var sql = new JobListSql(query, null, besides);
    var conditions = sql.filters();
    if (query.order() != Order.ID) {
      conditions.add(TIME_OF_ORDER.get(query.order()) + " IS NOT NULL");
    }
    // IS TRUE keeps the server from using another index than that of the ids for them.
    return conditions.stream().collect(Collectors.joining("\n      AND ", "(", ") IS TRUE"));
  }

  /** The order of rows named {@code job}, as in the query. */
  static String order(JobQuery query) {
    return Template.of("{time} {direction}, job.id {direction}")
        .with("time", Objects.requireNonNull(TIME_OF_ORDER.get(query.order())))
        .with("direction", query.descending() ? "DESC" : "ASC")
        .sql();
  }

  /** Finds the last job that a query with a scan limit may examine. */
  static Sql scanEnd(JobQuery query) {
    var sql = new JobListSql(query, null, null);
    return Sql.composed(
        "find where the search for jobs ends",
        Template.of(
                """
                SELECT job.id
                FROM {schema}.river_job AS job
                {after}
                ORDER BY job.id {direction}
                OFFSET :scanned_before_last
                LIMIT 1
                """)
            .with(
                "after",
                query.after() == null ? "" : "WHERE job.id %s :after_id".formatted(sql.beyond()))
            .with("direction", sql.direction)
            .sql());
  }

  // The columns are computed outside of the limit, because the server would read and convert the
  // errors of all matching jobs before it sorts them.
  private String list() {
    return isOfStretches()
        ? Template.of(
                """
                SELECT {job_columns}
                FROM ({stretches}) AS wanted
                JOIN {schema}.river_job AS job ON job.id = wanted.id
                ORDER BY wanted.time {direction}, wanted.id {direction}
                """)
            .with("job_columns", Rows.columns(query))
            .with("stretches", stretches())
            .with("direction", direction)
            .sql()
        : Template.of(
                """
                SELECT {job_columns}
                FROM (
                  SELECT job.*
                  {rest}
                ) AS job
                ORDER BY {order}
                """)
            .with("job_columns", Rows.columns(query))
            .with("rest", rest())
            .with("order", order(query))
            .sql();
  }

  // Jobs are locked in the order of their ids, whatever the order of the query: see WakeStatements.
  // Arrays are used instead of joins: if the server expects a single job, a join compares each row
  // with each.
  private String delete() {
    return Template.of(
            """
            WITH locked AS MATERIALIZED (
              SELECT job.id
              FROM {schema}.river_job AS job
              WHERE job.id = ANY (ARRAY(SELECT id FROM ({ids}) AS wanted))
                AND {still_wanted}
              ORDER BY job.id
              FOR UPDATE
            ),
            deleted AS (
              DELETE FROM {schema}.river_job AS job
              WHERE job.id = ANY (ARRAY(SELECT id FROM locked))
              RETURNING {job_columns}
            ),
            checkpoints AS (
              DELETE FROM {schema}.cairn_checkpoint AS checkpoint
              WHERE checkpoint.job_id = ANY (ARRAY(SELECT id FROM deleted))
            )
            SELECT * FROM deleted AS job ORDER BY {order}
            """)
        .with("ids", ids())
        .with("still_wanted", stillWanted(query, NOT_RUNNING))
        .with("job_columns", Rows.columns(query))
        .with("order", order(query))
        .sql();
  }

  private String ids() {
    return isOfStretches() ? stretches() : "SELECT job.id\n" + rest();
  }

  /** Whether stretches of an index contain exactly the jobs of the query, in its order. */
  private boolean isOfStretches() {
    return query.order() != Order.ID
        && Stream.of(
                query.ids(),
                query.kinds(),
                query.tagsAll(),
                query.tagsAny(),
                query.metadata(),
                query.created().from(),
                query.created().to(),
                query.where())
            .allMatch(Objects::isNull);
  }

  private String stretches() {
    var stretches = new ArrayList<String>();
    var otherwise = EnumSet.noneOf(JobState.class);
    if (query.order() != Order.SCHEDULED_AT) {
      FINAL.stream()
          .filter(this::isAskedFor)
          .forEach(state -> stretches.add(stretch("job.finalized_at", is(state))));
      otherwise.addAll(FINAL);
    }
    if (query.order() == Order.TIME) {
      if (isAskedFor(JobState.RUNNING)) {
        stretches.add(stretch(RUNNING_SINCE, is(JobState.RUNNING)));
      }
      otherwise.add(JobState.RUNNING);
    }
    if (query.order() != Order.FINALIZED_AT) {
      stretches.add(stretchesByDueTime(otherwise));
    }
    if (stretches.isEmpty()) {
      stretches.add("SELECT NULL::bigint AS id, NULL::timestamptz AS time WHERE false");
    }
    return "SELECT id, time\nFROM (%s) AS stretch\n%s"
        .formatted(
            stretches.stream().collect(Collectors.joining(")\nUNION ALL (", "(", ")")),
            limited("time", "id"));
  }

  private boolean isAskedFor(JobState state) {
    return query.states() == null || query.states().contains(state);
  }

  private static String is(JobState state) {
    return "job.state = '%s'".formatted(state.label());
  }

  private String stretch(String time, String which) {
    var conditions = new ArrayList<String>();
    conditions.add(which);
    conditions.add(time + " IS NOT NULL");
    conditions.addAll(conditions(time));
    return "SELECT job.id, %s AS time\nFROM {schema}.river_job AS job\n%s\n%s"
        .formatted(time, where(conditions), limited(time, "job.id"));
  }

  // The states come from the database, which may have more states than this program. The index is
  // searched queue by queue and priority by priority.
  private String stretchesByDueTime(Set<JobState> without) {
    Template next =
        Template.of(
            """
            SELECT job.state, job.queue, job.priority
            FROM {schema}.river_job AS job
            WHERE job.state = {place}
            ORDER BY job.queue, job.priority
            LIMIT 1\
            """);
    return Template.of(
            """
            WITH RECURSIVE place AS (
              SELECT first.*
              FROM unnest(enum_range(NULL::{schema}.river_job_state)) AS known (state)
              CROSS JOIN LATERAL ({first}) AS first
              WHERE {known}
              UNION ALL
              SELECT next.*
              FROM place
              CROSS JOIN LATERAL ({next}) AS next
            )
            SELECT due.id, due.time
            FROM place
            CROSS JOIN LATERAL ({stretch}) AS due
            """)
        .with("first", next.with("place", "known.state").sql())
        .with("known", known(without))
        .with("next", next.with("place", BEHIND_THE_PLACE).sql())
        .with("stretch", stretch("job.scheduled_at", AT_THE_PLACE))
        .sql();
  }

  private static final String BEHIND_THE_PLACE =
      "place.state\n  AND (job.queue, job.priority) > (place.queue, place.priority)";

  private static final String AT_THE_PLACE =
      "job.state = place.state AND job.queue = place.queue AND job.priority = place.priority";

  private String known(Set<JobState> without) {
    Set<JobState> states = query.states();
    return states == null
        ? "known.state::text <> ALL ('{%s}')".formatted(labels(without))
        : "known.state::text = ANY ('{%s}')"
            .formatted(labels(states.stream().filter(state -> !without.contains(state)).toList()));
  }

  private static String labels(Collection<JobState> states) {
    return states.stream().map(JobState::label).sorted().collect(Collectors.joining(","));
  }

  private String rest() {
    String time = Objects.requireNonNull(TIME_OF_ORDER.get(query.order()));
    List<String> conditions = new ArrayList<>(conditions(time));
    boolean byId = query.order() == Order.ID;
    if (!byId) {
      conditions.add(time + " IS NOT NULL");
    }
    return "FROM {schema}.river_job AS job\n%s\n%s"
        .formatted(
            conditions.isEmpty() ? "" : where(conditions),
            byId
                ? "ORDER BY job.id %s\nLIMIT :limit".formatted(direction)
                : limited(time, "job.id"));
  }

  private static String where(List<String> conditions) {
    return "WHERE " + String.join("\n  AND ", conditions);
  }

  private String limited(String time, String id) {
    return Template.of("ORDER BY {time} {direction}, {id} {direction}\nLIMIT :limit")
        .with("time", time)
        .with("id", id)
        .with("direction", direction)
        .sql();
  }

  private List<String> conditions(String time) {
    List<String> conditions = filters();
    add(
        conditions,
        query.after(),
        query.order() == Order.ID
            ? "job.id %s :after_id::bigint".formatted(beyond())
            : "(%s, job.id) %s (:after_time::timestamptz, :after_id::bigint)"
                .formatted(time, beyond()));
    add(
        conditions,
        scanEnd,
        "job.id %s :scan_end::bigint".formatted(query.descending() ? ">=" : "<="));
    return conditions;
  }

  /** The conditions on a job, whatever its place in the order. */
  private List<String> filters() {
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
    if (besides != null) {
      conditions.add(besides);
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
      // The parameters of the condition must not have the names of other parameters.
      conditions.add(
          "(%s\n)".formatted(Sql.PARAMETER.matcher(where.sql()).replaceAll(":where_$1")));
    }
    return conditions;
  }

  private String beyond() {
    return query.descending() ? "<" : ">";
  }

  private static void add(List<String> conditions, @Nullable Object asked, String condition) {
    if (asked != null) {
      conditions.add(condition);
    }
  }

  /** Whether a filter was set to an empty list. */
  static boolean matchesNothing(JobQuery query) {
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

  static Map<String, @Nullable Object> values(JobQuery query, @Nullable Long scanEnd) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("ids", orNull(query.ids(), ids -> SqlArray.longs(ids, id -> id)));
    values.put("kinds", orNull(query.kinds(), JobListSql::texts));
    values.put("queues", orNull(query.queues(), JobListSql::texts));
    values.put("priorities", orNull(query.priorities(), list -> SqlArray.integers(list, it -> it)));
    values.put("tags_all", orNull(query.tagsAll(), JobListSql::texts));
    values.put("tags_any", orNull(query.tagsAny(), JobListSql::texts));
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
    values.put("scan_end", scanEnd);
    values.put("scanned_before_last", query.scanLimit() == null ? 0 : query.scanLimit() - 1);
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
}
