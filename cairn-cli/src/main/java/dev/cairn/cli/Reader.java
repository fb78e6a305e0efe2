package dev.cairn.cli;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A connection that only reads: the catalog of PostgreSQL and the tables of jobs, without a schema
 * in front of their names. Each statement ends after a time. Used by one thread.
 */
public final class Reader implements AutoCloseable {
  private final Connection connection;

  /** Makes a value of a row. */
  @FunctionalInterface
  public interface Row<T extends @Nullable Object> {
    T of(ResultSet row) throws SQLException;
  }

  private Reader(Connection connection) {
    this.connection = connection;
  }

  /**
   * Connects.
   *
   * @param schema of the tables; null for the connection's current one
   * @param timeout of each statement
   */
  public static Reader open(DataSource dataSource, @Nullable String schema, Duration timeout)
      throws SQLException {
    Connection connection = dataSource.getConnection();
    try (Statement statement = connection.createStatement()) {
      connection.setReadOnly(true);
      statement.execute("SET statement_timeout = " + timeout.toMillis());
      statement.execute("SET lock_timeout = " + timeout.toMillis());
      // With old statistics, the planner would look at all jobs for the few in a state.
      statement.execute("SET enable_seqscan = off");
      if (schema != null) {
        connection.setSchema(schema);
      }
      return new Reader(connection);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** All rows of a query. */
  public <T extends @Nullable Object> List<T> rows(String sql, Row<T> mapping, Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (ResultSet found = statement.executeQuery()) {
        var rows = new ArrayList<T>();
        while (found.next()) {
          rows.add(mapping.of(found));
        }
        return rows;
      }
    }
  }

  /** The row of a query that has exactly one. */
  public <T extends @Nullable Object> T row(String sql, Row<T> mapping, Object... values)
      throws SQLException {
    return rows(sql, mapping, values).getFirst();
  }

  /** A setting of the server, as this session has it. */
  public Optional<String> setting(String name) throws SQLException {
    return Optional.ofNullable(
        row("SELECT current_setting(?, true)", row -> row.getString(1), name));
  }

  /** A time; null if the column is. */
  public static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
