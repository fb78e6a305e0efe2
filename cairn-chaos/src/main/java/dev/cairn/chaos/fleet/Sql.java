package dev.cairn.chaos.fleet;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Statements of the controller, each on a connection of its own. */
public record Sql(DataSource source) {
  /** Runs statements that return nothing. */
  public void execute(String... statements) throws SQLException {
    try (Connection connection = source.getConnection();
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Runs a statement with parameters; returns the number of rows. */
  public int update(String sql, Object... parameters) throws SQLException {
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      return statement.executeUpdate();
    }
  }

  /** The first column of the first row. */
  public String text(String sql) throws SQLException {
    return list(sql, row -> row.getString(1)).getFirst();
  }

  /** The first column of the first row. */
  public long number(String sql) throws SQLException {
    return list(sql, row -> row.getLong(1)).getFirst();
  }

  /** All rows. */
  public <T> List<T> list(String sql, Row<T> mapping) throws SQLException {
    try (Connection connection = source.getConnection();
        var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      var all = new ArrayList<T>();
      while (rows.next()) {
        all.add(mapping.read(rows));
      }
      return all;
    }
  }

  /** Reads one row. */
  @FunctionalInterface
  public interface Row<T> {
    /** Maps the current row. */
    T read(ResultSet row) throws SQLException;
  }
}
