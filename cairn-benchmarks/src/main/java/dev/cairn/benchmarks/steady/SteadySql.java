package dev.cairn.benchmarks.steady;

import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.measure.RiverTable;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** The yardstick: {@link PlainSql}, and a further connection that inserts by COPY. */
record SteadySql(DataSource dataSource) implements SteadySide {
  /** The interval of polling when there are no jobs. */
  static final Duration IDLE = Duration.ofMillis(5);

  private static final String CLAIM = PlainSql.claim("default") + ", (job.args->>'due')::bigint";

  @Override
  public String name() {
    return "plain SQL";
  }

  @Override
  public Session open() throws SQLException {
    return new Both(dataSource, dataSource.getConnection());
  }

  private static final class Both implements Session {
    private final DataSource dataSource;
    private final Connection producer;
    private final ExecutorService threads = Executors.newFixedThreadPool(PlainSql.CONNECTIONS);
    private final List<Future<@Nullable Void>> loops = new ArrayList<>();
    private volatile boolean closed;

    Both(DataSource dataSource, Connection producer) {
      this.dataSource = dataSource;
      this.producer = producer;
    }

    @Override
    public void insert(long[] dues) throws Exception {
      var rows = new StringBuilder();
      for (long due : dues) {
        rows.append(RiverTable.KIND).append("\t{\"due\": ").append(due).append("}\t25\n");
      }
      producer
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "COPY river_job (kind, args, max_attempts) FROM STDIN",
              new StringReader(rows.toString()));
    }

    @Override
    public void work(Meter meter) {
      for (int i = 0; i < PlainSql.CONNECTIONS; i++) {
        loops.add(threads.submit(() -> loop(meter)));
      }
    }

    private @Nullable Void loop(Meter meter) throws SQLException {
      try (Connection connection = dataSource.getConnection();
          var claim = connection.prepareStatement(CLAIM);
          var complete = connection.prepareStatement(PlainSql.COMPLETE)) {
        while (!closed) {
          var ids = new ArrayList<Long>();
          var dues = new ArrayList<Long>();
          try (ResultSet rows = claim.executeQuery()) {
            while (rows.next()) {
              ids.add(rows.getLong(1));
              dues.add(rows.getLong(2));
            }
          }
          if (ids.isEmpty()) {
            LockSupport.parkNanos(IDLE.toNanos());
          } else {
            // A worker would run here.
            dues.forEach(meter::worked);
            complete.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
            complete.executeUpdate();
          }
        }
        return null;
      }
    }

    @Override
    public void close() throws SQLException {
      closed = true;
      try (producer) {
        // This waits for the loops.
        threads.close();
      }
      for (Future<@Nullable Void> loop : loops) {
        if (loop.state() == Future.State.FAILED) {
          throw new SQLException("plain SQL has failed", loop.exceptionNow());
        }
      }
    }
  }
}
