package dev.cairn.benchmarks;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** What one database has done so far, all its sessions together. */
final class DatabaseCounters {
  private static final Duration STATISTICS_PATIENCE = Duration.ofSeconds(5);

  private final DataSource dataSource;
  private final String databaseName;

  DatabaseCounters(DataSource dataSource, String databaseName) {
    this.dataSource = dataSource;
    this.databaseName = databaseName;
  }

  /**
   * One look at them.
   *
   * @param commits transactions
   * @param walBytes what was written ahead
   */
  record Reading(long commits, long walBytes) {}

  /** Read once all other sessions have ended, because that is when they report their commits. */
  Reading read() throws SQLException, InterruptedException {
    try (Connection connection = dataSource.getConnection()) {
      long patientUntil = System.nanoTime() + STATISTICS_PATIENCE.toNanos();
      while (number(
                  connection,
                  """
                  SELECT count(*) FROM pg_stat_activity
                  WHERE datname = ? AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                  """)
              > 0
          && System.nanoTime() < patientUntil) {
        Thread.sleep(10);
      }
      return new Reading(
          number(connection, "SELECT xact_commit FROM pg_stat_database WHERE datname = ?"),
          number(
              connection,
              """
              SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint
              FROM pg_database WHERE datname = ?
              """));
    }
  }

  private long number(Connection connection, String sql) throws SQLException {
    try (var query = connection.prepareStatement(sql)) {
      query.setString(1, databaseName);
      try (ResultSet rows = query.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}
