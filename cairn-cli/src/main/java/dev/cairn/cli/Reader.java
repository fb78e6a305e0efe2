package dev.cairn.cli;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
 *
 * <p>Each statement is a transaction of its own, and all settings are those of the transaction.
 * Behind a pooler in transaction mode, settings of the session would stay on a connection that
 * another program's next transaction gets.
 */
public final class Reader implements AutoCloseable {
  // With old statistics, the planner would look at all jobs for the few in a state.
  private static final String SETTINGS =
      """
      SELECT set_config('statement_timeout', ?, true), set_config('lock_timeout', ?, true),
        set_config('enable_seqscan', 'off', true),
        CASE WHEN ? <> '' THEN set_config('search_path', quote_ident(?), true) END
      """;

  private final Connection connection;
  private final String schema;
  private final String timeoutMs;

  /** Creates a value from a row. */
  @FunctionalInterface
  public interface Row<T extends @Nullable Object> {
    T of(ResultSet row) throws SQLException;
  }

  private Reader(Connection connection, String schema, String timeoutMs) {
    this.connection = connection;
    this.schema = schema;
    this.timeoutMs = timeoutMs;
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
    try {
      // Read by the driver alone, which begins each transaction as one that only reads.
      connection.setReadOnly(true);
      return new Reader(
          connection, schema == null ? "" : schema, Long.toString(timeout.toMillis()));
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** All rows of a query. */
  public <T extends @Nullable Object> List<T> rows(String sql, Row<T> mapping, Object... values)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      query(SETTINGS, row -> true, timeoutMs, timeoutMs, schema, schema);
      List<T> rows = query(sql, mapping, values);
      connection.rollback();
      return rows;
    } catch (SQLException e) {
      end(e);
      throw e;
    }
  }

  private <T extends @Nullable Object> List<T> query(String sql, Row<T> mapping, Object... values)
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

  private void end(SQLException cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
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
