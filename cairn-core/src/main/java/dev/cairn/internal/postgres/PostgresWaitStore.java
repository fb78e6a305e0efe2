package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.JobState;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
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
   * longer than any statement that commits on its own takes, and shorter than a transaction of a
   * user may take.
   */
  private static final Duration SIGNAL_WAIT = Duration.ofMillis(250);

  /** How many jobs are woken in the transaction that sends a signal. */
  static final int WOKEN_AT_ONCE_MAX = 1_000;

  private final Database database;
  private final WakeStatements wakes;

  PostgresWaitStore(Database database) {
    this.database = database;
    this.wakes = new WakeStatements(database);
  }

  // Does not lock the job's row: a program that has just sent the signal would wait for that lock
  // while it holds the row of the signal's name, and this statement would wait for that row.
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

  @Override
  public int signal(String name, @Nullable String payload) {
    try {
      return signal(name, payload, WOKEN_AT_ONCE_MAX);
    } catch (StoreUnavailableException | SchemaException e) {
      throw e;
    } catch (CairnException e) {
      // The row of one of the jobs may be refused, with any SQLSTATE. The leader finds out which,
      // and wakes the others.
      return signal(name, payload, 0);
    }
  }

  private int signal(String name, @Nullable String payload, int wokenAtOnce) {
    return database.inTransaction(
        "send a signal", session -> signal(session, name, payload, wokenAtOnce));
  }

  @Override
  public int signal(Connection connection, String name, @Nullable String payload) {
    return database.together(
        connection,
        "send a signal",
        it -> signal(database.in(it), name, payload, WOKEN_AT_ONCE_MAX));
  }

  private static int signal(
      Session session, String name, @Nullable String payload, int wokenAtOnce) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("name", name);
    values.put("payload", payload);
    List<Boolean> kept = session.list(KEEP_SIGNAL, values, row -> true);
    if (kept.isEmpty()) {
      throw new IllegalStateException("signal '%s' was not kept".formatted(name));
    }
    return WakeStatements.forSignal(session, name, wokenAtOnce);
  }

  @Override
  public int wake(int limit) {
    return wakes.wake(limit);
  }
}
