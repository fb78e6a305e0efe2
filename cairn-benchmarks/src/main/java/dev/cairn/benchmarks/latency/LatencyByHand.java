package dev.cairn.benchmarks.latency;

import dev.cairn.benchmarks.contenders.PlainSql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The yardstick: one connection inserts and notifies, one listens and claims, and one completes. It
 * does nothing else, and jobs can be lost if a process dies.
 */
record LatencyByHand(DataSource dataSource) implements LatencySide {
  static final String NAME = "LISTEN and plain SQL";

  private static final String CHANNEL = "by_hand";
  private static final int LISTEN_MILLIS = 100;

  private static final String INSERT =
      """
      WITH job AS (
        INSERT INTO river_job (kind, args, max_attempts)
        VALUES ('noop', jsonb_build_object('number', ?), 25)
      )
      SELECT pg_notify('%s', '')
      """
          .formatted(CHANNEL);

  /**
   * Claims as many jobs as the client has slots, as durably as the client. The rows are reached by
   * their addresses, so that a plan made for a smaller table is as good as any other.
   */
  static final String CLAIM =
      """
      UPDATE river_job AS job
      SET state = 'running', attempt = job.attempt + 1, attempted_at = now(),
          attempted_by = array_append(job.attempted_by, 'by-hand')
      WHERE job.ctid = ANY (ARRAY(
          SELECT ctid
          FROM river_job
          WHERE state = 'available' AND queue = 'default' AND scheduled_at <= now()
          ORDER BY priority, scheduled_at, id
          LIMIT %d
          FOR UPDATE SKIP LOCKED
        ))
        AND %s
      RETURNING job.id, (job.args->>'number')::int
      """
          .formatted(LatencyOfCairn.SLOTS, PlainSql.DOES_NOT_WAIT_FOR_THE_DISK);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean tellsCompleted() {
    return true;
  }

  @Override
  public Session open(LatencyProbe probe) throws SQLException {
    return new Connections(probe, dataSource);
  }

  /** A job whose work has ended. */
  private record Ended(long id, long nanos) {}

  private static final class Connections implements Session {
    private final LatencyProbe probe;
    private final Connection inserter;
    private final Connection claimer;
    private final Connection completer;
    private final LinkedBlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final List<Future<@Nullable Void>> loops = new ArrayList<>();
    private volatile boolean closed;

    Connections(LatencyProbe probe, DataSource dataSource) throws SQLException {
      this.probe = probe;
      this.inserter = dataSource.getConnection();
      this.claimer = dataSource.getConnection();
      this.completer = dataSource.getConnection();
      try (var listen = claimer.createStatement()) {
        listen.execute("LISTEN " + CHANNEL);
      }
      loops.add(threads.submit(this::claim));
      loops.add(threads.submit(this::complete));
    }

    @Override
    public void insert(int number) throws SQLException {
      try (var insert = inserter.prepareStatement(INSERT)) {
        insert.setInt(1, number);
        insert.execute();
      }
    }

    private @Nullable Void claim() throws SQLException {
      var notifications = claimer.unwrap(PGConnection.class);
      try (var claim = claimer.prepareStatement(CLAIM)) {
        while (!closed) {
          notifications.getNotifications(LISTEN_MILLIS);
          try (ResultSet rows = claim.executeQuery()) {
            while (rows.next()) {
              // A worker would run here, and end at once.
              probe.works(rows.getInt(2));
              ended.add(new Ended(rows.getLong(1), System.nanoTime()));
            }
          }
        }
      }
      return null;
    }

    private @Nullable Void complete() throws SQLException, InterruptedException {
      try (var complete = completer.prepareStatement(PlainSql.COMPLETE)) {
        while (!closed || !ended.isEmpty()) {
          var batch = new ArrayList<Ended>();
          Ended first = ended.poll(LISTEN_MILLIS, TimeUnit.MILLISECONDS);
          if (first != null) {
            batch.add(first);
            ended.drainTo(batch);
            Object[] ids = batch.stream().map(Ended::id).toArray();
            complete.setArray(1, completer.createArrayOf("bigint", ids));
            complete.executeUpdate();
            long now = System.nanoTime();
            batch.forEach(each -> probe.completed(Duration.ofNanos(now - each.nanos())));
          }
        }
      }
      return null;
    }

    @Override
    public void close() throws SQLException {
      closed = true;
      try (inserter;
          claimer;
          completer) {
        // This waits for the loops.
        threads.close();
      }
      for (Future<@Nullable Void> loop : loops) {
        if (loop.state() == Future.State.FAILED) {
          throw new SQLException(NAME + " have failed", loop.exceptionNow());
        }
      }
    }
  }
}
