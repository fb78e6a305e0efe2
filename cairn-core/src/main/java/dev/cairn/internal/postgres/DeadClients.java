package dev.cairn.internal.postgres;

/** SQL conditions for dead and live clients, which several statements share. */
final class DeadClients {
  private DeadClients() {}

  /** Whether a row of {@code cairn_client} counts as dead, even if its values are odd. */
  static final String DEAD =
      """
      CASE WHEN abs(extract(epoch FROM client.timeout)) < 1e10
        THEN client.heartbeat_at < now() - client.timeout ELSE client.timeout < '0' END\
      """;

  /** Whether a row of {@code cairn_client} has been dead for a day, even if its values are odd. */
  static final String LONG_DEAD =
      """
      CASE WHEN abs(extract(epoch FROM client.timeout)) < 1e10
        THEN client.heartbeat_at < now() - client.timeout - interval '1 day'
        ELSE client.timeout < '0' AND client.heartbeat_at < now() - interval '1 day' END\
      """;

  /**
   * Whether this client is alive. A client that counts as dead may neither claim nor renew jobs.
   */
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
