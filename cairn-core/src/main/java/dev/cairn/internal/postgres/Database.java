package dev.cairn.internal.postgres;

import dev.cairn.SchemaException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs {@link Sql} in one schema, each statement as a transaction of its own unless the caller
 * brings a connection. Turns {@link SQLException} into Cairn's exceptions. Thread-safe.
 */
final class Database implements Session {
  private static final Logger log = LoggerFactory.getLogger(Database.class);

  private final DataSource dataSource;
  private final StatementTexts texts = new StatementTexts();
  private volatile @Nullable SchemaName schema;

  /**
   * @param schema the schema's name; the connection's current one if null
   */
  Database(DataSource dataSource, @Nullable String schema) {
    this.dataSource = dataSource;
    this.schema = schema == null ? null : new SchemaName(schema);
  }

  DataSource dataSource() {
    return dataSource;
  }

  /** The statements of the caller's transaction. */
  Session in(Connection connection) {
    return new Session() {
      @Override
      public <T> List<T> list(
          Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper) {
        return Database.this.list(connection, sql, values, mapper);
      }

      @Override
      public SchemaName schema() {
        return Database.this.schema();
      }

      @Override
      public void sizes(long jobBytes, long checkpointBytes) {
        Database.this.sizes(jobBytes, checkpointBytes);
      }
    };
  }

  /** The schema; the database is asked for it at most once. */
  @Override
  public SchemaName schema() {
    SchemaName known = schema;
    return known == null ? onOwnConnection("ask for the current schema", this::schemaOf) : known;
  }

  private SchemaName schemaOf(Connection own) throws SQLException {
    SchemaName known = schema;
    if (known == null) {
      known = currentSchema(own);
      schema = known;
    }
    return known;
  }

  private static SchemaName currentSchema(Connection connection) throws SQLException {
    String name = connection.getSchema();
    if (name == null) {
      throw new SchemaException(
          "The connection has no current schema: name one with schema(...), or set search_path");
    }
    return new SchemaName(name);
  }

  @Override
  public void sizes(long jobBytes, long checkpointBytes) {
    texts.sizes(jobBytes, checkpointBytes);
  }

  /** The rows of a query. */
  @Override
  public <T> List<T> list(
      Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper) {
    return onOwnConnection(sql.purpose(), connection -> query(connection, sql, values, mapper));
  }

  /** The rows of a query in the caller's transaction. */
  <T> List<T> list(
      Connection connection,
      Sql sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    try {
      return query(connection, sql, values, mapper);
    } catch (SQLException e) {
      throw SqlErrors.translate(sql.purpose(), e);
    }
  }

  /**
   * Runs a statement of the caller's transaction that returns a row only if the claim it names
   * still holds. If it does not the transaction is aborted, so that it cannot be committed by a
   * caller that swallows the exception (R5).
   */
  boolean fenced(Connection connection, Sql sql, Map<String, ? extends @Nullable Object> values) {
    boolean holds = !list(connection, sql, values, row -> true).isEmpty();
    if (!holds) {
      abort(connection);
    }
    return holds;
  }

  private static void abort(Connection connection) {
    try (var statement = connection.createStatement()) {
      statement.execute("DO $$BEGIN RAISE EXCEPTION 'the job is no longer this attempt''s'; END$$");
    } catch (SQLException e) {
      log.debug("Aborted the transaction of an attempt that lost its job", e);
    }
  }

  /** Runs a statement and returns how many rows it changed. */
  int update(Sql sql, Map<String, ? extends @Nullable Object> values) {
    return onOwnConnection(
        sql.purpose(),
        connection -> {
          try (var statement = prepare(connection, sql, values)) {
            return statement.executeUpdate();
          }
        });
  }

  /** Runs {@code work} on a connection of its own and commits, whatever the pool's auto-commit. */
  <T extends @Nullable Object> T onOwnConnection(String purpose, ConnectionWork<T> work) {
    try (var connection = connect()) {
      boolean commits = !connection.getAutoCommit();
      try {
        // Not when the statement needs it: the pool may have no second connection.
        var ignored = schemaOf(connection);
        T result = work.run(connection);
        if (commits) {
          connection.commit();
        }
        return result;
      } catch (SQLException | RuntimeException | Error e) {
        if (commits) {
          rollBack(connection, e);
        }
        throw e;
      }
    } catch (SQLException e) {
      throw SqlErrors.translate(purpose, e);
    }
  }

  /** Runs several statements in one transaction of their own. */
  <T> T inTransaction(String purpose, Function<Session, T> work) {
    return onOwnConnection(
        purpose,
        connection -> {
          if (!connection.getAutoCommit()) {
            return work.apply(in(connection));
          }
          connection.setAutoCommit(false);
          try {
            T result = work.apply(in(connection));
            connection.commit();
            connection.setAutoCommit(true);
            return result;
          } catch (SQLException | RuntimeException | Error e) {
            rollBack(connection, e);
            connection.setAutoCommit(true);
            throw e;
          }
        });
  }

  /** A connection of the caller's own, to be closed by it. */
  Connection connect() throws SQLException {
    try {
      return dataSource.getConnection();
    } catch (RuntimeException e) {
      // Some pools wrap what the driver says when they are first used.
      if (e.getCause() instanceof SQLException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private <T> List<T> query(
      Connection connection,
      Sql sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper)
      throws SQLException {
    try (var statement = prepare(connection, sql, values);
        var result = statement.executeQuery()) {
      var rows = new ArrayList<T>();
      while (result.next()) {
        rows.add(mapper.map(result));
      }
      return rows;
    }
  }

  private PreparedStatement prepare(
      Connection connection, Sql sql, Map<String, ? extends @Nullable Object> values)
      throws SQLException {
    var statement = connection.prepareStatement(texts.of(sql, schema()));
    try {
      bind(connection, statement, sql, values);
      if (sql.secondsMax() > 0) {
        statement.setQueryTimeout(sql.secondsMax());
      }
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  private static void bind(
      Connection connection,
      PreparedStatement statement,
      Sql sql,
      Map<String, ? extends @Nullable Object> values)
      throws SQLException {
    int index = 1;
    for (String name : sql.parameters()) {
      if (!values.containsKey(name)) {
        throw new IllegalArgumentException("parameter :" + name + " is not bound");
      }
      switch (values.get(name)) {
        case SqlArray array ->
            statement.setArray(index, connection.createArrayOf(array.type(), array.elements()));
        case Instant instant -> statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
        case String text -> statement.setString(index, text);
        case Integer number -> statement.setInt(index, number);
        case Boolean truth -> statement.setBoolean(index, truth);
        case null -> statement.setObject(index, null);
        case Object value -> statement.setObject(index, value);
      }
      index++;
    }
  }

  /** Reads the current row; never moves on. */
  @FunctionalInterface
  interface RowMapper<T> {
    T map(ResultSet row) throws SQLException;
  }

  /** Uses a connection without closing it. */
  @FunctionalInterface
  interface ConnectionWork<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }
}
