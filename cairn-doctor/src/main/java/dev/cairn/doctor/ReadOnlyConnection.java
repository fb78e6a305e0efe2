package dev.cairn.doctor;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
 * Behind a pooler in transaction mode, settings of the session would stay with a connection that
 * the next transaction of somebody else is given.
 */
final class ReadOnlyConnection implements AutoCloseable {
  // With old statistics, the planner would look at all jobs for the few in a state.
  private static final String SETTINGS =
      """
      SELECT set_config('statement_timeout', ?, true), set_config('lock_timeout', ?, true),
        set_config('enable_seqscan', 'off', true),
        CASE WHEN ? <> '' THEN set_config('search_path', quote_ident(?), true) END
      """;

  private final Connection connection;
  private final String schema;
  private final Patience patience;
  private final boolean autoCommit;
  private final boolean readOnly;

  /** Makes a value of a row. */
  @FunctionalInterface
  interface Row<T extends @Nullable Object> {
    T of(ResultSet row) throws SQLException;
  }

  private ReadOnlyConnection(
      Connection connection,
      String schema,
      Patience patience,
      boolean autoCommit,
      boolean readOnly) {
    this.connection = connection;
    this.schema = schema;
    this.patience = patience;
    this.autoCommit = autoCommit;
    this.readOnly = readOnly;
  }

  /**
   * Connects.
   *
   * @param schema of the tables; null for the connection's current one
   */
  static ReadOnlyConnection open(DataSource dataSource, @Nullable String schema, Patience patience)
      throws SQLException {
    Connection connection = dataSource.getConnection();
    try {
      boolean autoCommit = connection.getAutoCommit();
      boolean readOnly = connection.isReadOnly();
      // Read by the driver alone, which begins each transaction as one that only reads.
      connection.setReadOnly(true);
      return new ReadOnlyConnection(
          connection, schema == null ? "" : schema, patience, autoCommit, readOnly);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** All rows of a query. */
  <T extends @Nullable Object> List<T> rows(String sql, Row<T> mapping, Object... values)
      throws SQLException {
    String timeoutMs = Long.toString(patience.next().toMillis());
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
  <T extends @Nullable Object> T row(String sql, Row<T> mapping, Object... values)
      throws SQLException {
    return rows(sql, mapping, values).getFirst();
  }

  /** A setting of the server, as this session has it. */
  Optional<String> setting(String name) throws SQLException {
    return Optional.ofNullable(
        row("SELECT current_setting(?, true)", row -> row.getString(1), name));
  }

  /** A time; null if the column is. */
  static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  /** Gives the connection back as it was: not every pool sees to that. */
  @Override
  public void close() throws SQLException {
    try (connection) {
      connection.setAutoCommit(autoCommit);
      connection.setReadOnly(readOnly);
    }
  }
}
