package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.RejectedDataException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/*
 * Many jobs are woken in one statement. If the database refuses it, for example because of a
 * trigger, the row of one job is the cause. Then the jobs are looked up, and woken by their ids in
 * ever smaller parts, so that the others are woken.
 */

/** Wakes jobs whose signal or job has come. */
final class WakeStatements {
  private static final Log log = Log.of(WakeStatements.class);

  /** How many refusals one turn tolerates. */
  private static final int REFUSALS_MAX = 100;

  private final Database database;

  /** The jobs whose rows were refused in the last turn. */
  private volatile Set<Long> refused = Set.of();

  WakeStatements(Database database) {
    this.database = database;
  }

  // A paused job stays paused, but its time has come: whoever resumes it finds no wait any more. A
  // job whose unique key does not count while it is scheduled stays scheduled, and is due now: when
  // it becomes available, it takes its key back, which another job may have by then, and for which
  // it may have to wait. The scheduler handles that, without holding anybody up.
  private static final String WAKE_LOCKED =
      Template.of(
              """
              woken AS (
                UPDATE {schema}.river_job AS job
                SET metadata = CASE WHEN job.state = 'running'
                      THEN ({metadata}) || '{"{woken_key}": true}' ELSE job.metadata END,
                    state = CASE WHEN job.state = 'scheduled' AND NOT {takes_key} THEN 'available'
                      ELSE job.state END,
                    scheduled_at = CASE WHEN job.state = 'running' THEN job.scheduled_at
                      ELSE least(job.scheduled_at, now()) END
                WHERE job.id = ANY (ARRAY(SELECT id FROM locked))
                  AND job.state::text IN ('running', 'scheduled', 'available', 'pending')
                RETURNING job.queue, job.state
              ),
              told AS (
                SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
                FROM (SELECT DISTINCT queue FROM woken WHERE state = 'available') AS available
              )\
              """)
          .with("metadata", Fragments.METADATA)
          .with("takes_key", Fragments.TAKES_KEY)
          .sql();

  // The waiting jobs are collected first, from the few rows of waits, and then looked up by id: a
  // join would read all jobs that wait or run. Every statement that locks several jobs, and may
  // wait for one of them, locks them in the order of their ids, so that no two statements wait for
  // each other. The update names the jobs by id and not by place, because a row may have moved
  // while the statement waited for its lock.
  private static Sql wake(String purpose, String due, String beside, String whenLocked) {
    return Sql.of(
        purpose,
        Template.of(
                """
                WITH due AS MATERIALIZED (
                  {due}
                ),
                locked AS MATERIALIZED (
                  SELECT job.id
                  FROM {schema}.river_job AS job
                  WHERE job.id = ANY (ARRAY(SELECT job_id FROM due))
                    AND job.state::text IN ('running', 'scheduled', 'available')
                  ORDER BY job.id
                  FOR NO KEY UPDATE{when_locked}
                ),
                {beside},
                {wake_locked}
                SELECT (SELECT count(*) FROM woken), EXISTS (
                  SELECT FROM {schema}.cairn_wait AS wait WHERE wait.job_id = 0
                )
                FROM told
                """)
            .with("due", due)
            .with("when_locked", whenLocked)
            .with("beside", beside)
            .with("wake_locked", WAKE_LOCKED)
            .sql());
  }

  private static final Sql WAKE_FOR_SIGNAL =
      wake(
          "wake the jobs that wait for a signal",
          """
          SELECT job_id FROM {schema}.cairn_wait
          WHERE signal = :name AND job_id <> 0
          LIMIT :limit\
          """,
          """
          rest AS (
            INSERT INTO {schema}.cairn_wait (job_id, step, signal)
            SELECT 0, :name, :name FROM (SELECT count(*) AS number FROM due) AS due
            WHERE due.number >= :limit
            ON CONFLICT (job_id, step) DO NOTHING
          )\
          """,
          "");

  /** Wakes a limited number of jobs in the transaction that sends a signal. */
  static int forSignal(Session session, String name, int limit) {
    return session
        .list(
            WAKE_FOR_SIGNAL,
            Map.of(
                "name", name, "limit", limit, "channel", session.schema().channel("river_insert")),
            row -> row.getInt(1))
        .getFirst();
  }

  private static String dueAfterJobs(String which) {
    return Template.of(
            """
            SELECT wait.job_id, wait.step, wait.awaited_job
            FROM {schema}.cairn_wait AS wait
            CROSS JOIN LATERAL (
              SELECT
              FROM {schema}.river_job AS job
              WHERE job.id = wait.job_id
                AND (job.state::text = 'scheduled'
                  OR (job.state::text = 'available' AND job.scheduled_at > now())
                  OR ({running} AND NOT job.metadata ?? '{woken_key}'))
              OFFSET 0
            ) AS waiting
            LEFT JOIN LATERAL (
              SELECT job.state FROM {schema}.river_job AS job
              WHERE job.id = wait.awaited_job
              OFFSET 0
            ) AS target ON true
            WHERE wait.awaited_job IS NOT NULL{which}
              AND (target.state IS NULL
                OR target.state IN ('completed', 'cancelled', 'discarded'))
            LIMIT :limit\
            """)
        .with("running", Fragments.RUNNING)
        .with("which", which)
        .sql();
  }

  // The wait is deleted when its job is woken, so that no turn reads what an earlier turn has done.
  // Otherwise each batch would read all jobs that were woken before, and there may be a million of
  // them. The wait is looked up by its job, because all waits may have the same target. Jobs that
  // another session locks are skipped and found again in the next turn: the leader must not wait
  // for a user's transaction that locks thousands of jobs.
  private static Sql wakeAfterJobs(String which) {
    return wake(
        "wake the jobs that wait for jobs",
        dueAfterJobs(which),
        """
        over AS (
          DELETE FROM {schema}.cairn_wait AS wait
          USING due
          WHERE due.job_id = ANY (ARRAY(SELECT id FROM locked))
            AND wait.job_id = due.job_id AND wait.step = due.step
            AND wait.awaited_job + 0 = due.awaited_job
        )\
        """,
        " SKIP LOCKED");
  }

  private static final String OF_SOME = " AND wait.job_id = ANY (:ids)";

  private static final Sql WAKE_AFTER_JOBS = wakeAfterJobs("");
  private static final Sql WAKE_SOME_AFTER_JOBS = wakeAfterJobs(OF_SOME);

  private static final Sql DUE_AFTER_JOBS =
      Sql.of(
          "look for jobs to wake that wait for jobs",
          "SELECT DISTINCT due.job_id FROM (%s) AS due".formatted(dueAfterJobs("")));

  // Locked jobs are skipped while the waits are read, so that they do not hide the others. Once no
  // wait is visible, the row of job 0 remains.
  private static Sql wakeAfterSignals(String which) {
    return Sql.of(
        "wake the other jobs that wait for a signal",
        Template.of(
                """
                WITH locked AS MATERIALIZED (
                  SELECT job.id, wait.step, wait.signal
                  FROM {schema}.cairn_wait AS rest
                  CROSS JOIN LATERAL (
                    SELECT wait.job_id, wait.step, wait.signal
                    FROM {schema}.cairn_wait AS wait
                    WHERE wait.signal = rest.signal AND wait.job_id <> 0{which}
                    OFFSET 0
                  ) AS wait
                  CROSS JOIN LATERAL (
                    SELECT job.id
                    FROM {schema}.river_job AS job
                    WHERE job.id = wait.job_id
                    FOR NO KEY UPDATE SKIP LOCKED
                  ) AS job
                  WHERE rest.job_id = 0
                  LIMIT :limit
                ),
                {wake_locked},
                over AS (
                  DELETE FROM {schema}.cairn_wait AS wait
                  USING locked
                  WHERE wait.job_id = locked.id AND wait.step = locked.step
                    AND wait.signal || '' = locked.signal
                ),
                done AS (
                  SELECT rest.job_id, rest.step
                  FROM {schema}.cairn_wait AS rest
                  WHERE rest.job_id = 0 AND NOT EXISTS (
                    SELECT FROM {schema}.cairn_wait AS wait
                    WHERE wait.signal = rest.signal AND wait.job_id <> 0
                    OFFSET 0
                  )
                  FOR UPDATE OF rest SKIP LOCKED
                ),
                finished AS (
                  DELETE FROM {schema}.cairn_wait AS rest
                  USING done
                  WHERE rest.job_id = done.job_id AND rest.step = done.step
                )
                SELECT (SELECT count(*) FROM locked) FROM told
                """)
            .with("wake_locked", WAKE_LOCKED)
            .with("which", which)
            .sql());
  }

  private static final Sql WAKE_AFTER_SIGNALS = wakeAfterSignals("");
  private static final Sql WAKE_SOME_AFTER_SIGNALS = wakeAfterSignals(OF_SOME);

  private static final Sql DUE_AFTER_SIGNALS =
      Sql.of(
          "look for jobs to wake that wait for a signal",
          """
          SELECT DISTINCT due.job_id
          FROM (
            SELECT wait.job_id
            FROM {schema}.cairn_wait AS rest
            CROSS JOIN LATERAL (
              SELECT wait.job_id
              FROM {schema}.cairn_wait AS wait
              WHERE wait.signal = rest.signal AND wait.job_id <> 0
              OFFSET 0
            ) AS wait
            WHERE rest.job_id = 0
            LIMIT :limit
          ) AS due
          """);

  /** The result of one turn. */
  private record Woken(int afterJobs, boolean isSignalLeft) {}

  /** Wakes jobs, as {@link dev.cairn.internal.store.WaitStore#wake} says. */
  int wake(int limit) {
    try {
      int woken = wakeAtOnce(limit);
      refused = Set.of();
      return woken;
    } catch (RejectedDataException e) {
      return wakeInParts(limit);
    }
  }

  private int wakeAtOnce(int limit) {
    Map<String, Object> values = values(limit);
    Woken woken =
        database
            .list(WAKE_AFTER_JOBS, values, row -> new Woken(row.getInt(1), row.getBoolean(2)))
            .getFirst();
    if (!woken.isSignalLeft()) {
      return woken.afterJobs();
    }
    int afterSignals = database.list(WAKE_AFTER_SIGNALS, values, row -> row.getInt(1)).getFirst();
    return Math.max(woken.afterJobs(), afterSignals);
  }

  /** Does the same, but jobs that the database refuses to wake do not stop the others. */
  int wakeInParts(int limit) {
    var refusals = new HashSet<Long>();
    int afterJobs = inParts(DUE_AFTER_JOBS, WAKE_SOME_AFTER_JOBS, limit, refusals);
    int afterSignals = inParts(DUE_AFTER_SIGNALS, WAKE_SOME_AFTER_SIGNALS, limit, refusals);
    refused = Set.copyOf(refusals);
    return Math.max(afterJobs, afterSignals);
  }

  private int inParts(Sql due, Sql wakeSome, int limit, Set<Long> refusals) {
    List<Long> jobs = database.list(due, Map.of("limit", limit), row -> row.getLong(1));
    return Halving.run(
        jobs,
        REFUSALS_MAX,
        part -> {
          var values = new HashMap<>(values(limit));
          values.put("ids", SqlArray.longs(part, id -> id));
          return database.list(wakeSome, values, row -> row.getInt(1)).getFirst();
        },
        (id, reason) -> {
          refusals.add(id);
          if (!refused.contains(id)) {
            log.warn(
                "Could not wake job {}: the database refuses to change its row. Look for a trigger "
                    + "or a constraint on river_job. The next try comes soon [CAIRN-526]",
                id,
                reason);
          }
        });
  }

  private Map<String, Object> values(int limit) {
    return Map.of("limit", limit, "channel", database.schema().channel("river_insert"));
  }
}
