package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.internal.postgres.Database.RowMapper;
import dev.cairn.internal.store.ClientStore.Pulse;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Signs of life on a connection that is opened with the first one, and again after a failure. */
final class PostgresPulse implements Pulse {
  private static final Logger log = LoggerFactory.getLogger(PostgresPulse.class);

  private final Database database;
  private final String clientId;
  private final Duration timeout;
  private @Nullable Connection connection;

  PostgresPulse(Database database, String clientId, Duration timeout) {
    this.database = database;
    this.clientId = clientId;
    this.timeout = timeout;
  }

  private static final Sql BEAT =
      Sql.of(
          "give a sign of life",
          """
          INSERT INTO {schema}.cairn_client AS client (id, timeout)
          VALUES (:client_id, :timeout_ms * interval '1 millisecond')
          ON CONFLICT (id) DO UPDATE
          SET heartbeat_at = greatest(now(), client.heartbeat_at), timeout = excluded.timeout
          RETURNING %s
          """
              .formatted(Fragments.SIZES));

  @Override
  public void beat() {
    run(
        BEAT,
        Map.of("client_id", clientId, "timeout_ms", timeout.toMillis()),
        row -> {
          database.sizes(row.getLong(1), row.getLong(2));
          return true;
        });
  }

  private static final Sql FORGET =
      Sql.of("sign off", "DELETE FROM {schema}.cairn_client WHERE id = :client_id RETURNING id");

  @Override
  public void forget() {
    run(FORGET, Map.of("client_id", clientId), row -> true);
  }

  private void run(Sql sql, Map<String, ?> values, RowMapper<Boolean> mapper) {
    try {
      database.list(open(sql), sql, values, mapper);
    } catch (CairnException e) {
      close();
      throw e;
    }
  }

  private Connection open(Sql sql) {
    Connection open = connection;
    if (open == null) {
      try {
        open = database.connect();
        connection = open;
        open.setAutoCommit(true);
      } catch (SQLException e) {
        throw SqlErrors.translate(sql.purpose(), e);
      }
    }
    return open;
  }

  @Override
  public void close() {
    Connection open = connection;
    connection = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        log.debug("Could not close the connection of the heartbeat", e);
      }
    }
  }
}
