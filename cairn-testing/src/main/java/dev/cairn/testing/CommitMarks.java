package dev.cairn.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Tells whether a transaction of the worker's own was committed: by a row that it has written too.
 * Thread-safe.
 */
final class CommitMarks {
  private final DataSource dataSource;
  private final AtomicLong last = new AtomicLong(System.nanoTime());

  CommitMarks(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  void createTable() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS cairn_explorer_mark (id bigint PRIMARY KEY)");
    }
  }

  void dropTable() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS cairn_explorer_mark");
    }
  }

  long mark(Connection connection) {
    long id = last.incrementAndGet();
    try (var insert = connection.prepareStatement("INSERT INTO cairn_explorer_mark VALUES (?)")) {
      insert.setLong(1, id);
      insert.executeUpdate();
      return id;
    } catch (SQLException e) {
      throw new IllegalStateException("the explorer cannot mark a transaction", e);
    }
  }

  boolean isCommitted(long id) {
    try (Connection connection = dataSource.getConnection();
        var select = connection.prepareStatement("SELECT FROM cairn_explorer_mark WHERE id = ?")) {
      select.setLong(1, id);
      try (var rows = select.executeQuery()) {
        return rows.next();
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the explorer cannot look for a transaction", e);
    }
  }
}
