package dev.cairn.dashboard.internal.read;

import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lists of jobs that have checkpoints, or items that are put aside. */
public final class Resumables {
  private static final int LOOKED_AT_MAX = 3_000;

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

  private record Mark(
      long id, Duration running, Duration stalled, @Nullable Double rate, @Nullable Long left) {}

  private static final String RUNNING =
      """
      SELECT slow.id, slow.stalled_ms, slow.running_ms, progress.rate,
        (extract(epoch FROM progress.time_left) * 1000)::bigint AS left_ms
      FROM (
        SELECT claimed.id, %1$s AS stalled_ms, %2$s AS running_ms
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
          .formatted(
              // A job that was claimed just now has not stalled since its last attempt.
              age("greatest(last.saved_at, claimed.attempted_at)"), age("claimed.attempted_at"));

  private static String age(String time) {
    return """
    (extract(epoch FROM now() - greatest(least(coalesce(%s, now()), now()), \
    '2000-01-01 00:00:00+00')) * 1000)::bigint\
    """
        .formatted(time);
  }

  /** The resumable jobs that run, those that stall longest first. */
  public static List<Running> running(Snapshot snapshot, int most) throws SQLException {
    List<Mark> marks =
        snapshot.list(
            RUNNING,
            Map.of("looked_at", LOOKED_AT_MAX, "most", most),
            row -> {
              double rate = row.getDouble("rate");
              Double known = row.wasNull() ? null : rate;
              return new Mark(
                  row.getLong("id"),
                  Duration.ofMillis(row.getLong("running_ms")),
                  Duration.ofMillis(row.getLong("stalled_ms")),
                  known,
                  Snapshot.number(row, "left_ms"));
            });
    Map<Long, Summary> jobs =
        JobSummaries.of(snapshot, marks.stream().map(Mark::id).toList(), JobFilter.ALL);
    return marks.stream()
        .sorted(Comparator.comparing(Mark::stalled).reversed())
        .map(mark -> Optional.ofNullable(jobs.get(mark.id())).map(job -> running(mark, job)))
        .flatMap(Optional::stream)
        .toList();
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

  /** At most so many jobs, the worst first. */
  public static List<Summary> worst(Snapshot snapshot, Sort sort, int most) throws SQLException {
    return switch (sort) {
      case STALLED -> running(snapshot, most).stream().map(Running::job).toList();
      case CRASHES ->
          of(snapshot, "cairn_checkpoint").stream()
              .filter(job -> job.crashes() != null && job.crashes() > 0)
              .sorted(
                  Comparator.comparing(
                          (Summary job) -> Objects.requireNonNullElse(job.crashes(), 0))
                      .reversed()
                      .thenComparing(Summary::id, Comparator.reverseOrder()))
              .limit(most)
              .toList();
      case QUARANTINED ->
          of(snapshot, "cairn_quarantine").stream()
              .sorted(
                  Comparator.comparingInt(Summary::quarantined)
                      .reversed()
                      .thenComparing(Summary::id, Comparator.reverseOrder()))
              .limit(most)
              .toList();
    };
  }

  // From job to job in the primary key, the newest first.
  private static List<Summary> of(Snapshot snapshot, String table) throws SQLException {
    List<Long> ids =
        snapshot.list(
            """
            WITH RECURSIVE marked (job_id) AS (
              (SELECT job_id FROM {schema}.%1$s ORDER BY job_id DESC LIMIT 1)
              UNION ALL
              SELECT next.job_id
              FROM marked
              CROSS JOIN LATERAL (
                SELECT mark.job_id
                FROM {schema}.%1$s AS mark
                WHERE mark.job_id < marked.job_id
                ORDER BY mark.job_id DESC
                LIMIT 1
              ) AS next
            )
            SELECT job_id FROM marked LIMIT :looked_at
            """
                .formatted(table),
            Map.of("looked_at", LOOKED_AT_MAX / 3),
            row -> row.getLong(1));
    return List.copyOf(JobSummaries.of(snapshot, ids, JobFilter.ALL).values());
  }
}
