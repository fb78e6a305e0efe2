package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.postgres.Database.RowMapper;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.ClientStore.Written;
import dev.cairn.internal.store.SupersededException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Heartbeats on one connection, which the first heartbeat opens. After a failure, this object
 * cannot be used again: the next heartbeat needs a new pulse.
 */
final class PostgresPulse implements Pulse {
  private static final Log log = Log.of(PostgresPulse.class);

  /**
   * Whether no later life has begun under the id. A row with an earlier life belongs to a
   * predecessor: it came back after a failover to a standby that lacked the beginning of this life.
   */
  private static final String NO_LATER_LIFE =
      "(:life::timestamptz IS NULL OR started_at <= :life OR NOT isfinite(started_at))";

  private final @Nullable Instant life;
  private final Database database;
  private final String clientId;
  private final Duration timeout;
  private volatile @Nullable Connection connection;
  private volatile @Nullable BorrowedSettings before;
  private boolean ended;

  PostgresPulse(Database database, String clientId, Duration timeout, @Nullable Instant life) {
    this.life = life;
    this.database = database;
    this.clientId = clientId;
    this.timeout = timeout;
  }

  // The heartbeat does not wait for a locked row: if another session holds the lock for a long
  // time, each try would be one more waiting session. heartbeat_at never goes back by a small
  // amount, because an earlier heartbeat may arrive later. It does go back if a clock was wrong:
  // otherwise, this client would not be considered dead for a long time.
  private static final Sql BEAT =
      Sql.of(
          "send the heartbeat",
          Template.of(
                  """
                  WITH free AS MATERIALIZED (
                    SELECT id FROM {schema}.cairn_client
                    WHERE id = :client_id AND {no_later_life}
                    FOR NO KEY UPDATE SKIP LOCKED
                  ),
                  beaten AS (
                    UPDATE {schema}.cairn_client AS client
                    SET started_at = coalesce(:life::timestamptz, client.started_at),
                        heartbeat_at = CASE
                          WHEN client.heartbeat_at BETWEEN now() AND now() + {ahead_max}
                            THEN client.heartbeat_at ELSE now() END,
                        timeout = :timeout_ms * interval '1 millisecond'
                    FROM free
                    WHERE client.id = free.id
                    RETURNING client.heartbeat_at
                  ),
                  registered AS (
                    INSERT INTO {schema}.cairn_client (id, started_at, timeout)
                    SELECT :client_id, coalesce(:life::timestamptz, now()),
                      :timeout_ms * interval '1 millisecond'
                    WHERE NOT EXISTS (SELECT FROM {schema}.cairn_client WHERE id = :client_id)
                    ON CONFLICT (id) DO NOTHING
                    RETURNING heartbeat_at
                  )
                  SELECT {sizes}, now(), heartbeat_at, later_life
                  FROM (
                    SELECT heartbeat_at, NULL::timestamptz AS later_life FROM beaten
                    UNION ALL SELECT heartbeat_at, NULL FROM registered
                    UNION ALL SELECT now(), started_at FROM {schema}.cairn_client
                    WHERE id = :client_id AND NOT {no_later_life}
                  ) AS alive
                  """)
              .with("no_later_life", NO_LATER_LIFE)
              .with("sizes", Fragments.SIZES)
              .with("ahead_max", Fragments.AHEAD_MAX)
              .sql());

  @Override
  public Optional<Written> beat(Runnable sending) {
    Optional<Answer> answer =
        run(
                BEAT,
                sending,
                row -> {
                  database.sizes(row.getLong(1), row.getLong(2));
                  return new Answer(
                      new Written(Rows.instant(row, 3), Rows.instant(row, 4)),
                      row.getObject(5) == null ? null : Rows.instant(row, 5));
                })
            .stream()
            .findFirst();
    answer.map(Answer::laterLife).ifPresent(this::superseded);
    return answer.map(Answer::written);
  }

  /**
   * The result of a heartbeat.
   *
   * @param laterLife when another client began to use the id; null if none did
   */
  private record Answer(Written written, @Nullable Instant laterLife) {}

  private Map<String, @Nullable Object> values() {
    var values = new HashMap<String, @Nullable Object>();
    values.put("client_id", clientId);
    values.put("timeout_ms", timeout.toMillis());
    values.put("life", life);
    return values;
  }

  private void superseded(Instant laterLife) {
    throw new SupersededException(
        ("Client id '%s' is in use: another client has started under it at %s, while this one sent"
                + " no heartbeats. End this process, and give each client its own id [CAIRN-108]")
            .formatted(clientId, laterLife));
  }

  // The database decides, because a job may be running in this client's name without its knowledge.
  // Such a job is rescued after the timeout. If there is none, the timeout becomes zero, and the
  // row stays as the row of a dead client: a claim that the server is still executing may commit
  // later, and is then rescued.
  private static final Sql SIGN_OFF =
      Sql.of(
          "sign off",
          Template.of(
                  """
                  WITH left_over AS MATERIALIZED (
                    SELECT FROM {schema}.river_job AS job
                    WHERE job.state = 'running' AND {last_client} = :client_id
                    LIMIT 1
                  ),
                  gone AS (
                    UPDATE {schema}.cairn_client
                    SET heartbeat_at = now(), timeout = '0'
                    WHERE id = :client_id AND NOT EXISTS (SELECT FROM left_over)
                      AND {no_later_life}
                  )
                  SELECT NOT EXISTS (SELECT FROM left_over)
                  """)
              .with("last_client", Fragments.LAST_CLIENT)
              .with("no_later_life", NO_LATER_LIFE)
              .sql());

  @Override
  public boolean signOff() {
    return run(SIGN_OFF, () -> {}, row -> row.getBoolean(1)).getFirst();
  }

  private <T> List<T> run(Sql sql, Runnable sending, RowMapper<T> mapper) {
    try {
      Connection open = open(sql);
      sending.run();
      return database.list(open, sql, values(), mapper);
    } catch (Throwable e) {
      abort();
      throw e;
    }
  }

  private Connection open(Sql sql) {
    Connection open = connection;
    if (open != null) {
      return open;
    }
    try {
      open = connect();
      before = BorrowedSettings.of(open);
      open.setAutoCommit(true);
      open.setNetworkTimeout(Runnable::run, answerMillisMax());
      return open;
    } catch (SQLException e) {
      throw SqlErrors.translate(sql.purpose(), e);
    }
  }

  /** Keeps at most one connection, which {@link #abort} and {@link #close} find. */
  private Connection connect() throws SQLException {
    requireNotEnded();
    Connection opened = database.connect();
    try {
      synchronized (this) {
        requireNotEnded();
        if (connection != null) {
          throw new SQLException("two heartbeats share a connection", "08003");
        }
        connection = opened;
      }
    } catch (Throwable e) {
      giveBackUnused(opened);
      throw e;
    }
    return opened;
  }

  /** A heartbeat that was given up in the queue of the pool must not cost the pool a connection. */
  private static void giveBackUnused(Connection connection) {
    try {
      connection.close();
    } catch (Throwable e) {
      log.debug("Could not return a connection that the heartbeat did not use", e);
    }
  }

  private synchronized void requireNotEnded() throws SQLException {
    if (ended) {
      throw new SQLException("these heartbeats have ended", "08003");
    }
  }

  /**
   * Less than the heartbeat interval, so that a hanging connection costs only one heartbeat, and
   * not the lease.
   */
  private int answerMillisMax() {
    return Math.clamp(timeout.toMillis() / 5, 100, Integer.MAX_VALUE);
  }

  @Override
  public void abort() {
    Connection open;
    synchronized (this) {
      open = connection;
      connection = null;
      ended = true;
    }
    if (open != null) {
      Database.abort(open);
    }
  }

  @Override
  public void close() {
    Connection open;
    synchronized (this) {
      open = connection;
      connection = null;
      ended = true;
    }
    if (open != null) {
      giveBack(open);
    }
  }

  /**
   * Returns the connection to its pool, even if it is broken, because the pool has to know that it
   * is no longer in use.
   */
  private void giveBack(Connection connection) {
    BorrowedSettings settings = before;
    try (connection) {
      if (settings != null) {
        settings.restore(connection);
      }
    } catch (Throwable e) {
      log.debug("Could not cleanly close the connection of the heartbeat", e);
    }
  }
}
