package dev.cairn.internal.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A database by way of one connection, whose plans therefore grow old, and whose reading the server
 * has counted when asked.
 */
final class OneConnection implements AfterEachCallback {
  private static final String OTHER_SESSIONS =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid()
      """;

  private final TestDatabase server;
  private final HikariDataSource pool;
  private final Database database;

  OneConnection(TestDatabase server) {
    var config = new HikariConfig();
    config.setDataSource(server.fresh().dataSource());
    config.setMaximumPoolSize(1);
    this.server = server;
    this.pool = new HikariDataSource(config);
    this.database = new Database(pool, server.schema());
  }

  Database database() {
    return database;
  }

  Connection take() throws SQLException {
    return pool.getConnection();
  }

  /** Rows of jobs and checkpoints that were read so far in the order of the table. */
  long rowsScanned() throws SQLException {
    return count(
        """
        SELECT sum(seq_tup_read) FROM pg_stat_user_tables
        WHERE relname IN ('river_job', 'cairn_checkpoint')
        """);
  }

  /** Entries of the indexes of jobs that were read so far. */
  long entriesRead() throws SQLException {
    return count("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'river_job'");
  }

  private long count(String sql) throws SQLException {
    server.closeIdle();
    try (Connection own = take();
        var statement = own.createStatement()) {
      assumeTrue(
          own.getMetaData().getDatabaseMajorVersion() >= 15,
          "PostgreSQL 14 reports what was read when it likes");
      // A session reports what it has read once a second, at the latest when it ends. So what the
      // preparation of a test has read could otherwise be reported in the middle of the test.
      await("the end of the other sessions")
          .atMost(Duration.ofSeconds(60))
          .until(() -> number(statement, OTHER_SESSIONS) == 0);
      statement.execute("SELECT pg_stat_force_next_flush()");
      return number(statement, sql);
    }
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    pool.close();
  }
}
