package dev.cairn.cli;

import dev.cairn.embedded.FreshDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Databases in which looking at all jobs would be felt. */
public final class CrowdedDatabase {
  /** How many there are. */
  public static final int JOBS = 10_000;

  private CrowdedDatabase() {}

  /** Completed jobs, and the planner knows it. */
  public static FreshDatabase known() throws SQLException {
    FreshDatabase database = MigratedDatabase.fresh();
    execute(database, jobs("completed"), "ANALYZE river_job");
    return database;
  }

  /** Completed jobs. The planner believes that a part of the jobs is in each other state. */
  public static FreshDatabase changed() throws SQLException {
    FreshDatabase database = MigratedDatabase.fresh();
    execute(database, jobs("completed"));
    for (String state : new String[] {"available", "retryable", "scheduled", "running"}) {
      execute(database, jobs(state));
    }
    execute(
        database,
        "ANALYZE river_job",
        "DELETE FROM river_job WHERE state <> 'completed'",
        "VACUUM (TRUNCATE false) river_job");
    return database;
  }

  private static String jobs(String state) {
    return """
    INSERT INTO river_job (kind, args, max_attempts, state, attempt, scheduled_at, finalized_at)
    SELECT 'noop', '{}', 25, '%1$s', 1, now() - number * interval '1 minute',
      CASE WHEN '%1$s' = 'completed' THEN now() - number * interval '1 minute' END
    FROM generate_series(1, %2$d) AS number
    """
        .formatted(state, JOBS);
  }

  private static void execute(FreshDatabase database, String... statements) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE river_job SET (autovacuum_enabled = off)");
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }
}
