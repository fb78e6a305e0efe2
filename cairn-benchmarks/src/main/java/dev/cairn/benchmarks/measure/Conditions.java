package dev.cairn.benchmarks.measure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a run.
 *
 * @param time the time of its beginning
 * @param cores the cores of the machine, which the server and its clients share
 * @param server the settings of the server; null if there was no server
 * @param statistics the planner's statistics of the table of jobs
 * @param handler the work of a job
 */
record Conditions(
    String time,
    int cores,
    String jdk,
    String system,
    @Nullable ServerSettings server,
    String statistics,
    String handler) {
  /** The settings that the server reports. */
  record ServerSettings(
      String postgresql, String synchronousCommit, String fsync, String sharedBuffers) {
    static ServerSettings of(Connection connection) throws SQLException {
      return new ServerSettings(
          setting(connection, "server_version"),
          setting(connection, "synchronous_commit"),
          setting(connection, "fsync"),
          setting(connection, "shared_buffers"));
    }

    private static String setting(Connection connection, String name) throws SQLException {
      try (var query = connection.prepareStatement("SELECT current_setting(?)")) {
        query.setString(1, name);
        try (ResultSet rows = query.executeQuery()) {
          rows.next();
          return rows.getString(1);
        }
      }
    }

    @Override
    public String toString() {
      return "PostgreSQL %s (synchronous_commit %s, fsync %s, shared_buffers %s)"
          .formatted(postgresql, synchronousCommit, fsync, sharedBuffers);
    }
  }

  static Conditions of(
      Instant time, @Nullable ServerSettings server, Statistics statistics, String handler) {
    return new Conditions(
        time.truncatedTo(ChronoUnit.SECONDS).toString(),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version().toString(),
        "%s %s".formatted(System.getProperty("os.name"), System.getProperty("os.arch")),
        server,
        statistics.toString(),
        handler);
  }

  @Override
  public String toString() {
    return "%s, %d cores, JDK %s%s; a job does: %s"
        .formatted(
            time,
            cores,
            jdk,
            server == null ? "" : ", %s, statistics %s".formatted(server, statistics),
            handler);
  }
}
