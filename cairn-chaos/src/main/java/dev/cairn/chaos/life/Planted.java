package dev.cairn.chaos.life;

import java.sql.SQLException;

/** Rows that exist before the client starts: work for rescuing, scheduling and cleaning. */
final class Planted {
  private static final String JOB =
      """
      INSERT INTO river_job
        (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, scheduled_at,
         finalized_at, created_at)
      VALUES ('act', jsonb_build_object('role', ?, 'key', ?, 'awaited', 0),
        ?::river_job_state, ?, 25,
        CASE WHEN ? THEN now() - interval '2 hours' END, ARRAY[?]::text[],
        now() - interval '2 hours',
        CASE WHEN ? THEN now() - interval '2 days' END, now() - interval '2 days')
      """;

  private Planted() {}

  static void in(LifeDatabase database) throws SQLException {
    database.execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        VALUES ('dead', now() - interval '1 hour', '1 second')
        """);
    job(database, Role.ORPHAN, "running", 1, "dead");
    job(database, Role.STUCK, "running", 1, "unknown");
    job(database, Role.DUE, "scheduled", 0, "nobody");
    job(database, Role.OLD, "completed", 1, "dead");
    leftBySignal(database);
    database.execute(
        """
        INSERT INTO river_queue (name, created_at, updated_at)
        VALUES ('unused', now() - interval '2 days', now() - interval '2 days')
        """);
  }

  /** A waiting job that a signal has not woken, as if the signal had woken a thousand others. */
  private static void leftBySignal(LifeDatabase database) throws SQLException {
    String name = Role.LEFT_BY_SIGNAL.name();
    job(database, Role.LEFT_BY_SIGNAL, "scheduled", 0, "nobody");
    database.execute(
        "INSERT INTO cairn_signal (name, payload, signalled_at) VALUES (?, '\"paid\"', now())",
        name);
    database.execute(
        """
        WITH job AS (
          UPDATE river_job SET scheduled_at = now() + interval '100 years'
          WHERE args->>'role' = ?
          RETURNING id
        )
        INSERT INTO cairn_wait (job_id, step, signal)
        SELECT id, 'signal', ? FROM job
        UNION ALL
        SELECT 0, ?, ?
        """,
        name,
        name,
        name,
        name);
  }

  private static void job(
      LifeDatabase database, Role role, String state, int attempt, String client)
      throws SQLException {
    boolean attempted = attempt > 0;
    database.execute(
        JOB,
        role.name(),
        role.name(),
        state,
        attempt,
        attempted,
        client,
        state.equals("completed"));
  }
}
