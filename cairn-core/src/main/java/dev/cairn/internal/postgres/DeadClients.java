package dev.cairn.internal.postgres;

/** When a client counts as dead: SQL that several statements share. */
final class DeadClients {
  private DeadClients() {}

  /** Whether a row of {@code cairn_client} counts as dead, even if its values are odd. */
  static final String DEAD =
      """
      CASE WHEN abs(extract(epoch FROM client.timeout)) < 1e10
        THEN client.heartbeat_at < now() - client.timeout ELSE client.timeout < '0' END\
      """;

  /** Whether this client is alive: after its lease it may neither claim nor renew. */
  static final String ALIVE =
      Template.of(
              """
              EXISTS (
                SELECT FROM {schema}.cairn_client AS client
                WHERE client.id = :client_id AND NOT {dead}
              )\
              """)
          .with("dead", DEAD)
          .sql();
}
