package dev.cairn.benchmarks.measure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * River's table of jobs, with all its indexes.
 *
 * @param queues the queues over which its jobs are spread, in turn
 */
public record RiverTable(DataSource dataSource, List<String> queues) {
  /** The kind of the jobs that do nothing. */
  public static final String KIND = "noop";

  /** Creates a table with its jobs in these queues. */
  public RiverTable {
    queues = List.copyOf(queues);
  }

  /** Creates a table with all jobs in the queue {@code default}. */
  public RiverTable(DataSource dataSource) {
    this(dataSource, List.of("default"));
  }

  /** The same table with its jobs spread over this number of queues. */
  public RiverTable withQueues(int number) {
    return new RiverTable(
        dataSource, IntStream.rangeClosed(1, number).mapToObj(it -> "queue-" + it).toList());
  }

  /** Empties the table and inserts due jobs, numbered from 1. */
  public void fill(int jobs) throws SQLException {
    fill(jobs, "'{}'::jsonb");
  }

  /**
   * Empties the table and inserts due jobs, numbered from 1. Their metadata have a {@code
   * traceparent}, as if a traced program had inserted them.
   */
  public void fillTraced(int jobs, Contexts contexts) throws SQLException {
    fill(jobs, contexts.metadata());
  }

  private void fill(int jobs, String metadata) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var insert =
            connection.prepareStatement(
                """
                INSERT INTO river_job (kind, args, max_attempts, queue, metadata)
                SELECT ?, jsonb_build_object('number', number), 25, (?::text[])[1 + number %% ?],
                  %s
                FROM generate_series(1, ?) AS number
                """
                    .formatted(metadata))) {
      statement.execute("TRUNCATE river_job");
      insert.setString(1, KIND);
      insert.setArray(2, connection.createArrayOf("text", queues.toArray()));
      insert.setInt(3, queues.size());
      insert.setInt(4, jobs);
      insert.executeUpdate();
    }
  }

  /** Removes all jobs. */
  public void empty() throws SQLException {
    execute("TRUNCATE river_job");
  }

  /** Runs a vacuum and a checkpoint, so that earlier work does not slow down later work. */
  public void settle() throws SQLException {
    execute("VACUUM ANALYZE");
    execute("CHECKPOINT");
  }

  /** Runs one statement. */
  public void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The number of jobs that are completed in one attempt. */
  public int finished() throws SQLException {
    return count("state = 'completed' AND attempt = 1 AND cardinality(attempted_by) = 1");
  }

  /** The number of jobs that meet this condition. */
  public int count(String condition) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT count(*) FROM river_job WHERE " + condition)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
