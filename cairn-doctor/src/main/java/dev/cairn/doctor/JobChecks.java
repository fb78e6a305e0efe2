package dev.cairn.doctor;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Jobs that nobody works. Looks at a bounded number of them. */
final class JobChecks {
  private static final int EXAMINED = 10_000;
  private static final int LISTED = 10;

  /** As many are looked at in all if there are more. */
  private static final int QUEUES = 1_000;

  // The jobs that ended last, each state by its index.
  private static final String ENDED =
      """
      ended AS MATERIALIZED (
        SELECT last.*, state.name AS state
        FROM unnest(ARRAY['completed', 'cancelled', 'discarded']::river_job_state[]) AS state (name)
        CROSS JOIN LATERAL (
          SELECT job.kind, job.queue, job.finalized_at
          FROM river_job AS job
          WHERE job.state = state.name AND job.finalized_at > now() - interval '%s'
          ORDER BY job.finalized_at DESC
          LIMIT (SELECT examined FROM asked)
        ) AS last
      )\
      """;

  // Whether more have ended than were looked at.
  private static final String UNKNOWN =
      """
      EXISTS (
        SELECT FROM ended GROUP BY state HAVING count(*) >= (SELECT examined FROM asked)
      ) AS unknown\
      """;

  // From queue to queue in the index of claims, so that many jobs of one queue hide no other queue.
  private static final String PLACES =
      """
      place (state, queue) AS (
        SELECT state.name, first.queue
        FROM unnest(ARRAY[%s]::river_job_state[]) AS state (name)
        CROSS JOIN LATERAL (
          SELECT job.queue FROM river_job AS job
          WHERE job.state = state.name
          ORDER BY job.queue
          LIMIT 1
        ) AS first
        UNION ALL
        SELECT place.state, following.queue
        FROM place
        CROSS JOIN LATERAL (
          SELECT job.queue FROM river_job AS job
          WHERE job.state = place.state AND job.queue > place.queue
          ORDER BY job.queue
          LIMIT 1
        ) AS following
      )\
      """;

  // That a queue is worked is seen by its jobs. That it was updated proves nothing: whoever pauses,
  // resumes or changes a queue updates it too.
  private static final String WAITING_QUEUES =
      """
      WITH RECURSIVE asked AS (
        SELECT now() - ? * interval '1 millisecond' AS due, ?::bigint AS examined
      ),
      %s,
      %s,
      late AS MATERIALIZED (
        SELECT place.queue, oldest.at, coalesce(known.updated_at > now() - interval '15 minutes',
          false) AS touched
        FROM (SELECT queue FROM place LIMIT %d) AS place
        CROSS JOIN LATERAL (
          SELECT min(first.scheduled_at) AS at
          FROM generate_series(1, 4) AS priority (value)
          CROSS JOIN LATERAL (
            SELECT job.scheduled_at FROM river_job AS job
            WHERE job.state = 'available' AND job.queue = place.queue
              AND job.priority = priority.value
            ORDER BY job.scheduled_at
            LIMIT 1
          ) AS first
        ) AS oldest
        LEFT JOIN river_queue AS known ON known.name = place.queue
        WHERE oldest.at < (SELECT due FROM asked) AND known.paused_at IS NULL
      ),
      judged AS MATERIALIZED (
        SELECT late.*,
          EXISTS (
            SELECT FROM river_job AS job WHERE job.state = 'running' AND job.queue = late.queue
          )
          OR late.queue IN (SELECT ended.queue FROM ended)
          OR EXISTS (
            SELECT
            FROM (
              SELECT job.attempted_at FROM river_job AS job
              WHERE job.state = 'retryable' AND job.queue = late.queue
              ORDER BY job.priority
              LIMIT 1000
            ) AS failed
            WHERE failed.attempted_at > now() - interval '15 minutes'
          ) AS worked
        FROM late
      )
      SELECT listed.*, extract(epoch FROM now()
          - greatest(listed.at, '2000-01-01 00:00:00+00'))::bigint AS waits, %s,
        (
          SELECT count(*)
          FROM (
            SELECT
            FROM generate_series(1, 4) AS priority (value)
            CROSS JOIN LATERAL (
              SELECT FROM river_job AS job
              WHERE job.state = 'available' AND job.queue = listed.queue
                AND job.priority = priority.value AND job.scheduled_at < (SELECT due FROM asked)
              ORDER BY job.scheduled_at
              LIMIT (SELECT examined FROM asked)
            ) AS late
            LIMIT (SELECT examined FROM asked)
          ) AS counted
        ) AS jobs
      FROM (SELECT * FROM judged ORDER BY worked, at LIMIT ?) AS listed
      ORDER BY listed.worked, listed.at
      """
          .formatted(
              ENDED.formatted("15 minutes"), PLACES.formatted("'available'"), QUEUES, UNKNOWN);

  // A failed attempt shows that there is a worker, unless it failed because there is none.
  private static final String WAITING_KINDS =
      """
      WITH RECURSIVE asked AS (
        SELECT now() - ? * interval '1 millisecond' AS due, ?::bigint AS examined
      ),
      %s,
      %s,
      looked AS MATERIALIZED (SELECT state, queue FROM place LIMIT %d),
      bound AS MATERIALIZED (
        SELECT greatest((SELECT examined FROM asked) / greatest(count(*), 1), 100) AS jobs
        FROM looked
      )
      SELECT waiting.kind, count(*) AS jobs, %s,
        coalesce(bool_or(waiting.attempted_at > now() - interval '1 day'
          AND waiting.errors[cardinality(waiting.errors)] ->> 'error'
            !~ 'CAIRN-201|job kind is not registered'), false) AS tried
      FROM looked
      CROSS JOIN generate_series(1, 4) AS priority (value)
      CROSS JOIN LATERAL (
        SELECT job.kind, job.attempted_at, job.errors
        FROM river_job AS job
        WHERE job.state = looked.state AND job.queue = looked.queue
          AND job.priority = priority.value
          AND job.scheduled_at <= CASE WHEN looked.state = 'retryable' THEN 'infinity'
            ELSE (SELECT due FROM asked) END
        ORDER BY job.scheduled_at
        LIMIT (SELECT jobs FROM bound)
      ) AS waiting
      WHERE waiting.kind NOT IN (SELECT ended.kind FROM ended)
        AND waiting.kind NOT IN (
          SELECT running.kind
          FROM (
            SELECT job.kind FROM river_job AS job
            WHERE job.state = 'running'
            LIMIT (SELECT examined FROM asked)
          ) AS running
        )
        AND NOT EXISTS (
          SELECT FROM river_queue AS known
          WHERE known.name = looked.queue AND known.paused_at IS NOT NULL
        )
      GROUP BY waiting.kind
      ORDER BY jobs DESC
      LIMIT ?
      """
          .formatted(
              ENDED.formatted("1 day"),
              PLACES.formatted("'available', 'retryable'"),
              QUEUES,
              UNKNOWN);

  private final Limits limits;
  private final Place place;

  JobChecks(Limits limits, Place place) {
    this.limits = limits;
    this.place = place;
  }

  List<Check> all() {
    return List.of(
        new Check("orphans", JobChecks::orphans),
        new Check("queues", this::queues),
        new Check("kinds", this::kinds),
        new Check("schedule", this::schedule));
  }

  private static List<Finding> orphans(ReadOnlyConnection database) throws SQLException {
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
              WHEN abs(extract(epoch FROM timeout)) < 1e10 THEN heartbeat_at < now() - timeout
              ELSE timeout < '0' END
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

  private List<Finding> queues(ReadOnlyConnection database) throws SQLException {
    var findings = new ArrayList<Finding>();
    findings.addAll(
        database.rows(
            """
            SELECT name, extract(epoch FROM now()
                - greatest(least(paused_at, now()), '2000-01-01 00:00:00+00'))::bigint AS paused
            FROM river_queue WHERE paused_at IS NOT NULL ORDER BY paused_at LIMIT ?
            """,
            row ->
                Finding.note(
                    "queues",
                    "queue %s has been paused for %s"
                        .formatted(
                            row.getString("name"),
                            Words.clock(Duration.ofSeconds(row.getLong("paused")))),
                    place.command("queues resume " + Shell.word(row.getString("name")))),
            LISTED));
    findings.addAll(
        database.rows(
            WAITING_QUEUES, this::waitingQueue, Limits.millis(limits.delay()), EXAMINED, LISTED));
    return findings.isEmpty()
        ? List.of(Finding.ok("queues", "none is paused or behind"))
        : findings;
  }

  private Finding waitingQueue(ResultSet row) throws SQLException {
    String queue = row.getString("queue");
    String waiting =
        "%s wait, the oldest for %s"
            .formatted(
                jobs(row.getLong("jobs")), Words.clock(Duration.ofSeconds(row.getLong("waits"))));
    String start = "start a client with .queue(\"%s\", ...)".formatted(escaped(queue));
    if (row.getBoolean("worked") || (row.getBoolean("touched") && row.getBoolean("unknown"))) {
      return Finding.warning(
          "queues",
          "queue %s is behind: %s".formatted(queue, waiting),
          "give it more slots or clients, or look at " + place.command("stats"));
    }
    return row.getBoolean("touched")
        ? Finding.problem(
            "queues",
            "no client works queue %s, although it was reported recently: %s"
                .formatted(queue, waiting),
            "if a client works it, check the client's log; otherwise " + start)
        : Finding.problem(
            "queues", "no client works queue %s: %s".formatted(queue, waiting), start);
  }

  /** As in a string of Java. */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private List<Finding> kinds(ReadOnlyConnection database) throws SQLException {
    List<Finding> findings =
        database
            .rows(WAITING_KINDS, this::waitingKind, Limits.millis(limits.delay()), EXAMINED, LISTED)
            .stream()
            .flatMap(Optional::stream)
            .toList();
    return findings.isEmpty()
        ? List.of(Finding.ok("kinds", "all kinds that wait are worked"))
        : findings;
  }

  private Optional<Finding> waitingKind(ResultSet row) throws SQLException {
    String kind = row.getString("kind");
    String waiting = jobs(row.getLong("jobs")) + " wait or are retried";
    String todo =
        "is there a worker for it? " + place.command("jobs list --kind " + Shell.word(kind));
    if (!row.getBoolean("unknown")) {
      return Optional.of(
          Finding.warning(
              "kinds",
              "no job of kind %s has ended in the last day, and %s".formatted(kind, waiting),
              todo));
    }
    return row.getBoolean("tried")
        ? Optional.empty()
        : Optional.of(
            Finding.note(
                "kinds",
                "no job of kind %s is among the last %s that ended, and %s"
                    .formatted(kind, Words.count(EXAMINED), waiting),
                todo));
  }

  private List<Finding> schedule(ReadOnlyConnection database) throws SQLException {
    long late =
        database.row(
            """
            WITH RECURSIVE asked AS (
              SELECT now() - ? * interval '1 millisecond' AS due, ?::bigint AS examined
            ),
            %s
            SELECT count(*)
            FROM (
              SELECT
              FROM (SELECT state, queue FROM place LIMIT %d) AS looked
              CROSS JOIN generate_series(1, 4) AS priority (value)
              CROSS JOIN LATERAL (
                SELECT FROM river_job AS job
                WHERE job.state = looked.state AND job.queue = looked.queue
                  AND job.priority = priority.value
                  AND job.scheduled_at < (SELECT due FROM asked)
                ORDER BY job.scheduled_at
                LIMIT (SELECT examined FROM asked)
              ) AS each
              LIMIT (SELECT examined FROM asked)
            ) AS late
            """
                .formatted(PLACES.formatted("'retryable', 'scheduled'"), QUEUES),
            row -> row.getLong(1),
            Limits.millis(limits.delay()),
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
        + Words.count(number)
        + (number == 1 ? " job" : " jobs");
  }
}
