package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.resumable.Steps;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database that cannot be reached for a while, and a pool that has nothing left. */
class OutageTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final AtomicBoolean outage = new AtomicBoolean();
  private final CountDownLatch refused = new CountDownLatch(3);
  private final DataSource unreliable =
      new ObservedDataSource(database.dataSource(), this::refuseDuringOutage);
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @JobKind("outage")
  record Args(String name) {}

  @AfterEach
  void endOutage() {
    outage.set(false);
    release.countDown();
  }

  @Test
  void anOutcomeIsKeptUntilTheDatabaseTakesIt() throws Exception {
    Cairn client =
        startOn(
            unreliable,
            Duration.ofMinutes(1),
            (job, context) -> {
              started.countDown();
              release.await();
            });
    long id = clients.inserter().insert(new Args("x")).id();
    started.await();

    outage.set(true);
    release.countDown();
    await().until(() -> refused.getCount() == 0);
    assertThat(clients.inserter().jobs().find(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.RUNNING));
    outage.set(false);

    assertThat(clients.await(id, JobState.COMPLETED).attempt()).isEqualTo(1);
    client.stop();
  }

  @Test
  void aDurableCheckpointWaitsForTheDatabase() throws Exception {
    Cairn client =
        startOn(
            unreliable,
            Duration.ofMinutes(1),
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          started.countDown();
                          release.await();
                          cursor.checkpoint(5L);
                        }));
    long id = clients.inserter().insert(new Args("x")).id();
    started.await();

    outage.set(true);
    release.countDown();
    await().until(() -> refused.getCount() == 0);
    outage.set(false);

    clients.await(id, JobState.COMPLETED);
    client.stop();
  }

  @Test
  void aClientStopsEvenIfTheDatabaseIsGone() {
    Cairn client = startOn(unreliable, Duration.ofMinutes(1), (job, context) -> {});

    outage.set(true);

    assertThatCode(client::stop).doesNotThrowAnyException();
  }

  @Test
  void jobsThatUseUpThePoolDoNotMakeTheirClientLookDead() throws Exception {
    var config = new HikariConfig();
    config.setDataSource(database.fresh().dataSource());
    config.setSchema(database.schema());
    config.setMaximumPoolSize(8);
    config.setConnectionTimeout(60_000);
    try (var pool = new HikariDataSource(config)) {
      Cairn client =
          startOn(
              pool,
              Duration.ofSeconds(6),
              (job, context) -> {
                var held = new ArrayList<Connection>();
                try {
                  while (pool.getHikariPoolMXBean().getActiveConnections() < 8) {
                    held.add(pool.getConnection());
                  }
                  started.countDown();
                  release.await();
                } finally {
                  for (Connection connection : held) {
                    connection.close();
                  }
                }
              });
      long id = clients.inserter().insert(new Args("x")).id();
      started.await();
      Cairn rescuer = clients.start(Args.class, (job, context) -> {});
      var beats = database.number(beats(), client.id());

      // Sent while the pool has nothing left, and the last of them after two others at least.
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> database.number(beats(), client.id()) > beats + 4_000);

      assertThat(clients.inserter().jobs().find(id))
          .hasValueSatisfying(job -> {
            assertThat(job.state()).isEqualTo(JobState.RUNNING);
            assertThat(job.attemptedBy()).containsExactly(client.id());
          });
      release.countDown();
      clients.await(id, JobState.COMPLETED);
      rescuer.stop();
      client.stop();
    }
  }

  private void refuseDuringOutage() throws SQLException {
    if (outage.get()) {
      refused.countDown();
      throw new SQLException("the network is down", "08001");
    }
  }

  private static String beats() {
    return "SELECT (extract(epoch FROM heartbeat_at) * 1000)::bigint FROM %s.cairn_client WHERE id = ?"
        .formatted(database.schema());
  }

  private Cairn startOn(DataSource dataSource, Duration heartbeatTimeout, Worker<Args> worker) {
    Cairn client =
        Cairn.builder(dataSource)
            .schema(database.schema())
            .workers(Workers.builder().register(Args.class, worker).build())
            .queue("default", 5)
            .pollOnly()
            .pollInterval(Duration.ofMillis(20))
            .heartbeatTimeout(heartbeatTimeout)
            .build();
    client.start();
    return client;
  }
}
