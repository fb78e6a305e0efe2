package dev.cairn.chaos.fleet;

import dev.cairn.chaos.history.Transition;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * How the clock of the database differs from the clock of this machine, according to two
 * measurements. The difference matters because triggers note the time of the database, and this
 * machine notes deaths.
 *
 * @param begin the measurement before the run
 * @param end the measurement after the run
 */
record DatabaseClock(Reading begin, Reading end) {
  private static final int READINGS = 7;

  /**
   * A measurement.
   *
   * @param millis when it was made, by the clock of this machine
   * @param ahead by how many milliseconds the database was ahead
   * @param error by how many milliseconds that may be wrong
   */
  record Reading(long millis, long ahead, long error) {
    /** The best of some readings: the one whose answer took the least time. */
    static Reading of(DataSource source) throws SQLException {
      try (Connection connection = source.getConnection();
          Statement statement = connection.createStatement()) {
        Stream.Builder<Reading> readings = Stream.builder();
        for (int i = 0; i < READINGS; i++) {
          readings.add(once(statement));
        }
        return readings.build().min(Comparator.comparingLong(Reading::error)).orElseThrow();
      }
    }

    private static Reading once(Statement statement) throws SQLException {
      // In this order, so that a pause between the two counts as an error.
      long begin = System.nanoTime();
      long before = System.currentTimeMillis();
      try (ResultSet row =
          statement.executeQuery("SELECT extract(epoch FROM clock_timestamp()) * 1000")) {
        row.next();
        long took = (System.nanoTime() - begin) / 1_000_000;
        return new Reading(before, Math.round(row.getDouble(1)) - before - took / 2, took / 2 + 1);
      }
    }
  }

  /** By how much a shifted time may be wrong, in milliseconds. */
  long error() {
    return Math.abs(end.ahead - begin.ahead) + Math.max(begin.error, end.error);
  }

  /** The transition with its time by the clock of this machine. */
  Transition shifted(Transition of) {
    return new Transition(
        of.jobId(), of.from(), of.to(), of.client(), of.millis() - ahead(of.millis()));
  }

  /** The difference at a time, if it changes evenly between the measurements. */
  private long ahead(long databaseMillis) {
    long length = Math.max(1, end.millis - begin.millis);
    long since = Math.clamp(databaseMillis - begin.ahead - begin.millis, 0, length);
    return begin.ahead + (end.ahead - begin.ahead) * since / length;
  }
}
