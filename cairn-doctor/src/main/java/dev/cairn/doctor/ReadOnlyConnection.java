package dev.cairn.doctor;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
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
 * Behind a pooler in transaction mode, settings of the session would stay with a connection that
 * the next transaction of somebody else is given.
 */
final class ReadOnlyConnection implements AutoCloseable {
  // As for the reads of the dashboard. With old statistics, the planner would look at all jobs for
  // the few in a state. Its estimates are high, though little is read, so that it would compile.
  // Servers that are too old lack some of these, and are to be told so by a check.
  private static final String SETTINGS =
      """
      SELECT set_config('statement_timeout', ?, true), set_config('lock_timeout', ?, true),
        set_config('enable_seqscan', 'off', true),
        CASE WHEN current_setting('jit', true) IS NOT NULL THEN set_config('jit', 'off', true) END,
        CASE WHEN current_setting('plan_cache_mode', true) IS NOT NULL
          THEN set_config('plan_cache_mode', 'force_custom_plan', true) END,
        CASE WHEN ? <> '' THEN set_config('search_path', quote_ident(?), true) END
      """;

  /** What the network may take beyond the time that the server is given. */
  private static final Duration NETWORK = Duration.ofSeconds(2);

  private final Connection connection;
  private final String schema;
  private final Patience patience;
  private final boolean autoCommit;
  private final boolean readOnly;

  /** Of the driver, in milliseconds; 0 is none. */
  private final int networkTimeout;

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
      boolean readOnly,
      int networkTimeout) {
    this.connection = connection;
    this.schema = schema;
    this.patience = patience;
    this.autoCommit = autoCommit;
    this.readOnly = readOnly;
    this.networkTimeout = networkTimeout;
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
          connection,
          schema == null ? "" : schema,
          patience,
          autoCommit,
          readOnly,
          networkTimeout(connection));
    } catch (SQLException | RuntimeException | Error e) {
      connection.close();
      throw e;
    }
  }

  private static int networkTimeout(Connection connection) throws SQLException {
    try {
      return connection.getNetworkTimeout();
    } catch (SQLFeatureNotSupportedException | UnsupportedOperationException e) {
      return 0;
    }
  }

  /** All rows of a query. */
  <T extends @Nullable Object> List<T> rows(String sql, Row<T> mapping, Object... values)
      throws SQLException {
    Duration timeout = patience.next();
    String timeoutMs = Long.toString(timeout.toMillis());
    limitNetwork(timeout.plus(NETWORK));
    connection.setAutoCommit(false);
    try {
      query(SETTINGS, row -> true, timeoutMs, timeoutMs, schema, schema);
      List<T> rows = query(sql, mapping, values);
      connection.rollback();
      return rows;
    } catch (SQLException | RuntimeException e) {
      end(e);
      throw e;
    }
  }

  /** If the host of the server vanishes, its own timeout tells nobody anything. */
  private void limitNetwork(Duration most) throws SQLException {
    int mostMs = Math.toIntExact(most.toMillis());
    if (networkTimeout == 0 || networkTimeout > mostMs) {
      setNetworkTimeout(mostMs);
    }
  }

  private void setNetworkTimeout(int millis) throws SQLException {
    try {
      connection.setNetworkTimeout(Runnable::run, millis);
    } catch (SQLFeatureNotSupportedException | UnsupportedOperationException e) {
      // Then the one of the data source has to do.
      return;
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

  private void end(Exception cause) {
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
      setNetworkTimeout(networkTimeout);
    }
  }
}
