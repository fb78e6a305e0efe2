package dev.cairn.programs;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Rescuer;
import dev.cairn.internal.store.ClientStore.Written;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * A client that has died long ago. Jobs that run are made its own, so that the statement by which
 * Cairn rescues the jobs of dead clients takes them, as soon as there is one.
 */
final class DeadClient implements AutoCloseable {
  private static final String ID = "the-dead";
  private static final String RESCUER = "the-rescuer";
  private static final int AT_ONCE = 1_000;
  private static final Duration HELD_FOR = Duration.ofDays(1);
  private static final long PAUSE_MILLIS = 5;
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final DataSource dataSource;
  private final ClientStore clients;
  private final Semaphore news = new Semaphore(0);
  private final Thread rescuer = Thread.ofPlatform().daemon().unstarted(this::rescueAll);
  private volatile boolean closed;
  private volatile Exception failure;

  DeadClient(DataSource dataSource, String schema) throws SQLException {
    this.dataSource = dataSource;
    this.clients = PostgresStores.of(dataSource, schema).clients();
    try (Connection connection = dataSource.getConnection();
        var insert =
            connection.prepareStatement(
                """
                INSERT INTO cairn_client (id, heartbeat_at, timeout)
                VALUES (?, now() - interval '1 minute', '10 seconds')
                """)) {
      insert.setString(1, ID);
      insert.executeUpdate();
    }
    rescuer.start();
  }

  /** The process of a job has died, which runs nothing more of it. */
  void bury(Job<?> job, WorkContext context) {
    OwnThread.call(() -> {
      try (Connection connection = dataSource.getConnection()) {
        boolean isBuried = takeOver(connection, job, context);
        if (isBuried) {
          news.release();
        }
        return isBuried;
      }
    });
  }

  /**
   * Takes a job from an attempt that goes on.
   *
   * @param effect what the attempt is at
   * @return false if it has the job no longer, or is about to commit
   */
  boolean take(Attempt attempt, String effect) {
    return OwnThread.call(() -> {
      try (Connection connection = dataSource.getConnection()) {
        connection.setAutoCommit(false);
        try {
          boolean isTaken = takeIfFree(connection, attempt, effect);
          connection.commit();
          if (isTaken) {
            news.release();
          }
          return isTaken;
        } catch (SQLException e) {
          connection.rollback();
          if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
            return false;
          }
          throw e;
        } finally {
          connection.setAutoCommit(true);
        }
      }
    });
  }

  /**
   * A transaction of the attempt's own thread may have locked the job, so nobody waits for long.
   */
  private static boolean takeIfFree(Connection connection, Attempt attempt, String effect)
      throws SQLException {
    try (var set = connection.createStatement()) {
      set.execute("SET LOCAL lock_timeout = '50 ms'");
    }
    if (!takeOver(connection, attempt.context().job(), attempt.context())) {
      return false;
    }
    // While the job is locked, and from then on, no write of the attempt passes the fence. The
    // world knows it before the next attempt can begin.
    World world = attempt.world();
    int number = attempt.number();
    List<String> rows = ProgramRows.of(connection, world.number()).getOrDefault(number, List.of());
    world.taken(number, effect, rows);
    return true;
  }

  /** Whether the job was that of the attempt. */
  private static boolean takeOver(Connection connection, Job<?> job, WorkContext context)
      throws SQLException {
    try (var update =
        connection.prepareStatement(
            """
            UPDATE river_job SET attempted_by[cardinality(attempted_by)] = ?
            WHERE id = ? AND state = 'running' AND attempted_at = ?
              AND attempted_by[cardinality(attempted_by)] = ?
            """)) {
      update.setString(1, ID);
      update.setLong(2, job.id());
      update.setObject(3, job.attemptedAt().atOffset(ZoneOffset.UTC));
      update.setString(4, context.client().id());
      return update.executeUpdate() == 1;
    }
  }

  private void rescueAll() {
    while (!closed) {
      try {
        news.acquire();
        news.drainPermits();
        rescue();
        if (hasJobs()) {
          // Another client is about to rescue them, or somebody had locked one.
          TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
          news.release();
        }
      } catch (SQLException | RuntimeException e) {
        failure = e;
        news.release();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void rescue() throws SQLException {
    Instant heartbeat = sendHeartbeat();
    clients.rescueFromDeadClients(
        new Rescuer(RESCUER, new Written(heartbeat, heartbeat), HELD_FOR), AT_ONCE, false);
  }

  private Instant sendHeartbeat() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var beat =
            connection.prepareStatement(
                """
                INSERT INTO cairn_client (id, timeout) VALUES (?, '1 minute')
                ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()
                RETURNING heartbeat_at
                """)) {
      beat.setString(1, RESCUER);
      try (var row = beat.executeQuery()) {
        row.next();
        return row.getObject(1, OffsetDateTime.class).toInstant();
      }
    }
  }

  private boolean hasJobs() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var select =
            connection.prepareStatement(
                """
                SELECT EXISTS (
                  SELECT FROM river_job
                  WHERE state = 'running' AND attempted_by[cardinality(attempted_by)] = ?
                )
                """)) {
      select.setString(1, ID);
      try (var row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    news.release();
    try {
      rescuer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw new AssertionError("the jobs of the dead were not rescued", failure);
    }
  }
}
