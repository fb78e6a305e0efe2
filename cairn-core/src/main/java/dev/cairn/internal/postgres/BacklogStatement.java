package dev.cairn.internal.postgres;

import dev.cairn.JobState;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueBacklog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts the jobs of each queue and state, except completed and cancelled jobs, which are never
 * read. For each state, the statement jumps from queue to queue in the index that claims use, and
 * counts the entries of each queue up to a limit.
 */
record BacklogStatement(Session session, Limits limits) {
  BacklogStatement(Session session) {
    this(session, new Limits(1_000, 100_000, 1_000_000));
  }

  /**
   * The limits of one count.
   *
   * @param places the number of pairs of a queue and a state
   * @param jobs the number of jobs of one pair
   * @param jobsInAll the number of jobs of all pairs together, which limits the cost if many queues
   *     have a backlog
   */
  record Limits(int places, int jobs, int jobsInAll) {}

  private static final Duration STATEMENT_MAX = Duration.ofSeconds(10);

  // If there are more pairs than :places_max, some states of the queues after the cut are not
  // counted. These queues are left out of the result.
  //
  // ORDER BY job.priority makes the server read the index: it may expect all jobs of the table in
  // one queue and state, and would then read the whole table. The oldest time is limited, because
  // it may be infinite, and PostgreSQL before 17 cannot subtract infinite times.
  private static final Sql COUNT =
      Sql.of(
              "count the jobs of each queue",
              """
              WITH RECURSIVE found (state, queue) AS (
                SELECT counted.state, first.queue
                FROM unnest(ARRAY['available', 'discarded', 'pending', 'retryable', 'running', 'scheduled']
                  ::{schema}.river_job_state[]) AS counted (state)
                CROSS JOIN LATERAL (
                  SELECT job.queue
                  FROM {schema}.river_job AS job
                  WHERE job.state = counted.state
                  ORDER BY job.queue
                  LIMIT 1
                ) AS first
                UNION ALL
                SELECT found.state, following.queue
                FROM found
                CROSS JOIN LATERAL (
                  SELECT job.queue
                  FROM {schema}.river_job AS job
                  WHERE job.state = found.state AND job.queue > found.queue
                  ORDER BY job.queue
                  LIMIT 1
                ) AS following
              ),
              place AS MATERIALIZED (SELECT state, queue FROM found LIMIT :places_max),
              bound AS MATERIALIZED (
                SELECT least(:jobs_max, :jobs_max_in_all / greatest(count(*), 1)) AS jobs FROM place
              ),
              cut AS MATERIALIZED (
                SELECT min(last.queue) AS queue
                FROM (SELECT state, max(queue) AS queue FROM place GROUP BY state) AS last
                CROSS JOIN LATERAL (
                  SELECT
                  FROM {schema}.river_job AS job
                  WHERE job.state = last.state AND job.queue > last.queue
                  ORDER BY job.queue
                  LIMIT 1
                ) AS further
              )
              SELECT place.queue, place.state::text,
                (
                  SELECT count(*)
                  FROM (
                    SELECT
                    FROM {schema}.river_job AS job
                    WHERE job.state = place.state AND job.queue = place.queue
                    ORDER BY job.priority
                    LIMIT (SELECT jobs FROM bound)
                  ) AS counted
                ),
                (
                  SELECT (extract(epoch FROM now() - greatest(
                    least(min(oldest.scheduled_at), now()), '2000-01-01 00:00:00+00')) * 1000)::bigint
                  FROM generate_series(1, 4) AS priority (value)
                  CROSS JOIN LATERAL (
                    SELECT job.scheduled_at
                    FROM {schema}.river_job AS job
                    WHERE job.state = place.state AND job.queue = place.queue
                      AND job.priority = priority.value
                    ORDER BY job.scheduled_at
                    LIMIT 1
                  ) AS oldest
                  WHERE place.state IN ('available', 'retryable', 'scheduled')
                  HAVING count(*) > 0
                ),
                NULL::boolean, bound.jobs
              FROM place, bound, cut
              WHERE cut.queue IS NULL OR place.queue <= cut.queue
              UNION ALL
              (
                SELECT known.name, NULL, NULL, NULL, known.paused_at IS NOT NULL, NULL
                FROM {schema}.river_queue AS known, cut
                WHERE cut.queue IS NULL OR known.name <= cut.queue
                ORDER BY known.name
                LIMIT :places_max
              )
              UNION ALL
              SELECT NULL, NULL, count(*), NULL, (SELECT queue IS NULL FROM cut),
                (SELECT jobs FROM bound)
              FROM (SELECT FROM {schema}.cairn_quarantine LIMIT :jobs_max) AS aside
              """)
          .within(STATEMENT_MAX);

  /** The text that is sent to the server. */
  static String text(SchemaName schema) {
    return COUNT.in(schema);
  }

  Backlog run() {
    List<Row> rows =
        session.list(
            COUNT,
            Map.of(
                "places_max", limits.places(),
                "jobs_max", limits.jobs(),
                "jobs_max_in_all", limits.jobsInAll()),
            Row::of);
    var queues = new TreeMap<String, Counted>();
    long quarantined = 0;
    long countedUpTo = limits.jobs();
    boolean complete = true;
    for (Row row : rows) {
      if (row.queue() == null) {
        quarantined = row.jobs();
        countedUpTo = row.bound();
        complete = row.flag();
      } else {
        queues.computeIfAbsent(row.queue(), Counted::new).add(row);
      }
    }
    return new Backlog(
        queues.values().stream().map(Counted::backlog).toList(),
        quarantined,
        countedUpTo,
        complete);
  }

  private record Row(
      @Nullable String queue,
      @Nullable String state,
      long jobs,
      @Nullable Long overdueMillis,
      boolean flag,
      long bound) {
    static Row of(ResultSet row) throws SQLException {
      return new Row(
          row.getString(1),
          row.getString(2),
          row.getLong(3),
          Rows.nullableLong(row, 4),
          row.getBoolean(5),
          row.getLong(6));
    }
  }

  /** Collects the rows of one queue. */
  private static final class Counted {
    private final String queue;
    private final Map<JobState, Long> jobs = new EnumMap<>(JobState.class);
    private final Map<JobState, Duration> overdue = new EnumMap<>(JobState.class);
    private boolean paused;

    Counted(String queue) {
      this.queue = queue;
    }

    void add(Row row) {
      paused |= row.flag();
      if (row.state() != null) {
        JobState state = JobState.ofLabel(row.state());
        jobs.put(state, row.jobs());
        if (row.overdueMillis() != null) {
          overdue.put(state, Duration.ofMillis(row.overdueMillis()));
        }
      }
    }

    QueueBacklog backlog() {
      return new QueueBacklog(queue, paused, jobs, overdue);
    }
  }
}
