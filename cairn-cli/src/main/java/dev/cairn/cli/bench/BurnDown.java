package dev.cairn.cli.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** Fills the table with jobs that are due, has them worked, and measures what that took. */
final class BurnDown {
  static final String KIND = "noop";

  private static final Duration STATISTICS_PATIENCE = Duration.ofSeconds(5);

  private final DataSource dataSource;
  private final String databaseName;

  BurnDown(DataSource dataSource, String databaseName) {
    this.dataSource = dataSource;
    this.databaseName = databaseName;
  }

  /**
   * What working all jobs took.
   *
   * @param commits transactions of all sessions of the database
   * @param walBytes what was written ahead for all of them
   */
  record Cost(int jobs, Duration time, long commits, long walBytes) {
    double jobsPerSecond() {
      return jobs / (time.toNanos() / 1e9);
    }

    double commitsPerJob() {
      return (double) commits / jobs;
    }

    double walBytesPerJob() {
      return (double) walBytes / jobs;
    }
  }

  Cost measure(Contender contender, int jobs) throws Exception {
    fill(jobs);
    Counters before = counters();
    long began = System.nanoTime();
    contender.work(jobs);
    Duration time = Duration.ofNanos(System.nanoTime() - began);
    Counters after = counters();
    check(jobs);
    return new Cost(
        jobs, time, after.commits() - before.commits(), after.walBytes() - before.walBytes());
  }

  private record Counters(long commits, long walBytes) {}

  private void fill(int jobs) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var insert =
            connection.prepareStatement(
                """
                INSERT INTO river_job (kind, args, max_attempts)
                SELECT ?, jsonb_build_object('number', number), 25
                FROM generate_series(1, ?) AS number
                """)) {
      statement.execute("TRUNCATE river_job");
      insert.setString(1, KIND);
      insert.setInt(2, jobs);
      insert.executeUpdate();
      statement.execute("VACUUM ANALYZE river_job");
      statement.execute("CHECKPOINT");
    }
  }

  /** Read once all other sessions have ended, because that is when they report their commits. */
  private Counters counters() throws SQLException, InterruptedException {
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
      return new Counters(
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

  private void check(int jobs) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT count(*) FROM river_job
                WHERE state = 'completed' AND attempt = 1 AND cardinality(attempted_by) = 1
                """)) {
      rows.next();
      if (rows.getInt(1) != jobs) {
        throw new IllegalStateException(
            "only %d of %d jobs were completed in one attempt: the figures would be worthless"
                .formatted(rows.getInt(1), jobs));
      }
    }
  }
}
