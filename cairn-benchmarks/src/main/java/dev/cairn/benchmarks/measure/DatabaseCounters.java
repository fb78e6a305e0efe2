package dev.cairn.benchmarks.measure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Counters of one database, for all its sessions together. */
public final class DatabaseCounters {
  private static final Duration STATISTICS_PATIENCE = Duration.ofSeconds(5);

  private final DataSource dataSource;
  private final String databaseName;

  /** Creates the counters of the database with this name, on the server of this source. */
  public DatabaseCounters(DataSource dataSource, String databaseName) {
    this.dataSource = dataSource;
    this.databaseName = databaseName;
  }

  /**
   * One reading of the counters.
   *
   * @param commits the number of transactions
   * @param walBytes the bytes of WAL
   * @param rows the changes of rows in all tables
   * @param serverCpu the processor time of the whole server; null if it is unknown
   */
  public record Reading(long commits, long walBytes, Rows rows, @Nullable Duration serverCpu) {}

  /**
   * Changes of rows in all tables of the database. Each leaves one dead version behind, so this
   * count is exact. PostgreSQL's own number of dead rows is an estimate, which a vacuum resets.
   *
   * @param hotUpdated the updates that wrote to no index
   */
  public record Rows(long updated, long hotUpdated, long deleted) {
    long dead() {
      return updated + deleted;
    }

    Rows minus(Rows before) {
      return new Rows(
          updated - before.updated, hotUpdated - before.hotUpdated, deleted - before.deleted);
    }
  }

  /**
   * Reads the counters after all other sessions have ended, because sessions report at their end.
   */
  public Reading read() throws SQLException, InterruptedException {
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
      return reading(connection);
    }
  }

  /** Reads the counters while other sessions work. Their latest changes may be missing. */
  public Reading readNow() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return reading(connection);
    }
  }

  private Reading reading(Connection connection) throws SQLException {
    return new Reading(
        number(connection, "SELECT xact_commit FROM pg_stat_database WHERE datname = ?"),
        number(
            connection,
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint
            FROM pg_database WHERE datname = ?
            """),
        rows(connection),
        ServerCpu.behind(connection).map(ServerCpu::used).orElse(null));
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

  private static Rows rows(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_hot_upd), 0),
                  coalesce(sum(n_tup_del), 0)
                FROM pg_stat_user_tables
                """)) {
      rows.next();
      return new Rows(rows.getLong(1), rows.getLong(2), rows.getLong(3));
    }
  }
}
