package dev.cairn.cli.stats;

import dev.cairn.Cairn;
import dev.cairn.JobState;
import dev.cairn.cli.Reader;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.ClientRow;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.QueueBacklog;
import dev.cairn.jobs.StepProgress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Looks at everything once. Each statement is of bounded cost. Used by one thread. */
final class StatsReader {
  private static final int SECONDS = 10;
  private static final long COUNTED = 100_000;
  private static final int RUNNING = 20;

  /** How many running jobs are looked at for those with steps, in the order of their queues. */
  private static final int RUNNING_MAX = 3_000;

  /** How many jobs that wait for a retry are looked at. */
  private static final int WAITING = 10_000;

  private final Cairn client;
  private final Reader database;

  StatsReader(Cairn client, Reader database) {
    this.client = client;
    this.database = database;
  }

  private record Rated(Instant at, Stats.Rates rates) {}

  Stats look() throws SQLException {
    Backlog backlog = client.queues().backlog();
    var jobs = new TreeMap<String, Long>();
    client.jobs().countByState(COUNTED).forEach((state, number) -> jobs.put(state.label(), number));
    Rated rated = rates();
    return new Stats(
        rated.at(),
        (int) client.clients().stream().filter(ClientRow::alive).count(),
        client.leader().orElse(null),
        jobs,
        COUNTED,
        rated.rates(),
        backlog.queues().stream()
            .map(queue -> queue(queue, backlog.countedUpTo()))
            .sorted(BUSIEST)
            .toList(),
        backlog.complete(),
        running());
  }

  private static final Comparator<Stats.Queue> BUSIEST =
      Comparator.comparingLong((Stats.Queue queue) -> queue.available() + queue.running())
          .reversed()
          .thenComparing(Stats.Queue::queue);

  private static Stats.Queue queue(QueueBacklog queue, long countedUpTo) {
    Map<JobState, Long> jobs = queue.jobs();
    return new Stats.Queue(
        queue.queue(),
        queue.paused(),
        jobs.getOrDefault(JobState.AVAILABLE, 0L),
        jobs.getOrDefault(JobState.RUNNING, 0L),
        jobs.getOrDefault(JobState.RETRYABLE, 0L),
        countedUpTo,
        queue.overdue().getOrDefault(JobState.AVAILABLE, Duration.ZERO).toMillis());
  }

  // The newest jobs are read a thousand at a time, until a thousand of them are old, and not more
  // than a hundred times.
  private Rated rates() throws SQLException {
    return database.row(
        """
        WITH RECURSIVE bite AS (
          SELECT min(id) AS low, count(*) AS seen, 1 AS turn,
            count(*) FILTER (WHERE created_at > now() - ? * interval '1 s') AS fresh
          FROM (SELECT id, created_at FROM river_job ORDER BY id DESC LIMIT 1000) AS newest
          UNION ALL
          SELECT further.low, further.seen, bite.turn + 1, further.fresh
          FROM bite
          CROSS JOIN LATERAL (
            SELECT min(id) AS low, count(*) AS seen,
              count(*) FILTER (WHERE created_at > now() - ? * interval '1 s') AS fresh
            FROM (
              SELECT id, created_at FROM river_job WHERE id < bite.low ORDER BY id DESC LIMIT 1000
            ) AS older
          ) AS further
          WHERE bite.fresh > 0 AND bite.seen = 1000 AND bite.turn < 100
        ),
        ended AS (
          SELECT state, count(*) AS jobs
          FROM river_job
          WHERE state IN ('completed', 'cancelled', 'discarded')
            AND finalized_at > now() - ? * interval '1 s'
          GROUP BY state
        )
        SELECT now() AS at,
          (SELECT jobs FROM ended WHERE state = 'completed') AS completed,
          (SELECT jobs FROM ended WHERE state = 'cancelled') AS cancelled,
          (SELECT jobs FROM ended WHERE state = 'discarded') AS discarded,
          (SELECT coalesce(sum(fresh), 0) FROM bite) AS inserted,
          (SELECT bool_or(turn = 100 AND fresh > 0 AND seen = 1000) FROM bite) AS inserted_at_least,
          waiting.failed, waiting.seen >= ? AS failed_at_least
        FROM (
          SELECT count(*) AS seen,
            count(*) FILTER (WHERE attempted_at > now() - ? * interval '1 s') AS failed
          FROM (SELECT attempted_at FROM river_job WHERE state = 'retryable' LIMIT ?) AS retried
        ) AS waiting
        """,
        row ->
            new Rated(
                Objects.requireNonNull(Reader.instant(row, "at")),
                new Stats.Rates(
                    rate(row, "inserted"),
                    row.getBoolean("inserted_at_least"),
                    rate(row, "completed"),
                    rate(row, "failed"),
                    row.getBoolean("failed_at_least"),
                    rate(row, "cancelled"),
                    rate(row, "discarded"))),
        SECONDS,
        SECONDS,
        SECONDS,
        WAITING,
        SECONDS,
        WAITING);
  }

  private static double rate(ResultSet row, String column) throws SQLException {
    return (double) row.getLong(column) / SECONDS;
  }

  // Only ids: the contents of a job may be long. Many running jobs have no steps.
  private List<Stats.Running> running() throws SQLException {
    List<Long> longest =
        database.rows(
            """
            SELECT claimed.id
            FROM (
              SELECT job.id, job.attempted_at
              FROM river_job AS job
              WHERE job.state = 'running'
              ORDER BY job.queue, job.priority, job.scheduled_at, job.id
              LIMIT ?
            ) AS claimed
            CROSS JOIN LATERAL (
              SELECT FROM cairn_checkpoint AS mark
              WHERE mark.job_id = claimed.id AND NOT starts_with(mark.name, 'cairn:')
              LIMIT 1
            ) AS saved
            ORDER BY claimed.attempted_at, claimed.id
            LIMIT ?
            """,
            row -> row.getLong(1),
            RUNNING_MAX,
            RUNNING);
    return longest.stream()
        .flatMap(id -> client.jobs().progress(id).stream())
        .filter(progress -> !progress.steps().isEmpty() && progress.state() == JobState.RUNNING)
        .map(StatsReader::running)
        .toList();
  }

  private static Stats.Running running(JobProgress progress) {
    StepProgress current = progress.current();
    Duration left = progress.timeLeft();
    return new Stats.Running(
        progress.jobId(),
        progress.kind(),
        current == null ? null : current.name(),
        current == null ? null : current.done(),
        current == null ? null : current.total(),
        progress.share().orElse(null),
        progress.rate(),
        left == null ? null : left.toMillis());
  }
}
