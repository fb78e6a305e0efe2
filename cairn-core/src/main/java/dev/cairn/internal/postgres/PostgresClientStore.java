package dev.cairn.internal.postgres;

import dev.cairn.internal.store.ClientStore;
import dev.cairn.jobs.ClientRow;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Clients in Cairn's own table. */
final class PostgresClientStore implements ClientStore {
  private final Database database;
  private final RescueStatements rescues;

  PostgresClientStore(Database database) {
    this.database = database;
    this.rescues = new RescueStatements(database);
  }

  @Override
  public Pulse pulse(String clientId, Duration timeout, @Nullable Instant life) {
    return new PostgresPulse(database, clientId, timeout, life);
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

  /**
   * Whether a client may be alive: it has not signed off, and its last heartbeat is less than a day
   * old.
   */
  private static final String MAY_LIVE =
      """
      isfinite(client.heartbeat_at)
        AND client.heartbeat_at > now() - interval '1 day'
        AND extract(epoch FROM client.timeout) BETWEEN 0.001 AND 1e9\
      """;

  private static final Sql LAST_SIGN =
      Sql.of(
          "look for the last heartbeat of a client",
          Template.of(
                  """
                  SELECT client.heartbeat_at,
                    extract(epoch FROM least(now() - client.heartbeat_at, client.timeout)) * 1000,
                    extract(epoch FROM client.timeout) * 1000
                  FROM {schema}.cairn_client AS client
                  WHERE client.id = :client_id AND {may_live}
                  """)
              .with("may_live", MAY_LIVE)
              .sql());

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

  // Several clients may use the same id one after the other. The time at which such a life begins
  // identifies it, so it is later than that of the previous life, even if that one began while the
  // clock was wrong. Only a time that no clock shows is replaced: the end of PostgreSQL's range has
  // no later time. A locked row is skipped, so that another session does not delay the start.
  private static final Sql BEGIN =
      Sql.of(
          "register the client",
          Template.of(
                  """
                  WITH free AS MATERIALIZED (
                    SELECT client.id FROM {schema}.cairn_client AS client
                    WHERE client.id = :client_id
                      AND (client.heartbeat_at = :last::timestamptz
                        OR (:last::timestamptz IS NULL AND NOT ({may_live})))
                    FOR NO KEY UPDATE SKIP LOCKED
                  ),
                  succeeded AS (
                    UPDATE {schema}.cairn_client AS client
                    SET started_at = CASE
                          WHEN client.started_at >= now()
                              AND client.started_at < '290000-01-01 00:00:00+00'
                            THEN client.started_at + interval '1 microsecond' ELSE now() END,
                        heartbeat_at = now(),
                        timeout = :timeout_ms * interval '1 millisecond'
                    FROM free
                    WHERE client.id = free.id
                    RETURNING client.started_at
                  ),
                  registered AS (
                    INSERT INTO {schema}.cairn_client (id, timeout)
                    SELECT :client_id, :timeout_ms * interval '1 millisecond'
                    WHERE NOT EXISTS (SELECT FROM {schema}.cairn_client WHERE id = :client_id)
                    ON CONFLICT (id) DO NOTHING
                    RETURNING started_at
                  )
                  SELECT now(), coalesce(
                    (SELECT started_at FROM succeeded), (SELECT started_at FROM registered))
                  """)
              .with("may_live", MAY_LIVE)
              .sql());

  @Override
  public Beginning begin(String clientId, Duration timeout, Optional<Sign> last) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("client_id", clientId);
    values.put("timeout_ms", timeout.toMillis());
    values.put("last", last.map(Sign::at).orElse(null));
    return database
        .list(
            BEGIN,
            values,
            row ->
                new Beginning(
                    row.getObject(2) == null ? null : Rows.instant(row, 2), Rows.instant(row, 1)))
        .getFirst();
  }

  // A heartbeat in the future was written while a clock was wrong, for example by another server
  // before a failover. Its client may be alive. So the heartbeat is set to now, and the client's
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
                    AND client.heartbeat_at < '290000-01-01 00:00:00+00'
                    AND CASE WHEN abs(extract(epoch FROM client.timeout)) < 1e10
                      THEN client.heartbeat_at >= now() - client.timeout
                        OR client.timeout > :held_ms * interval '1 millisecond'
                      ELSE false END
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
  public Rescue rescueFromDeadClients(Rescuer rescuer, int limit, boolean anyOrder) {
    return rescues.ofDeadClients(rescuer, limit, anyOrder);
  }

  @Override
  public List<RescuedJob> rescueFormerLife(String clientId, int limit) {
    return rescues.ofFormerLife(clientId, limit);
  }
}
