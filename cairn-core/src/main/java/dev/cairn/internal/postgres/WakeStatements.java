package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * Many jobs are woken in one statement. If that statement fails, the row of one job may be the
 * cause, for example because of a trigger, which may raise any SQLSTATE. Then the jobs are looked
 * up, and are woken by their ids in ever smaller parts, so that one refused job does not stop the
 * others.
 *
 * A turn ends after a limited number of failures. So jobs that were refused before are left out,
 * except in every tenth turn, and the others are tried in random order: otherwise, each turn would
 * begin with the same refused jobs, and never reach the jobs behind them.
 */

/** Wakes jobs whose signal was sent, or whose awaited job has ended. */
final class WakeStatements {
  private static final Log log = Log.of(WakeStatements.class);

  /** How many failed statements one turn tolerates. */
  private static final int REFUSALS_MAX = 100;

  /** How many refused jobs are remembered at most. */
  private static final int REFUSED_MAX = 10_000;

  /** How many refused jobs are named in warnings. */
  private static final int NAMED_MAX = 20;

  /** How many waits a signal reads, for each job that it may wake. */
  private static final int LOOKS = 10;

  /** One turn out of this many tries the refused jobs again. */
  private static final int AGAIN = 10;

  private final Database database;

  /** The jobs that were refused, and not woken since then. */
  private final Set<Long> refused = ConcurrentHashMap.newKeySet();

  private final AtomicInteger turns = new AtomicInteger();

  WakeStatements(Database database) {
    this.database = database;
  }

  // A paused job stays paused, but becomes due: its wait is deleted, so nothing would wake it after
  // an operator has resumed it.
  //
  // A job whose unique key does not count while it is scheduled stays scheduled and becomes due.
  // When it becomes available, it takes its key back. By then, another job may hold that key, or
  // the update may have to wait for it. The scheduler handles that without delaying other jobs.
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

  // The waiting jobs are first collected from the few rows of waits, and then looked up by id: a
  // join would read all jobs that wait or run. Every statement that locks several jobs, and may
  // wait for one of them, locks them in the order of their ids, so that two statements cannot
  // deadlock. The update finds the jobs by id and not by ctid, because a row may have moved while
  // the statement waited for its lock.
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

  /** The waits of a signal that one statement reads. */
  private static final String LOOKED_AT =
      """
      SELECT looked.job_id
      FROM {schema}.cairn_wait AS looked
      WHERE looked.signal = :name AND looked.job_id <> 0
      LIMIT :looks\
      """;

  // The wait of a job stays until the job runs. So only jobs that are not woken yet are selected:
  // otherwise, each repetition of a signal would again lock and write up to a thousand jobs that
  // are only waiting for a free worker.
  //
  // A job that is due, or knows that it need not sleep, checks for the signal itself before it
  // sleeps again, and writes the row of the signal's name then.
  //
  // Very many waits may belong to jobs that are paused or not yet claimed. So only a limited number
  // of waits is read. The leader does the rest, and deletes these waits.
  private static final Sql WAKE_FOR_SIGNAL =
      wake(
          "wake the jobs that wait for a signal",
          Template.of(
                  """
                  SELECT wait.job_id
                  FROM ({looked_at}) AS wait
                  CROSS JOIN LATERAL (
                    SELECT
                    FROM {schema}.river_job AS job
                    WHERE job.id = wait.job_id
                      AND ((job.state::text = 'scheduled' AND (job.scheduled_at > now() OR NOT {takes_key}))
                        OR (job.state::text = 'available' AND job.scheduled_at > now())
                        OR ({running} AND NOT job.metadata ?? '{woken_key}'))
                    OFFSET 0
                  ) AS waiting
                  LIMIT :limit\
                  """)
              .with("looked_at", LOOKED_AT)
              .with("takes_key", Fragments.TAKES_KEY)
              .with("running", Fragments.RUNNING)
              .sql(),
          Template.of(
                  """
                  rest AS (
                    INSERT INTO {schema}.cairn_wait (job_id, step, signal)
                    SELECT 0, :name, :name FROM (SELECT count(*) AS number FROM due) AS all_due
                    WHERE all_due.number >= :limit
                      OR (SELECT count(*) FROM ({looked_at}) AS seen) >= :looks
                    ON CONFLICT (job_id, step) DO NOTHING
                  )\
                  """)
              .with("looked_at", LOOKED_AT)
              .sql(),
          "");

  /** Wakes a limited number of jobs in the transaction that sends a signal. */
  static int forSignal(Session session, String name, int limit) {
    return session
        .list(
            WAKE_FOR_SIGNAL,
            Map.of(
                "name",
                name,
                "limit",
                limit,
                "looks",
                LOOKS * limit,
                "channel",
                session.schema().channel("river_insert")),
            row -> row.getInt(1))
        .getFirst();
  }

  private static String dueAfterJobs(String which, String end) {
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
            {end}\
            """)
        .with("running", Fragments.RUNNING)
        .with("which", which)
        .with("end", end)
        .sql();
  }

  // The wait is deleted when its job is woken, so that later statements do not read it again.
  // Otherwise, each batch would read all jobs that were woken before, and there may be a million of
  // them. "+ 0" makes the server look the wait up by its job, because all waits may be for the same
  // target. Jobs that another session has locked are skipped and found again in the next turn: the
  // leader must not wait for a user's transaction that locks thousands of jobs.
  private static Sql wakeAfterJobs(String which) {
    return wake(
        "wake the jobs that wait for jobs",
        dueAfterJobs(which, "LIMIT :limit"),
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

  /** A subquery, because the server then looks each job up in a hash table. */
  private static final String OF_OTHERS =
      " AND wait.job_id NOT IN (SELECT unnest(:left_out::bigint[]))";

  private static final Sql WAKE_AFTER_JOBS = wakeAfterJobs("");
  private static final Sql WAKE_SOME_AFTER_JOBS = wakeAfterJobs(OF_SOME);

  // Selects only jobs that are not locked, so that many locked jobs do not hide the others. The
  // locks end with the statement.
  private static final Sql DUE_AFTER_JOBS =
      Sql.of(
          "look for jobs to wake that wait for jobs",
          Template.of(
                  """
                  SELECT DISTINCT free.id
                  FROM (
                    SELECT job.id
                    FROM (
                      {due}
                    ) AS due
                    CROSS JOIN LATERAL (
                      SELECT job.id
                      FROM {schema}.river_job AS job
                      WHERE job.id = due.job_id
                      FOR NO KEY UPDATE SKIP LOCKED
                    ) AS job
                    LIMIT :limit
                  ) AS free
                  """)
              .with("due", dueAfterJobs(OF_OTHERS, "OFFSET 0"))
              .sql());

  // Locked jobs are skipped while the waits are read, so that they do not hide the others. The row
  // of job 0 is deleted by the first statement that sees no other wait for its signal. As above,
  // "|| ''" makes the server look a wait up by its job.
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
          Template.of(
                  """
                  SELECT DISTINCT free.id
                  FROM (
                    SELECT job.id
                    FROM {schema}.cairn_wait AS rest
                    CROSS JOIN LATERAL (
                      SELECT wait.job_id
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
                  ) AS free
                  """)
              .with("which", OF_OTHERS)
              .sql());

  /** The result of the statement for jobs that wait for jobs. */
  private record Woken(int afterJobs, boolean isSignalLeft) {}

  /** Wakes jobs, as described in {@link dev.cairn.internal.store.WaitStore#wake}. */
  int wake(int limit) {
    boolean again = isTurnToTryAgain();
    // Two statements, so that a refused job that waits for another job does not force the jobs that
    // wait for a signal into parts.
    Optional<Woken> jobs =
        atOnce(WAKE_AFTER_JOBS, limit, row -> new Woken(row.getInt(1), row.getBoolean(2)));
    int afterJobs = jobs.map(Woken::afterJobs).orElseGet(() -> jobsInParts(limit, again));
    boolean isSignalLeft = jobs.map(Woken::isSignalLeft).orElse(true);
    Optional<Integer> signals =
        isSignalLeft ? atOnce(WAKE_AFTER_SIGNALS, limit, row -> row.getInt(1)) : Optional.of(0);
    int afterSignals = signals.orElseGet(() -> signalsInParts(limit, again));
    int woken = Math.max(afterJobs, afterSignals);
    if (jobs.isPresent() && signals.isPresent() && woken < limit) {
      refused.clear();
    }
    return woken;
  }

  /** Wakes all jobs in one statement. Empty if it failed in a way that may spare other jobs. */
  private <T> Optional<T> atOnce(Sql wakeAll, int limit, Database.RowMapper<T> mapper) {
    try {
      return database.list(wakeAll, values(limit), mapper).stream().findFirst();
    } catch (StoreUnavailableException | SchemaException e) {
      throw e;
    } catch (CairnException e) {
      log.debug("Could not {} in one statement; waking them in parts", wakeAll.purpose(), e);
      return Optional.empty();
    }
  }

  /**
   * Whether this turn tries the refused jobs again. Called once per turn, for both kinds of waits.
   */
  private boolean isTurnToTryAgain() {
    return turns.incrementAndGet() % AGAIN == 0;
  }

  /** Wakes jobs that wait for jobs, so that those that the database refuses stop no others. */
  int jobsInParts(int limit, boolean again) {
    return inParts(DUE_AFTER_JOBS, WAKE_SOME_AFTER_JOBS, limit, again);
  }

  /** Wakes jobs that wait for a signal, so that those that the database refuses stop no others. */
  int signalsInParts(int limit, boolean again) {
    int woken = inParts(DUE_AFTER_SIGNALS, WAKE_SOME_AFTER_SIGNALS, limit, again);
    // Deletes the rows of signals for which no job waits any more: perhaps no part has done so.
    return woken + wakeSome(WAKE_SOME_AFTER_SIGNALS, limit, List.of());
  }

  private int inParts(Sql due, Sql wakeSome, int limit, boolean again) {
    List<Long> leftOut = again ? List.of() : List.copyOf(refused);
    var jobs =
        new ArrayList<>(
            database.list(
                due,
                Map.of("limit", limit, "left_out", SqlArray.longs(leftOut, id -> id)),
                row -> row.getLong(1)));
    Collections.shuffle(jobs);
    var contended = new ArrayList<CairnException>();
    int woken =
        Halving.run(
            jobs,
            REFUSALS_MAX,
            part -> {
              int wokenOfPart = wakeSome(wakeSome, limit, part);
              part.forEach(refused::remove);
              return wokenOfPart;
            },
            (id, reason) -> {
              if (reason instanceof ContendedException) {
                contended.add(reason);
                log.debug("Job {} cannot be woken now", id, reason);
              } else {
                note(id, reason);
              }
            });
    if (woken == 0 && !contended.isEmpty()) {
      log.warn(
          "Could not wake any of {} jobs now; will retry soon [CAIRN-526]",
          jobs.size(),
          contended.getFirst());
    }
    return woken;
  }

  private int wakeSome(Sql wakeSome, int limit, List<Long> part) {
    var values = new HashMap<>(values(limit));
    values.put("ids", SqlArray.longs(part, id -> id));
    return database.list(wakeSome, values, row -> row.getInt(1)).getFirst();
  }

  private void note(long id, CairnException reason) {
    if (refused.size() < REFUSED_MAX && refused.add(id)) {
      if (refused.size() <= NAMED_MAX) {
        log.warn(
            "Could not wake job {}: the database refuses to change its row. Look for a trigger or "
                + "a constraint on river_job; will retry soon [CAIRN-526]",
            id,
            reason);
      } else {
        log.debug("Could not wake job {} either", id, reason);
      }
    }
  }

  private Map<String, Object> values(int limit) {
    return Map.of("limit", limit, "channel", database.schema().channel("river_insert"));
  }
}
