package dev.cairn.benchmarks.contenders;

import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.RiverTable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The yardstick: the speed of the database if two connections only claim and complete jobs, in
 * batches of 2,000.
 */
public record PlainSql(DataSource dataSource, RiverTable table) implements RiverContender {
  /** The number of connections. Each claims and completes. */
  public static final int CONNECTIONS = 2;

  /** The statement that completes jobs. Its parameter is the array of ids. */
  public static final String COMPLETE =
      """
      UPDATE river_job SET state = 'completed', finalized_at = now()
      WHERE id = ANY (?) AND state = 'running'
      """;

  @Override
  public String name() {
    int queues = table.queues().size();
    return queues == 1 ? "plain SQL" : "plain SQL, %d queues one by one".formatted(queues);
  }

  @Override
  public String setting() {
    return "%d connections, 2,000 at a time".formatted(CONNECTIONS);
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Callable<@Nullable Void>> loops =
          Stream.<Callable<@Nullable Void>>generate(() -> () -> loop(jobs, progress))
              .limit(CONNECTIONS)
              .toList();
      for (var loop : threads.invokeAll(loops)) {
        loop.get();
      }
    }
  }

  private @Nullable Void loop(int jobs, Progress progress) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      for (String queue : table.queues()) {
        empty(queue, jobs, connection, progress);
      }
      return null;
    }
  }

  /**
   * A condition that is true and lets the commit of its statement not wait for the disk, as for
   * Cairn's claims. It holds for the transaction only.
   */
  public static final String DOES_NOT_WAIT_FOR_THE_DISK =
      "(SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL";

  /**
   * The statement that claims jobs and returns their ids; further columns can be appended. It is as
   * durable as Cairn's claim.
   */
  public static String claim(String queue) {
    return """
    UPDATE river_job AS job
    SET state = 'running', attempt = job.attempt + 1, attempted_at = now(),
        attempted_by = array_append(job.attempted_by, 'plain-sql')
    FROM (
      SELECT id
      FROM river_job
      WHERE state = 'available' AND queue = '%s' AND scheduled_at <= now()
      ORDER BY priority, scheduled_at, id
      LIMIT 2000
      FOR UPDATE SKIP LOCKED
    ) AS claimable
    WHERE job.id = claimable.id AND %s
    RETURNING job.id
    """
        .formatted(queue, DOES_NOT_WAIT_FOR_THE_DISK);
  }

  private static void empty(String queue, int jobs, Connection connection, Progress progress)
      throws SQLException {
    try (var claim = connection.prepareStatement(claim(queue));
        var complete = connection.prepareStatement(COMPLETE)) {
      while (true) {
        var ids = new ArrayList<Long>();
        try (ResultSet rows = claim.executeQuery()) {
          while (rows.next()) {
            ids.add(rows.getLong(1));
          }
        }
        progress.claimed(ids.size());
        if (ids.isEmpty()) {
          return;
        }
        complete.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
        complete.executeUpdate();
        if (progress.add(ids.size()) == jobs) {
          progress.finish();
        }
      }
    }
  }
}
