package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.ClientStatus.Phase;
import dev.cairn.jobs.ClientRow;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client says of itself to health checks. */
class ClientStatusTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("status")
  record Hold() {}

  @Test
  void aClientGoesThroughItsPhases() {
    var held = new CountDownLatch(1);
    Cairn client =
        clients.build(builder ->
            builder
                .workers(
                    Workers.builder().register(Hold.class, (job, context) -> held.await()).build())
                .queue("default", 3));
    assertThat(client.status())
        .isEqualTo(
            new ClientStatus(
                client.id(),
                Phase.NEW,
                null,
                false,
                false,
                false,
                java.util.Map.of("default", new ClientStatus.QueueStatus(3, 0, null))));

    client.start();
    client.insert(new Hold());
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          ClientStatus status = client.status();
          assertThat(status.phase()).isEqualTo(Phase.STARTED);
          assertThat(status.mayWork()).isTrue();
          assertThat(status.leads()).isTrue();
          assertThat(Objects.requireNonNull(status.sinceHeartbeat())).isLessThan(PATIENCE);
          assertThat(status.queues())
              .containsEntry("default", new ClientStatus.QueueStatus(3, 1, null));
        });
    assertThat(client.leader()).contains(client.id());
    assertThat(client.clients())
        .filteredOn(ClientRow::alive)
        .extracting(ClientRow::id)
        .containsExactly(client.id());

    Thread stopping = Thread.startVirtualThread(client::stop);
    await().atMost(PATIENCE).until(() -> client.status().phase() == Phase.STOPPING);
    held.countDown();
    await().atMost(PATIENCE).until(() -> client.status().phase() == Phase.STOPPED);
    assertThat(client.status().mayWork()).isFalse();
    assertThat(stopping).isNotNull();
    assertThat(client.leader()).isEmpty();
  }

  @Test
  void aQueueWhoseClaimsFailSaysForHowLong() {
    Cairn client =
        clients.start(
            Hold.class,
            (job, context) -> {},
            builder -> builder.pollInterval(Duration.ofMillis(20)));
    database.execute("ALTER TABLE %s.river_job RENAME TO away".formatted(database.schema()));
    try {
      await()
          .atMost(PATIENCE)
          .until(() -> client.status().queues().values().iterator().next().failingFor() != null);
    } finally {
      database.execute("ALTER TABLE %s.away RENAME TO river_job".formatted(database.schema()));
    }
    await()
        .atMost(PATIENCE)
        .until(() -> client.status().queues().values().iterator().next().failingFor() == null);
  }
}
