package dev.cairn.benchmarks.backlog;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.measure.DatabaseCounters;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.jobs.Backlog;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Measures what the leader reads for the gauges of the queues. */
record GaugesProbe(Server.Database database) {
  private static final int READS = 10;

  /**
   * The cost of reading the backlog.
   *
   * @param seconds the time of each reading
   * @param pages the pages of the table of jobs and of its indexes that one reading looks at, in
   *     memory or not
   * @param counted the jobs that one reading counts; their number has an upper limit
   */
  record Cost(List<Double> seconds, long pages, long counted) {
    String millis() {
      return Spread.of(seconds.stream().map(each -> each * 1e3).toList()).toString(1);
    }
  }

  Cost measure() throws SQLException, InterruptedException {
    long before = pages();
    var seconds = new ArrayList<Double>();
    long counted = 0;
    try (HikariDataSource pool = CairnClient.pool(database.login(), 1);
        Cairn client = Cairn.builder(pool).build()) {
      for (int read = 0; read < READS; read++) {
        long began = System.nanoTime();
        Backlog backlog = client.queues().backlog();
        seconds.add((System.nanoTime() - began) / 1e9);
        counted = counted(backlog);
      }
    }
    return new Cost(seconds, (pages() - before) / READS, counted);
  }

  private static long counted(Backlog backlog) {
    return backlog.queues().stream()
        .flatMap(queue -> queue.jobs().values().stream())
        .mapToLong(Long::longValue)
        .sum();
  }

  /** The pages that all sessions have looked at, when all of them have ended. */
  private long pages() throws SQLException, InterruptedException {
    // Waits, because sessions report at their end.
    new DatabaseCounters(database.dataSource(), database.name()).read();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read
                FROM pg_statio_user_tables WHERE relname = 'river_job'
                """)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
