package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Runs {@link Sql} in one schema. Each statement is a transaction of its own unless the caller
 * passes a connection. Translates {@link SQLException} into Cairn's exceptions. Thread-safe.
 */
final class Database implements Session, Connections {
  private static final Log log = Log.of(Database.class);

  private static final int LOOKS_MAX = 4;

  private final DataSource dataSource;
  private final StatementTexts texts = new StatementTexts();
  private final ConnectionsInUse inUse = new ConnectionsInUse();
  private final Returns returns = new Returns();
  private final ServerEncoding encoding = new ServerEncoding();
  private final CurrentSchema schema;

  /** When a statement was last answered. */
  private volatile long answeredNanos = System.nanoTime();

  /**
   * @param schema the schema's name; null for the current schema of the connection
   */
  Database(DataSource dataSource, @Nullable String schema) {
    this.dataSource = dataSource;
    this.schema = new CurrentSchema(schema, this::schema);
  }

  DataSource dataSource() {
    return dataSource;
  }

  ServerEncoding encoding() {
    return encoding;
  }

  /** A session that runs its statements on the caller's connection. */
  Session in(Connection connection) {
    return new Session() {
      @Override
      public <T> List<T> list(
          Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper) {
        return Database.this.list(connection, sql, values, mapper);
      }

      @Override
      public <T> Optional<T> undoable(String purpose, Function<Session, Optional<T>> work) {
        return together(connection, purpose, it -> undoableSince(it, this, work));
      }

      @Override
      public SchemaName schema() {
        try {
          return schema.besides(connection);
        } catch (SQLException e) {
          throw SqlErrors.translate("read the current schema", e);
        }
      }

      @Override
      public void sizes(long jobBytes, long checkpointBytes) {
        Database.this.sizes(jobBytes, checkpointBytes);
      }
    };
  }

  /**
   * Uses SQL instead of {@code Connection.setSavepoint}, because drivers refuse their own
   * savepoints in a distributed transaction.
   */
  private static <T> Optional<T> undoableSince(
      Connection connection, Session session, Function<Session, Optional<T>> work)
      throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SAVEPOINT cairn");
      Optional<T> result = work.apply(session);
      if (result.isEmpty()) {
        statement.execute("ROLLBACK TO SAVEPOINT cairn");
      }
      statement.execute("RELEASE SAVEPOINT cairn");
      return result;
    }
  }

  @Override
  public <T> Optional<T> undoable(String purpose, Function<Session, Optional<T>> work) {
    try {
      return Optional.of(
          inTransaction(purpose, session -> work.apply(session).orElseThrow(Undone::new)));
    } catch (Undone e) {
      return Optional.empty();
    }
  }

  /** Thrown to roll back a transaction that has no result. */
  private static final class Undone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Undone() {
      super(null, null, false, false);
    }
  }

  /** The schema. If none was configured, the connection's current schema is read once. */
  @Override
  public SchemaName schema() {
    SchemaName known = schema.known();
    return known == null ? onOwnConnection("read the current schema", schema::readOn) : known;
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

  @Override
  public <T> List<T> list(
      Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper, Runnable gate) {
    return onOwnConnection(
        sql.purpose(),
        connection -> {
          gate.run();
          return query(connection, sql, values, mapper);
        });
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

  /** Runs a statement and returns how many rows it changed. */
  int update(Sql sql, Map<String, ? extends @Nullable Object> values) {
    return onOwnConnection(
        sql.purpose(),
        connection -> {
          try (var statement = prepare(connection, sql, values)) {
            int changed = statement.executeUpdate();
            answeredNanos = System.nanoTime();
            return changed;
          }
        });
  }

  /**
   * Runs {@code work} on a connection of its own, with auto-commit on, whatever the setting of the
   * pool. With auto-commit off, each statement would hold its locks until the commit arrives in a
   * second message. This could take hours, if this process is frozen or its host vanishes in
   * between.
   */
  <T extends @Nullable Object> T onOwnConnection(String purpose, ConnectionWork<T> work) {
    try (var lent = new Lent(connect(), returns)) {
      inUse.begin(Thread.currentThread(), lent.connection());
      try {
        return onConnection(lent.connection(), work);
      } finally {
        inUse.end(lent.connection());
      }
    } catch (SQLException e) {
      throw SqlErrors.translate(purpose, e);
    }
  }

  /** A connection that is returned to its pool at the end. */
  private record Lent(Connection connection, Returns returns) implements AutoCloseable {
    @Override
    public void close() throws SQLException {
      returns.close(connection);
    }
  }

  private <T extends @Nullable Object> T onConnection(Connection connection, ConnectionWork<T> work)
      throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    if (!autoCommit) {
      connection.setAutoCommit(true);
    }
    try {
      // Reads the schema before the statement needs it, because the pool may have no second
      // connection.
      var ignored = schema.readOn(connection);
      T result = work.run(connection);
      if (!autoCommit) {
        connection.setAutoCommit(false);
      }
      return result;
    } catch (Throwable e) {
      if (!autoCommit) {
        setAutoCommit(connection, false, e);
      }
      throw e;
    }
  }

  /** Runs several statements in one transaction, on a connection of its own. */
  <T> T inTransaction(String purpose, Function<Session, T> work) {
    return onOwnConnection(
        purpose,
        connection -> {
          connection.setAutoCommit(false);
          try {
            T result = work.apply(in(connection));
            connection.commit();
            connection.setAutoCommit(true);
            return result;
          } catch (Throwable e) {
            rollBack(connection, e);
            setAutoCommit(connection, true, e);
            throw e;
          }
        });
  }

  /**
   * Runs {@code work} on a connection of its own with this auto-commit setting, and restores the
   * setting of the pool. If {@code work} throws anything, its transaction is rolled back.
   */
  <T> T withAutoCommit(boolean autoCommit, String purpose, ConnectionWork<T> work) {
    return onOwnConnection(purpose, connection -> withAutoCommit(connection, autoCommit, work));
  }

  private static <T> T withAutoCommit(
      Connection connection, boolean autoCommit, ConnectionWork<T> work) throws SQLException {
    boolean before = connection.getAutoCommit();
    connection.setAutoCommit(autoCommit);
    try {
      T result = work.run(connection);
      connection.setAutoCommit(before);
      return result;
    } catch (Throwable e) {
      giveUp(connection, before, e);
      throw e;
    }
  }

  /**
   * Runs several statements that belong together on the caller's connection: in the caller's
   * transaction or, if the connection has auto-commit on, in a transaction of their own.
   */
  <T> T together(Connection connection, String purpose, ConnectionWork<T> work) {
    try {
      return connection.getAutoCommit()
          ? withAutoCommit(connection, false, it -> committed(it, work.run(it)))
          : work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.translate(purpose, e);
    }
  }

  private static <T> T committed(Connection connection, T result) throws SQLException {
    connection.commit();
    return result;
  }

  private static void giveUp(Connection connection, boolean autoCommit, Throwable cause) {
    try {
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      connection.setAutoCommit(autoCommit);
    } catch (Throwable e) {
      new ForeignFailure(cause).suppress(e);
    }
  }

  /** Runs SQL without parameters, such as DDL. */
  static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /**
   * Records that the calling thread uses a connection of {@link #connect} until {@link #giveBack},
   * so that {@link #abortOf} finds it.
   */
  void noteUse(Connection connection) {
    inUse.begin(Thread.currentThread(), connection);
  }

  /** Returns a connection of {@link #connect} to its pool. */
  void giveBack(Connection connection) throws SQLException {
    inUse.end(connection);
    returns.close(connection);
  }

  /** A connection for the caller, who has to return it with {@link #giveBack}. */
  Connection connect() throws SQLException {
    try {
      return dataSource.getConnection();
    } catch (RuntimeException e) {
      // Some pools wrap the driver's exception on first use.
      SQLException said = new ForeignFailure(e).find(SQLException.class);
      if (said != null) {
        throw said;
      }
      throw e;
    }
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
    } catch (Throwable e) {
      new ForeignFailure(cause).suppress(e);
    }
  }

  private static void setAutoCommit(Connection connection, boolean autoCommit, Throwable cause) {
    try {
      connection.setAutoCommit(autoCommit);
    } catch (Throwable e) {
      new ForeignFailure(cause).suppress(e);
    }
  }

  /**
   * Aborts a connection. Any thread may call this. Closing the connection instead would wait for
   * its running statement. Afterwards, a new thread closes the connection, because otherwise its
   * pool would lose it.
   */
  static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (Throwable e) {
      log.debug("Could not abort a connection", e);
    }
    Thread closing =
        Thread.ofVirtual()
            .name("cairn-close")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> close(connection));
    closing.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    closing.start();
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (Throwable e) {
      log.debug("Could not close an aborted connection", e);
    }
  }

  /** Aborts the connections on which a thread runs statements. */
  @Override
  public void abortOf(Thread user) {
    inUse.of(user).forEach(Database::abort);
  }

  @Override
  public boolean isUsedBy(Thread user) {
    return !inUse.of(user).isEmpty();
  }

  @Override
  public boolean hasAnsweredSince(long nanos) {
    return answeredNanos - nanos >= 0;
  }

  @Override
  public boolean canHold(int count) {
    if (count == 0) {
      return true;
    }
    try (var taken = connect()) {
      return !taken.isClosed() && canHold(count - 1);
    } catch (SQLException e) {
      throw SqlErrors.translate("take a connection", e);
    }
  }

  private static final Sql SESSION =
      Sql.of(
          "identify the session of a connection",
          "SELECT pid || ' ' || backend_start FROM pg_stat_get_activity(pg_backend_pid())");

  // Two connections that are open at the same time never lead to the same session, unless a pooler
  // shares the session between their transactions. Poolers assign the session that was used last.
  // If other clients use the pooler too, a few tries are needed.
  @Override
  public Pooling pooling() {
    try (var one = connect();
        var other = connect()) {
      var first = new HashSet<String>();
      var second = new HashSet<String>();
      boolean shared = false;
      for (int i = 0; i < LOOKS_MAX && !shared; i++) {
        first.addAll(
            onConnection(one, it -> query(it, SESSION, Map.of(), row -> row.getString(1))));
        second.addAll(
            onConnection(other, it -> query(it, SESSION, Map.of(), row -> row.getString(1))));
        shared = !Collections.disjoint(first, second);
      }
      return new Pooling(shared, prepares(one), isolates(one));
    } catch (SQLException e) {
      throw SqlErrors.translate(SESSION.purpose(), e);
    }
  }

  private boolean isolates(Connection connection) throws SQLException {
    int level = onConnection(connection, Connection::getTransactionIsolation);
    return level > Connection.TRANSACTION_READ_COMMITTED;
  }

  private static boolean prepares(Connection connection) throws SQLException {
    return !connection.isWrapperFor(PGConnection.class)
        || connection.unwrap(PGConnection.class).getPrepareThreshold() > 0;
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
      answeredNanos = System.nanoTime();
      return rows;
    }
  }

  private PreparedStatement prepare(
      Connection connection, Sql sql, Map<String, ? extends @Nullable Object> values)
      throws SQLException {
    var statement = connection.prepareStatement(text(connection, sql));
    try {
      BoundValues.bind(connection, statement, sql, values);
      if (sql.secondsMax() > 0) {
        statement.setQueryTimeout(sql.secondsMax());
      }
      return statement;
    } catch (Throwable e) {
      statement.close();
      throw e;
    }
  }

  private String text(Connection connection, Sql sql) throws SQLException {
    SchemaName named = schema.besides(connection);
    // The schema of a caller's connection may be another one the next time.
    return named.equals(schema.known()) ? texts.of(sql, named) : StatementTexts.once(sql, named);
  }

  /** Reads the current row. Must not move to another row. */
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
