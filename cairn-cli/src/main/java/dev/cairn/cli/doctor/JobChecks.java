package dev.cairn.cli.doctor;

import dev.cairn.cli.Figures;
import dev.cairn.cli.Reader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Jobs that nobody works. Looks at a bounded number of them. */
final class JobChecks {
  private static final int EXAMINED = 10_000;
  private static final int LISTED = 10;

  private final Limits limits;

  JobChecks(Limits limits) {
    this.limits = limits;
  }

  List<Check> all() {
    return List.of(
        new Check("orphans", JobChecks::orphans),
        new Check("queues", this::queues),
        new Check("kinds", this::kinds),
        new Check("schedule", this::schedule));
  }

  private static List<Finding> orphans(Reader database) throws SQLException {
    List<Finding> findings =
        database.rows(
            """
            SELECT attempted_by[cardinality(attempted_by)] AS client, count(*) AS jobs, min(job.id) AS id
            FROM (
              SELECT id, attempted_by, attempted_at FROM river_job WHERE state = 'running' LIMIT ?
            ) AS job
            LEFT JOIN cairn_client AS client
              ON client.id = attempted_by[cardinality(attempted_by)]
            WHERE CASE WHEN client.id IS NULL
              THEN attempted_at IS NULL OR attempted_at < now() - interval '5 minutes'
              ELSE heartbeat_at < now() - timeout END
            GROUP BY 1
            ORDER BY 2 DESC
            LIMIT ?
            """,
            row ->
                Finding.problem(
                    "orphans",
                    "%s of client %s, which is not alive, still count as running, such as job %d"
                        .formatted(
                            jobs(row.getLong("jobs")), row.getString("client"), row.getLong("id")),
                    "an alive client takes them over: start one. Clients of River for Go send no"
                        + " heartbeat: ignore theirs"),
            EXAMINED,
            LISTED);
    return findings.isEmpty()
        ? List.of(Finding.ok("orphans", "all running jobs have an alive client"))
        : findings;
  }

  private List<Finding> queues(Reader database) throws SQLException {
    var findings = new ArrayList<Finding>();
    findings.addAll(
        database.rows(
            """
            SELECT name, extract(epoch FROM now() - paused_at)::bigint AS paused
            FROM river_queue WHERE paused_at IS NOT NULL ORDER BY paused_at LIMIT ?
            """,
            row ->
                Finding.note(
                    "queues",
                    "queue %s has been paused for %s"
                        .formatted(
                            row.getString("name"),
                            Figures.clock(Duration.ofSeconds(row.getLong("paused")))),
                    "./cairn queues resume " + row.getString("name")),
            LISTED));
    findings.addAll(
        database.rows(
            """
            SELECT waiting.queue, jobs, extract(epoch FROM now() - oldest)::bigint AS waits,
              EXISTS (
                SELECT FROM river_job AS running
                WHERE running.state = 'running' AND running.queue = waiting.queue
              ) OR coalesce(known.updated_at > now() - interval '15 minutes', false) AS worked
            FROM (
              SELECT queue, count(*) AS jobs, min(scheduled_at) AS oldest
              FROM (
                SELECT queue, scheduled_at FROM river_job
                WHERE state = 'available' AND scheduled_at < now() - ? * interval '1 millisecond'
                LIMIT ?
              ) AS due
              GROUP BY queue
            ) AS waiting
            LEFT JOIN river_queue AS known ON known.name = waiting.queue
            WHERE known.paused_at IS NULL
            ORDER BY jobs DESC
            LIMIT ?
            """,
            row -> {
              String queue = row.getString("queue");
              String waits = Figures.clock(Duration.ofSeconds(row.getLong("waits")));
              String number = jobs(row.getLong("jobs"));
              return row.getBoolean("worked")
                  ? Finding.warning(
                      "queues",
                      "queue %s is behind: %s wait, the oldest for %s"
                          .formatted(queue, number, waits),
                      "give it more slots or clients, or look at ./cairn stats")
                  : Finding.problem(
                      "queues",
                      "nobody works queue %s: %s wait, the oldest for %s"
                          .formatted(queue, number, waits),
                      "start a client with .queue(\"%s\", ...)".formatted(queue));
            },
            limits.delay().toMillis(),
            EXAMINED,
            LISTED));
    return findings.isEmpty()
        ? List.of(Finding.ok("queues", "none is paused or behind"))
        : findings;
  }

  private List<Finding> kinds(Reader database) throws SQLException {
    List<Finding> findings =
        database.rows(
            """
            SELECT kind, count(*) AS jobs
            FROM (
              (SELECT kind, queue FROM river_job
               WHERE state = 'available' AND scheduled_at < now() - ? * interval '1 millisecond'
               LIMIT ?)
              UNION ALL
              (SELECT kind, queue FROM river_job WHERE state = 'retryable' LIMIT ?)
            ) AS waiting
            WHERE NOT EXISTS (
                SELECT FROM river_queue
                WHERE name = waiting.queue AND paused_at IS NOT NULL
              )
              AND kind NOT IN (
                SELECT kind FROM (
                  SELECT kind FROM river_job WHERE state = 'running' LIMIT ?) AS running
                UNION
                SELECT kind FROM (
                  SELECT kind FROM river_job
                  WHERE state IN ('completed', 'cancelled', 'discarded')
                    AND finalized_at > now() - interval '1 day'
                  ORDER BY finalized_at DESC LIMIT ?) AS ended)
            GROUP BY kind
            ORDER BY jobs DESC
            LIMIT ?
            """,
            row ->
                Finding.warning(
                    "kinds",
                    "no job of kind %s has ended in the last day, and %s wait or are retried"
                        .formatted(row.getString("kind"), jobs(row.getLong("jobs"))),
                    "is there a worker for it? ./cairn jobs list --kind " + row.getString("kind")),
            limits.delay().toMillis(),
            EXAMINED,
            EXAMINED,
            EXAMINED,
            EXAMINED,
            LISTED);
    return findings.isEmpty()
        ? List.of(Finding.ok("kinds", "all kinds that wait are worked"))
        : findings;
  }

  private List<Finding> schedule(Reader database) throws SQLException {
    long late =
        database.row(
            """
            SELECT count(*) FROM (
              SELECT FROM river_job
              WHERE state IN ('retryable', 'scheduled')
                AND scheduled_at < now() - ? * interval '1 millisecond'
              LIMIT ?
            ) AS late
            """,
            row -> row.getLong(1),
            limits.delay().toMillis(),
            EXAMINED);
    return List.of(
        late == 0
            ? Finding.ok("schedule", "scheduled and retried jobs become due in time")
            : Finding.problem(
                "schedule",
                "%s are due and still scheduled or retryable".formatted(jobs(late)),
                "the leader makes them available: look for warnings in its log"));
  }

  private static String jobs(long number) {
    return (number >= EXAMINED ? "at least " : "")
        + Figures.count(number)
        + (number == 1 ? " job" : " jobs");
  }
}
