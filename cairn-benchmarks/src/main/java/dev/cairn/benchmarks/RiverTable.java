package dev.cairn.benchmarks;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * River's table of jobs, with all its indexes.
 *
 * @param queues which its jobs are spread over, one after the other
 */
record RiverTable(DataSource dataSource, List<String> queues) {
  static final String KIND = "noop";

  RiverTable {
    queues = List.copyOf(queues);
  }

  /** With all jobs in the queue {@code default}. */
  RiverTable(DataSource dataSource) {
    this(dataSource, List.of("default"));
  }

  RiverTable withQueues(int number) {
    return new RiverTable(
        dataSource, IntStream.rangeClosed(1, number).mapToObj(it -> "queue-" + it).toList());
  }

  void fill(int jobs) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var insert =
            connection.prepareStatement(
                """
                INSERT INTO river_job (kind, args, max_attempts, queue)
                SELECT ?, jsonb_build_object('number', number), 25, (?::text[])[1 + number % ?]
                FROM generate_series(1, ?) AS number
                """)) {
      statement.execute("TRUNCATE river_job");
      insert.setString(1, KIND);
      insert.setArray(2, connection.createArrayOf("text", queues.toArray()));
      insert.setInt(3, queues.size());
      insert.setInt(4, jobs);
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

  void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** How many are completed in one attempt. */
  int finished() throws SQLException {
    return count("state = 'completed' AND attempt = 1 AND cardinality(attempted_by) = 1");
  }

  /** How many fulfil this condition. */
  int count(String condition) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT count(*) FROM river_job WHERE " + condition)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
