package dev.cairn.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/** Fills the tables with jobs that are due, has them worked, and measures what that took. */
final class BurnDown {
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
   * @param fifths jobs per second, one fifth of the jobs after the other
   */
  record Cost(int jobs, Duration time, long commits, long walBytes, List<Long> fifths) {
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
    contender.fill(jobs);
    settle();
    DatabaseCounters.Reading before = counters.read();
    var progress = new Progress(jobs);
    long began = System.nanoTime();
    contender.work(jobs, progress);
    Duration time = Duration.ofNanos(System.nanoTime() - began);
    DatabaseCounters.Reading after = counters.read();
    int finished = contender.finished();
    if (finished != jobs) {
      throw new IllegalStateException(
          "%s: only %d of %d jobs were completed in one attempt: the figures would be worthless"
              .formatted(contender.name(), finished, jobs));
    }
    return new Cost(
        jobs,
        time,
        after.commits() - before.commits(),
        after.walBytes() - before.walBytes(),
        progress.fifths());
  }

  private void settle() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("VACUUM ANALYZE");
      statement.execute("CHECKPOINT");
    }
  }
}
