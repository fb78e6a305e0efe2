package dev.cairn.internal.postgres;

import dev.cairn.JobState;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.Fenced;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.spi.Waits.AwaitedJob;
import dev.cairn.spi.Waits.Signal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * No signal is lost between a job that checks for it and then sleeps, and a program that sends it:
 *
 * Both write the same row, the row of the signal's name, so one of them comes first. If the signal
 * comes first, the job finds it. If the job comes first, its wait is committed before the signal's
 * second statement looks for waits. That statement changes the row of the job, even if the job
 * still runs. The statement with the job's outcome then sees the key and does not put the job to
 * sleep.
 *
 * The transaction that sends a signal locks and wakes only a limited number of jobs. If there may
 * be more, it leaves a row of job 0 in the table of waits, and a leader wakes the others. No job
 * starts to wait for a signal that was sent, so each turn leaves fewer of them.
 */

/** Signals and waits in Cairn's own tables. */
final class PostgresWaitStore implements WaitStore {
  /**
   * How long a job that checks for a signal waits for a session that writes the signal's row. It is
   * longer than any statement that commits on its own, and shorter than a transaction of a user may
   * take.
   */
  private static final Duration SIGNAL_WAIT = Duration.ofMillis(250);

  /** How many jobs are woken in the transaction that sends a signal. */
  static final int WOKEN_AT_ONCE_MAX = 1_000;

  private final Database database;

  PostgresWaitStore(Database database) {
    this.database = database;
  }

  // Does not lock the job's row: a signal that came first would wait for that lock while it holds
  // the row of its name.
  private static final String HELD =
      Template.of(
              """
              held AS MATERIALIZED (
                SELECT job.id FROM {schema}.river_job AS job WHERE job.id = :id AND {is_held}
              )\
              """)
          .with("is_held", Fence.held(":attempted_at"))
          .sql();

  private static final Sql AWAIT_SIGNAL =
      Sql.of(
          "wait for a signal",
          Template.of(
                  """
                  WITH setting AS MATERIALIZED (
                    SELECT set_config('lock_timeout', :wait_ms::text, true)
                  ),
                  {held},
                  met AS (
                    INSERT INTO {schema}.cairn_signal (name)
                    SELECT :name::text FROM setting, held
                    ON CONFLICT (name) DO UPDATE SET touched_at = now()
                    RETURNING payload, signalled_at
                  ),
                  waits AS (
                    INSERT INTO {schema}.cairn_wait (job_id, step, signal)
                    SELECT :id, :step, :name FROM met WHERE signalled_at IS NULL
                    ON CONFLICT (job_id, step) DO UPDATE SET signal = excluded.signal, awaited_job = NULL
                  ),
                  over AS (
                    DELETE FROM {schema}.cairn_wait AS wait
                    USING met
                    WHERE wait.job_id = :id AND wait.step = :step AND met.signalled_at IS NOT NULL
                  )
                  SELECT signalled_at IS NOT NULL, payload FROM met
                  """)
              .with("held", HELD)
              .sql());

  @Override
  public Fenced<Optional<Signal>> awaitSignal(Claim claim, String step, String name) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("step", step);
    values.put("name", name);
    values.put("wait_ms", SIGNAL_WAIT.toMillis());
    return Fenced.ofFirst(
        database.list(
            AWAIT_SIGNAL,
            values,
            row ->
                row.getBoolean(1) ? Optional.of(new Signal(row.getString(2))) : Optional.empty()));
  }

  private static final Sql AWAIT_JOB =
      Sql.of(
          "wait for a job",
          Template.of(
                  """
                  WITH {held},
                  target AS (
                    SELECT job.state, job.state IN ('completed', 'cancelled', 'discarded') AS ended
                    FROM {schema}.river_job AS job
                    WHERE job.id = :awaited
                  ),
                  waits AS (
                    INSERT INTO {schema}.cairn_wait (job_id, step, awaited_job)
                    SELECT :id, :step, :awaited FROM held, target WHERE NOT ended
                    ON CONFLICT (job_id, step) DO UPDATE
                    SET signal = NULL, awaited_job = excluded.awaited_job
                  ),
                  over AS (
                    DELETE FROM {schema}.cairn_wait AS wait
                    USING held
                    WHERE wait.job_id = held.id AND wait.step = :step
                      AND NOT EXISTS (SELECT FROM target WHERE NOT ended)
                  )
                  SELECT target.state::text, coalesce(target.ended, true)
                  FROM held LEFT JOIN target ON true
                  """)
              .with("held", HELD)
              .sql());

  @Override
  public Fenced<AwaitedJob> awaitJob(Claim claim, String step, long awaitedId) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("step", step);
    values.put("awaited", awaitedId);
    return Fenced.ofFirst(database.list(AWAIT_JOB, values, PostgresWaitStore::awaitedJob));
  }

  private static AwaitedJob awaitedJob(ResultSet row) throws SQLException {
    String state = row.getString(1);
    return new AwaitedJob(row.getBoolean(2), state == null ? null : JobState.ofLabel(state));
  }

  private static final Sql FORGET =
      Sql.of(
          "end a wait",
          Template.of(
                  """
                  WITH {held},
                  forgotten AS (
                    DELETE FROM {schema}.cairn_wait AS wait
                    USING held
                    WHERE wait.job_id = held.id AND (:step::text IS NULL OR wait.step = :step)
                  )
                  SELECT id FROM held
                  """)
              .with("held", HELD)
              .sql());

  @Override
  public boolean forget(Claim claim, @Nullable String step) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("step", step);
    return !database.list(FORGET, values, row -> true).isEmpty();
  }

  private static final Sql KEEP_SIGNAL =
      Sql.of(
          "send a signal",
          """
          INSERT INTO {schema}.cairn_signal (name, payload, signalled_at)
          VALUES (:name, :payload::jsonb, now())
          ON CONFLICT (name) DO UPDATE
          SET payload = excluded.payload, signalled_at = now(), touched_at = now()
          RETURNING name
          """);

  // A paused job stays paused, but its time has come: whoever resumes it finds no wait any more.
  private static final String WAKE_LOCKED =
      Template.of(
              """
              woken AS (
                UPDATE {schema}.river_job AS job
                SET metadata = CASE WHEN job.state = 'running'
                      THEN ({metadata}) || '{"{woken_key}": true}' ELSE job.metadata END,
                    state = CASE WHEN job.state = 'scheduled' THEN 'available' ELSE job.state END,
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

  @Override
  public int signal(String name, @Nullable String payload) {
    return database.inTransaction("send a signal", session -> signal(session, name, payload));
  }

  @Override
  public int signal(Connection connection, String name, @Nullable String payload) {
    return signal(database.in(connection), name, payload);
  }

  private static int signal(Session session, String name, @Nullable String payload) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("name", name);
    values.put("payload", payload);
    List<Boolean> kept = session.list(KEEP_SIGNAL, values, row -> true);
    if (kept.isEmpty()) {
      throw new IllegalStateException("signal '%s' was not kept".formatted(name));
    }
    return session
        .list(
            WAKE_FOR_SIGNAL,
            Map.of(
                "name",
                name,
                "limit",
                WOKEN_AT_ONCE_MAX,
                "channel",
                session.schema().channel("river_insert")),
            row -> row.getInt(1))
        .getFirst();
  }

  // The wait is deleted when its job is woken, so that no turn reads what an earlier turn has done.
  // Otherwise each batch would read all jobs that were woken before, and there may be a million of
  // them. The wait is looked up by its job, because all waits may have the same target. Jobs that
  // another session locks are skipped and found again in the next turn: the leader must not wait
  // for a user's transaction that locks thousands of jobs.
  private static final Sql WAKE_AFTER_JOBS =
      wake(
          "wake the jobs that wait for jobs",
          Template.of(
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
                  WHERE wait.awaited_job IS NOT NULL
                    AND (target.state IS NULL
                      OR target.state IN ('completed', 'cancelled', 'discarded'))
                  LIMIT :limit\
                  """)
              .with("running", Fragments.RUNNING)
              .sql(),
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

  // Locked jobs are skipped while the waits are read, so that they do not hide the others. Once no
  // wait is visible, the row of job 0 remains.
  private static final Sql WAKE_AFTER_SIGNALS =
      Sql.of(
          "wake the other jobs that wait for a signal",
          Template.of(
                  """
                  WITH locked AS MATERIALIZED (
                    SELECT job.id, wait.step, wait.signal
                    FROM {schema}.cairn_wait AS rest
                    CROSS JOIN LATERAL (
                      SELECT wait.job_id, wait.step, wait.signal
                      FROM {schema}.cairn_wait AS wait
                      WHERE wait.signal = rest.signal AND wait.job_id <> 0
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
              .sql());

  /** The result of one turn. */
  private record Woken(int afterJobs, boolean isSignalLeft) {}

  @Override
  public int wake(int limit) {
    Map<String, Object> values =
        Map.of("limit", limit, "channel", database.schema().channel("river_insert"));
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

  private static final Sql CLEAN_WAITS =
      Sql.of(
          "delete waits of jobs that have ended",
          """
          WITH useless AS MATERIALIZED (
            SELECT wait.job_id, wait.step
            FROM {schema}.cairn_wait AS wait
            WHERE wait.job_id <> 0 AND coalesce(
              (
                SELECT job.state IN ('completed', 'cancelled', 'discarded')
                FROM {schema}.river_job AS job
                WHERE job.id = wait.job_id
              ),
              true)
            ORDER BY wait.job_id, wait.step
            LIMIT :limit
            FOR UPDATE OF wait SKIP LOCKED
          )
          DELETE FROM {schema}.cairn_wait AS wait
          USING useless
          WHERE wait.job_id = useless.job_id AND wait.step = useless.step
          """);

  // Each name is read again under its lock: a job that begins to wait for it, or a program that
  // sends it, writes the row first.
  private static final Sql CLEAN_SIGNALS =
      Sql.of(
          "delete old signals",
          """
          DELETE FROM {schema}.cairn_signal
          WHERE name IN (
            SELECT signal.name
            FROM {schema}.cairn_signal AS signal
            WHERE signal.touched_at < now() - interval '7 days'
              AND NOT EXISTS (SELECT FROM {schema}.cairn_wait AS wait WHERE wait.signal = signal.name)
            ORDER BY signal.name
            LIMIT :limit
            FOR UPDATE SKIP LOCKED
          )
          """);

  @Override
  public void cleanLeftovers(int limit) {
    database.update(CLEAN_WAITS, Map.of("limit", limit));
    database.update(CLEAN_SIGNALS, Map.of("limit", limit));
  }
}
