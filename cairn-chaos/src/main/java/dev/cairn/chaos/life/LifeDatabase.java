package dev.cairn.chaos.life;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The database of one life.
 *
 * @param clients the pool below the client's disturbed data source
 * @param judges an undisturbed pool for the judge
 */
record LifeDatabase(HikariDataSource clients, HikariDataSource judges, Drop drop)
    implements AutoCloseable {
  /** Removes the database. */
  @FunctionalInterface
  interface Drop {
    void run() throws SQLException;
  }

  /** Reads the current row. */
  @FunctionalInterface
  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  void execute(String sql, Object... values) throws SQLException {
    try (var connection = judges.getConnection();
        var statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.execute();
    }
  }

  <T> List<T> query(String sql, Row<T> mapper, Object... values) throws SQLException {
    try (var connection = judges.getConnection();
        var statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (var result = statement.executeQuery()) {
        var rows = new ArrayList<T>();
        while (result.next()) {
          rows.add(mapper.read(result));
        }
        return rows;
      }
    }
  }

  long number(String sql, Object... values) throws SQLException {
    return query(sql, row -> row.getLong(1), values).getFirst();
  }

  /** The number of connections that the client has not returned. */
  int connectionsInUse() {
    return clients.getHikariPoolMXBean().getActiveConnections();
  }

  @Override
  public void close() throws SQLException {
    clients.close();
    judges.close();
    drop.run();
  }
}
