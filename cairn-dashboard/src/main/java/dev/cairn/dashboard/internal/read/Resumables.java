package dev.cairn.dashboard.internal.read;

import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lists of jobs that have checkpoints, or items that are put aside. */
public final class Resumables {
  /** As many running jobs are looked at, in the order of their queues. */
  public static final int RUNNING_MAX = 3_000;

  /** As many jobs that were taken over are read. */
  public static final int TAKEN_OVER_MAX = 20;

  private static final int MARKED_MAX = 1_000;

  private Resumables() {}

  /**
   * A resumable job that runs.
   *
   * @param runningFor since it was claimed
   * @param stalled since its last checkpoint was saved
   */
  public record Running(
      Summary job,
      Duration runningFor,
      Duration stalled,
      @Nullable Double rate,
      @Nullable Duration timeLeft) {}

  /**
   * The resumable jobs that run.
   *
   * @param slowest those that stall longest, the worst first
   * @param stalled how many of those that were looked at have stalled
   * @param complete whether all running jobs were looked at
   */
  public record Look(List<Running> slowest, long stalled, boolean complete) {}

  private record Mark(
      long id,
      Duration running,
      Duration stalled,
      long stalledInAll,
      @Nullable Double rate,
      @Nullable Long left) {}

  private static final String RUNNING =
      """
      SELECT slow.id, slow.stalled_ms, slow.running_ms, slow.stalled, progress.rate,
        (extract(epoch FROM progress.time_left) * 1000)::bigint AS left_ms
      FROM (
        SELECT claimed.id, {stalled_ms} AS stalled_ms, {running_ms} AS running_ms,
          count(*) FILTER (WHERE {stalled_ms} >= :stalled_ms) OVER () AS stalled
        FROM (
          SELECT job.id, job.attempted_at
          FROM {schema}.river_job AS job
          WHERE job.state = 'running'
          ORDER BY job.queue, job.priority, job.scheduled_at, job.id
          LIMIT :looked_at
        ) AS claimed
        CROSS JOIN LATERAL (
          SELECT max(mark.saved_at) AS saved_at
          FROM {schema}.cairn_checkpoint AS mark
          WHERE mark.job_id = claimed.id
        ) AS last
        WHERE last.saved_at IS NOT NULL
        ORDER BY 2 DESC, claimed.id
        LIMIT :most
      ) AS slow
      LEFT JOIN LATERAL (
        SELECT progress.rate, progress.time_left
        FROM {schema}.cairn_job_progress AS progress
        WHERE progress.job_id = slow.id
        -- The view is asked for each job alone. Otherwise it would be computed for all jobs.
        OFFSET 0
      ) AS progress ON true
      """
          // A job that was claimed just now has not stalled since its last attempt.
          .replace("{stalled_ms}", age("greatest(last.saved_at, claimed.attempted_at)"))
          .replace("{running_ms}", age("claimed.attempted_at"));

  private static String age(String time) {
    return """
    (extract(epoch FROM now() - greatest(least(coalesce(%s, now()), now()), \
    '2000-01-01 00:00:00+00')) * 1000)::bigint\
    """
        .formatted(time);
  }

  /**
   * The resumable jobs that run.
   *
   * @param after how long a job has saved nothing if it counts as stalled
   */
  public static Look running(Snapshot snapshot, int most, Duration after) throws SQLException {
    List<Mark> marks =
        snapshot.list(
            RUNNING,
            Map.of("looked_at", RUNNING_MAX, "most", most, "stalled_ms", after.toMillis()),
            row -> {
              double rate = row.getDouble("rate");
              Double known = row.wasNull() ? null : rate;
              return new Mark(
                  row.getLong("id"),
                  Duration.ofMillis(row.getLong("running_ms")),
                  Duration.ofMillis(row.getLong("stalled_ms")),
                  row.getLong("stalled"),
                  known,
                  Snapshot.number(row, "left_ms"));
            });
    Map<Long, Summary> jobs =
        JobSummaries.of(snapshot, marks.stream().map(Mark::id).toList(), JobFilter.ALL);
    return new Look(
        marks.stream()
            .sorted(Comparator.comparing(Mark::stalled).reversed())
            .map(mark -> Optional.ofNullable(jobs.get(mark.id())).map(job -> running(mark, job)))
            .flatMap(Optional::stream)
            .toList(),
        marks.isEmpty() ? 0 : marks.getFirst().stalledInAll(),
        isComplete(snapshot));
  }

  private static boolean isComplete(Snapshot snapshot) throws SQLException {
    return snapshot
        .first(
            """
            SELECT count(*)
            FROM (
              SELECT FROM {schema}.river_job AS job
              WHERE job.state = 'running'
              ORDER BY job.queue, job.priority, job.scheduled_at, job.id
              LIMIT :most
            ) AS running
            """,
            Map.of("most", RUNNING_MAX + 1),
            row -> row.getLong(1) <= RUNNING_MAX)
        .orElse(true);
  }

  /**
   * A job that was taken over.
   *
   * @param at the last time; null if it is not known
   */
  public record TakenOver(Summary job, @Nullable Instant at) {}

  private record Taken(long id, @Nullable String at) {}

  // Times are compared as texts: whoever may write metadata may have written anything.
  private static final String TAKEN_OVER =
      """
      SELECT claimed.id, left(claimed.at, 40) AS at
      FROM (
        SELECT job.id,
          CASE
            WHEN pg_column_size(job.metadata) >= 8192
              THEN cardinality(job.attempted_by) - job.attempt
            WHEN job.metadata ->> 'river:rescue_count' ~ '^[0-9]{1,9}$'
              THEN (job.metadata ->> 'river:rescue_count')::integer
            ELSE 0 END AS takeovers,
          CASE WHEN pg_column_size(job.metadata) < 8192
            THEN job.metadata #>> '{cairn:takeovers,-1,at}' END AS at
        FROM {schema}.river_job AS job
        WHERE job.state = 'running'
        ORDER BY job.queue, job.priority, job.scheduled_at, job.id
        LIMIT :looked_at
      ) AS claimed
      WHERE claimed.takeovers > 0
        AND (claimed.at IS NULL OR claimed.at COLLATE "C"
          > to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS'))
      ORDER BY claimed.takeovers DESC, claimed.id
      LIMIT :most
      """;

  /**
   * Running jobs that were taken over within the last day, or at a time that is not known, those
   * with the most takeovers first. Of a job whose metadata are large, that number and the time are
   * not read before the list is cut. Instead, it counts as often as it was claimed beyond its
   * attempts, because a takeover from a dead client gives the attempt back.
   */
  public static List<TakenOver> takenOver(Snapshot snapshot) throws SQLException {
    var times = new HashMap<Long, @Nullable Instant>();
    snapshot
        .list(
            TAKEN_OVER,
            Map.of("looked_at", RUNNING_MAX, "most", TAKEN_OVER_MAX),
            row -> new Taken(row.getLong("id"), row.getString("at")))
        .forEach(taken -> times.put(taken.id(), time(taken.at())));
    return worst(JobSummaries.of(snapshot, times.keySet(), JobFilter.ALL).values(), TAKEN_OVER_MAX)
        .stream()
        .map(job -> new TakenOver(job, times.get(job.id())))
        .toList();
  }

  private static @Nullable Instant time(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static List<Summary> worst(Collection<Summary> jobs, int most) {
    return jobs.stream()
        .filter(job -> crashes(job) > 0)
        .sorted(
            Comparator.comparingInt(Resumables::crashes)
                .reversed()
                .thenComparing(Summary::id, Comparator.reverseOrder()))
        .limit(most)
        .toList();
  }

  private static int crashes(Summary job) {
    return Objects.requireNonNullElse(job.crashes(), 0);
  }

  private static Running running(Mark mark, Summary job) {
    return new Running(
        job,
        mark.running(),
        mark.stalled(),
        mark.rate(),
        mark.left() == null ? null : Duration.ofMillis(mark.left()));
  }

  /** By what such a list is sorted. */
  public enum Sort {
    STALLED,
    CRASHES,
    QUARANTINED
  }

  /**
   * Jobs, the worst first.
   *
   * @param complete whether all jobs that may belong here were looked at, and all of them are here
   */
  public record Worst(List<Summary> jobs, boolean complete) {}

  /** At most so many jobs, the worst first. */
  public static Worst worst(Snapshot snapshot, Sort sort, int most) throws SQLException {
    return switch (sort) {
      case STALLED -> {
        Look look = running(snapshot, most + 1, Duration.ZERO);
        yield new Worst(
            look.slowest().stream().limit(most).map(Running::job).toList(),
            look.complete() && look.slowest().size() <= most);
      }
      case CRASHES -> {
        Collection<Summary> newest = of(snapshot, "cairn_checkpoint");
        List<Summary> worst = worst(newest, most + 1);
        yield new Worst(
            worst.stream().limit(most).toList(),
            newest.size() < MARKED_MAX && worst.size() <= most);
      }
      case QUARANTINED -> {
        Collection<Summary> newest = of(snapshot, "cairn_quarantine");
        yield new Worst(
            newest.stream()
                .sorted(
                    Comparator.comparingInt(Summary::quarantined)
                        .reversed()
                        .thenComparing(Summary::id, Comparator.reverseOrder()))
                .limit(most)
                .toList(),
            newest.size() < MARKED_MAX && newest.size() <= most);
      }
    };
  }

  // From job to job in the primary key, the newest first.
  private static Collection<Summary> of(Snapshot snapshot, String table) throws SQLException {
    List<Long> ids =
        snapshot.list(
            """
            WITH RECURSIVE marked (job_id) AS (
              (SELECT job_id FROM {schema}.{table} ORDER BY job_id DESC LIMIT 1)
              UNION ALL
              SELECT next.job_id
              FROM marked
              CROSS JOIN LATERAL (
                SELECT mark.job_id
                FROM {schema}.{table} AS mark
                WHERE mark.job_id < marked.job_id
                ORDER BY mark.job_id DESC
                LIMIT 1
              ) AS next
            )
            SELECT job_id FROM marked LIMIT :looked_at
            """
                .replace("{table}", table),
            Map.of("looked_at", MARKED_MAX),
            row -> row.getLong(1));
    return JobSummaries.of(snapshot, ids, JobFilter.ALL).values();
  }
}
