package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.ClientStore.RescuedJob;
import dev.cairn.internal.store.Rescuers;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RescueStatementTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();
  @RegisterExtension final OneConnection connection = new OneConnection(server);

  /* Comparing each of them with each took a second for 1,000, and sixteen times as long for 4,000. */
  @Test
  void thousandsOfJobsOfADeadClientAreRescuedAtOnceWithTheirProgress() throws SQLException {
    int jobs = 4_000;
    server.execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        VALUES ('dead', now() - interval '1 hour', '10 minutes')
        """);
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, attempt, attempted_at, attempted_by)
        SELECT 'noop', '{}', 25, 'running', 1, now(), '{dead}' FROM generate_series(1, ?)
        """,
        jobs);
    server.execute(
        """
        INSERT INTO cairn_checkpoint
          (job_id, name, position, finished, value, claimed_at, sequence, attempt)
        SELECT id, 'load', 0, false, to_jsonb(id), now(), 1, 1 FROM river_job
        """);
    try (var own = connection.take();
        var statement = own.createStatement()) {
      statement.execute("SET statement_timeout = '10s'");
    }

    server.execute("INSERT INTO cairn_client (id, timeout) VALUES ('rescuer', '1 day')");
    var clients = new PostgresClientStore(connection.database());
    Instant heartbeatAt = clients.lastSign("rescuer").orElseThrow().at();
    List<RescuedJob> rescued =
        clients
            .rescueFromDeadClients(
                Rescuers.of("rescuer", heartbeatAt, Duration.ofDays(1)), jobs, false)
            .jobs();

    assertThat(rescued).hasSize(jobs).allMatch(job -> job.clientId().equals("dead"));
    assertThat(
            server.number(
                """
                SELECT count(*) FROM river_job
                WHERE state = 'available' AND attempt = 0
                  AND metadata #> '{river:resumable_cursor,load}' = to_jsonb(id)
                """))
        .isEqualTo(jobs);
  }
}
