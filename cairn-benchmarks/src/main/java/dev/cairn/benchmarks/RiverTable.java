package dev.cairn.benchmarks;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/** River's table of jobs, with all its indexes. */
record RiverTable(DataSource dataSource) {
  static final String KIND = "noop";

  void fill(int jobs) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var insert =
            connection.prepareStatement(
                """
                INSERT INTO river_job (kind, args, max_attempts)
                SELECT ?, jsonb_build_object('number', number), 25
                FROM generate_series(1, ?) AS number
                """)) {
      statement.execute("TRUNCATE river_job");
      insert.setString(1, KIND);
      insert.setInt(2, jobs);
      insert.executeUpdate();
    }
  }

  void empty() throws SQLException {
    execute("TRUNCATE river_job");
  }

  /** So that nothing that was done before is paid for by what follows. */
  void settle() throws SQLException {
    execute("VACUUM ANALYZE");
    execute("CHECKPOINT");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  int finished() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT count(*) FROM river_job
                WHERE state = 'completed' AND attempt = 1 AND cardinality(attempted_by) = 1
                """)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
