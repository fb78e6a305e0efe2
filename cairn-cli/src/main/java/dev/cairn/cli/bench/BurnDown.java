package dev.cairn.cli.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** Fills the table with jobs that are due, has them worked, and measures what that took. */
final class BurnDown {
  static final String KIND = "noop";

  private final DataSource dataSource;
  private final DatabaseCounters counters;

  BurnDown(DataSource dataSource, String databaseName) {
    this.dataSource = dataSource;
    this.counters = new DatabaseCounters(dataSource, databaseName);
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
    DatabaseCounters.Reading before = counters.read();
    long began = System.nanoTime();
    contender.work(jobs);
    Duration time = Duration.ofNanos(System.nanoTime() - began);
    DatabaseCounters.Reading after = counters.read();
    check(jobs);
    return new Cost(
        jobs, time, after.commits() - before.commits(), after.walBytes() - before.walBytes());
  }

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
