package dev.cairn.programs;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;

/** The rows that programs write, each with the number of its world. */
final class ProgramRows {
  static final String TABLE = "program_row";

  private ProgramRows() {}

  static void create(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE %s (run bigint, id text)".formatted(TABLE));
      statement.execute("CREATE INDEX ON %s (run)".formatted(TABLE));
    }
  }

  static void insert(Connection connection, long run, String id) throws SQLException {
    try (var insert =
        connection.prepareStatement("INSERT INTO %s (run, id) VALUES (?, ?)".formatted(TABLE))) {
      insert.setLong(1, run);
      insert.setString(2, id);
      insert.executeUpdate();
    }
  }

  /** How often each row is there. */
  static Map<String, Integer> of(DataSource dataSource, long run) throws SQLException {
    var rows = new HashMap<String, Integer>();
    try (Connection connection = dataSource.getConnection();
        var select =
            connection.prepareStatement(
                "SELECT id, count(*) FROM %s WHERE run = ? GROUP BY id".formatted(TABLE))) {
      select.setLong(1, run);
      try (var found = select.executeQuery()) {
        while (found.next()) {
          rows.put(found.getString(1), found.getInt(2));
        }
      }
    }
    return rows;
  }

  static void forget(DataSource dataSource, long run) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var delete = connection.prepareStatement("DELETE FROM %s WHERE run = ?".formatted(TABLE))) {
      delete.setLong(1, run);
      delete.executeUpdate();
    }
  }
}
