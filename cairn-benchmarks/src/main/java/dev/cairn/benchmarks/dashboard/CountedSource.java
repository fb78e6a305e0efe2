package dev.cairn.benchmarks.dashboard;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Connections that count the entries and rows read from the table of jobs, with the counters that
 * the server keeps within a transaction. All versions of PostgreSQL update these at once. Used by
 * one thread.
 */
final class CountedSource {
  // The counters may include earlier transactions, so each connection is a new one.
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
  private final Map<String, Long> read = new TreeMap<>();

  /**
   * Creates a source that has counted nothing yet.
   *
   * @param connections returns a new connection each time
   */
  CountedSource(DataSource connections) {
    this.connections = connections;
  }

  /**
   * The number of entries and rows read since the last call, by the name of the index, or of the
   * table if the whole table was read.
   */
  Map<String, Long> take() {
    var taken = new TreeMap<>(read);
    read.clear();
    return taken;
  }

  DataSource dataSource() {
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
          if (method.getName().equals("rollback") && arguments == null) {
            count(connection);
          }
          return call(connection, method, arguments);
        });
  }

  private void count(Connection connection) throws SQLException {
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
            CountedSource.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static @Nullable Object call(
      Object target, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
