package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A client is started again, as by a restarted context of Spring, as often as one likes. {@code
 * -Dcairn.restart.lives=1000} says how often.
 */
class RestartTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final int LIVES = Integer.getInteger("cairn.restart.lives", 30);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final BlockingQueue<Integer> worked = new ArrayBlockingQueue<>(LIVES);

  @JobKind("restarted")
  record Restarted(int life) {}

  /* Polling is too seldom to find a job in time: each life has to listen. */
  private Cairn client() {
    return clients.build(this::set);
  }

  private CairnBuilder set(CairnBuilder builder) {
    return builder
        .workers(
            Workers.builder()
                .register(Restarted.class, (job, context) -> worked.add(job.args().life()))
                .build())
        .queue("default", 2)
        .pollInterval(Duration.ofMinutes(10));
  }

  @Tag("thorough")
  @Test
  void eachLifeWorksAndLeavesNothingBehind() throws Exception {
    Cairn client = client();
    var ids = new HashSet<String>();
    for (int life = 0; life < LIVES; life++) {
      client.start();
      ids.add(client.id());
      client.insert(new Restarted(life));

      assertThat(worked.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(life);
      assertThat(rows("cairn_client WHERE timeout > '0'")).isEqualTo(1);
      awaitLeadership(client);
      client.stop();

      // The thread of the last sign ends behind it, when the stop need not wait for it any more.
      await().atMost(PATIENCE).until(() -> threads().findAny().isEmpty());
      assertThat(database.listening()).isZero();
      assertThat(rows("river_leader")).isZero();
      assertThat(rows("cairn_client WHERE timeout > '0'")).isZero();
    }

    assertThat(ids).hasSize(LIVES);
    assertThat(worked).isEmpty();
  }

  @Test
  void aLaterLifeHasAHeartbeatAndHearsOfANewJob() throws Exception {
    Cairn client = client();
    client.start();
    client.stop();
    client.start();
    await().atMost(PATIENCE).until(() -> database.listening() == 1);
    Instant first = heartbeat();

    await().atMost(PATIENCE).until(() -> heartbeat().isAfter(first));
    client.insert(new Restarted(2));

    assertThat(worked.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(2);
  }

  @Test
  void aLaterLifeKeepsTheIdOfItsOwnClientWhateverTheBuilderIsUsedForAfterwards() {
    var shared = new AtomicReference<CairnBuilder>();
    Cairn first =
        clients.build(builder -> {
          shared.set(set(builder).clientId("first"));
          return shared.get();
        });
    shared.get().clientId("second");

    first.start();
    first.stop();
    first.start();

    assertThat(first.id()).isEqualTo("first");
  }

  private static void awaitLeadership(Cairn client) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            database.number(
                    "SELECT count(*) FROM %s.river_leader WHERE leader_id = ?"
                        .formatted(database.schema()),
                    client.id())
                == 1);
  }

  private static Stream<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("cairn-"));
  }

  private static long rows(String ofTable) {
    return database.number("SELECT count(*) FROM %s.%s".formatted(database.schema(), ofTable));
  }

  private static Instant heartbeat() {
    return Instant.ofEpochMilli(
        database.number(
            "SELECT (extract(epoch FROM max(heartbeat_at)) * 1000)::bigint FROM %s.cairn_client"
                .formatted(database.schema())));
  }
}
