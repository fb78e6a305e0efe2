package dev.cairn.chaos.life;

import java.sql.SQLException;

/** What is there before the client starts: work for those who rescue, schedule and clean. */
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
    database.execute(
        """
        INSERT INTO river_queue (name, created_at, updated_at)
        VALUES ('unused', now() - interval '2 days', now() - interval '2 days')
        """);
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
