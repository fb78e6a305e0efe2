package dev.cairn.internal.postgres;

import dev.cairn.internal.store.ClientStore;
import dev.cairn.jobs.ClientRow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Clients in Cairn's own table. */
final class PostgresClientStore implements ClientStore {
  private final Database database;
  private final RescueStatements rescues;

  PostgresClientStore(Database database) {
    this.database = database;
    this.rescues = new RescueStatements(database);
  }

  @Override
  public Pulse pulse(String clientId, Duration timeout) {
    return new PostgresPulse(database, clientId, timeout);
  }

  private static final Sql LIST =
      Sql.of(
          "list the clients",
          """
          SELECT client.id, client.started_at, client.heartbeat_at,
            CASE WHEN extract(epoch FROM client.timeout) BETWEEN 0.001 AND 1e9
              THEN client.heartbeat_at > now() - client.timeout ELSE false END
          FROM {schema}.cairn_client AS client
          WHERE isfinite(client.started_at) AND isfinite(client.heartbeat_at)
          ORDER BY client.id
          LIMIT :limit
          """);

  @Override
  public List<ClientRow> list(int limit) {
    return database.list(
        LIST,
        Map.of("limit", limit),
        row ->
            new ClientRow(
                row.getString(1), Rows.instant(row, 2), Rows.instant(row, 3), row.getBoolean(4)));
  }

  private static final Sql LAST_SIGN =
      Sql.of(
          "look for the last heartbeat of a client",
          """
          SELECT client.heartbeat_at,
            extract(epoch FROM least(now() - client.heartbeat_at, client.timeout)) * 1000,
            extract(epoch FROM client.timeout) * 1000
          FROM {schema}.cairn_client AS client
          WHERE client.id = :client_id AND isfinite(client.heartbeat_at)
            AND client.heartbeat_at > now() - interval '1 day'
            AND extract(epoch FROM client.timeout) BETWEEN 0.001 AND 1e9
          """);

  @Override
  public Optional<Sign> lastSign(String clientId) {
    return database
        .list(
            LAST_SIGN,
            Map.of("client_id", clientId),
            row ->
                new Sign(
                    Rows.instant(row, 1),
                    Duration.ofMillis(row.getLong(2)),
                    Duration.ofMillis(row.getLong(3))))
        .stream()
        .findFirst();
  }

  // A heartbeat in the future was written while a clock was wrong, for example by another server
  // before a failover. Its client may be alive: the heartbeat is set to now, and the client's
  // timeout starts then.
  private static final Sql NEXT_DEATH =
      Sql.of(
          "find out when the next client counts as dead",
          Template.of(
                  """
                  WITH ahead AS MATERIALIZED (
                    SELECT client.id
                    FROM {schema}.cairn_client AS client
                    WHERE client.id <> :client_id AND client.heartbeat_at > now() + {ahead_max}
                    FOR NO KEY UPDATE SKIP LOCKED
                  ),
                  corrected AS (
                    UPDATE {schema}.cairn_client AS client
                    SET heartbeat_at = now()
                    FROM ahead
                    WHERE client.id = ahead.id
                  )
                  SELECT least(:most_ms, min(extract(epoch FROM greatest(
                    client.heartbeat_at - (now() - client.timeout),
                    client.timeout - :held_ms * interval '1 millisecond')) * 1000))
                  FROM {schema}.cairn_client AS client
                  WHERE client.id <> :client_id AND isfinite(client.heartbeat_at)
                    AND abs(extract(epoch FROM client.timeout)) < 1e10
                    AND (client.heartbeat_at >= now() - client.timeout
                      OR client.timeout > :held_ms * interval '1 millisecond')
                  """)
              .with("ahead_max", Fragments.AHEAD_MAX)
              .sql());

  @Override
  public Duration untilNextDeath(Rescuer rescuer, Duration most) {
    return database
        .list(
            NEXT_DEATH,
            Map.of(
                "most_ms",
                most.toMillis(),
                "client_id",
                rescuer.clientId(),
                "held_ms",
                rescuer.heldFor().toMillis()),
            row -> Duration.ofMillis(Math.round(row.getDouble(1))))
        .getFirst();
  }

  @Override
  public List<RescuedJob> rescueFromDeadClients(Rescuer rescuer, int limit, boolean anyOrder) {
    return rescues.ofDeadClients(rescuer, limit, anyOrder);
  }

  @Override
  public List<RescuedJob> rescueFormerLife(String clientId, int limit) {
    return rescues.ofFormerLife(clientId, limit);
  }
}
