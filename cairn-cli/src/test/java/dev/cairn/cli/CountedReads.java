package dev.cairn.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import javax.sql.DataSource;

/**
 * Connections that count what is read of the table of jobs. The server counts it within a
 * transaction, at once on every version, so what a connection does becomes one transaction. Its
 * statements may not write.
 */
public final class CountedReads {
  private static final String COUNT =
      """
      SELECT relation.relname, pg_stat_get_xact_tuples_returned(relation.oid) AS read
      FROM pg_catalog.pg_class AS relation
      WHERE pg_stat_get_xact_numscans(relation.oid) > 0
        AND (relation.oid = 'river_job'::regclass OR relation.oid IN (
          SELECT pg_index.indexrelid FROM pg_catalog.pg_index
          WHERE pg_index.indrelid = 'river_job'::regclass))
      """;

  private final DataSource connections;
  private final Map<String, Long> read = new ConcurrentSkipListMap<>();

  /**
   * Counts nothing yet.
   *
   * @param connections gives a new connection each time
   */
  public CountedReads(DataSource connections) {
    this.connections = connections;
  }

  /** The rows or entries that were read, by the name of the table or the index. */
  public Map<String, Long> read() {
    return new TreeMap<>(read);
  }

  /** Gives a connection that counts. */
  public DataSource dataSource() {
    return proxy(
        DataSource.class,
        (proxy, method, arguments) ->
            method.getName().equals("getConnection")
                ? counted(connections.getConnection())
                : call(connections, method, arguments));
  }

  private Connection counted(Connection connection) {
    return proxy(
        Connection.class,
        (proxy, method, arguments) -> {
          switch (method.getName()) {
            case "createStatement", "prepareStatement" -> connection.setAutoCommit(false);
            case "commit", "rollback", "close" -> count(connection);
            default -> {}
          }
          return call(connection, method, arguments);
        });
  }

  private void count(Connection connection) throws SQLException {
    if (connection.isClosed() || connection.getAutoCommit()) {
      return;
    }
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(COUNT)) {
      while (rows.next()) {
        read.merge(rows.getString(1), rows.getLong(2), Long::sum);
      }
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            CountedReads.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
