package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The settings of one queue, which go before the client's. */
class QueueOptionsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("queued")
  record Queued(int number) {}

  @Test
  void aQueueIsPolledAtItsOwnInterval() {
    Cairn client =
        clients.build(settings ->
            settings
                .pollOnly()
                .pollInterval(Duration.ofHours(1))
                .workers(Workers.builder().register(Queued.class, (job, context) -> {}).build())
                .queue("idle", 1)
                .queue("quick", QueueOptions.of(1).withPollInterval(Duration.ofMillis(10))));
    client.start();

    for (int i = 0; i < 3; i++) {
      long id = client.insert(new Queued(i), InsertOptions.defaults().withQueue("quick")).id();
      clients.await(id, JobState.COMPLETED);
    }
  }

  @Test
  void claimsKeepTheirDistance() {
    Duration cooldown = Duration.ofMillis(40);
    List<Long> ends = new CopyOnWriteArrayList<>();
    Cairn client =
        clients.build(settings ->
            settings
                .listener(ListenerTo.fetches(fetch -> ends.add(System.nanoTime())))
                .workers(Workers.builder().register(Queued.class, (job, context) -> {}).build())
                .queue("default", QueueOptions.of(1).withFetchCooldown(cooldown)));
    List<InsertResult> jobs =
        client.insertMany(
            List.of(
                JobInsert.of(new Queued(1)),
                JobInsert.of(new Queued(2)),
                JobInsert.of(new Queued(3))));
    long begin = System.nanoTime();
    client.start();
    jobs.forEach(job -> clients.await(job.id(), JobState.COMPLETED));

    // A claim is told of after its jobs have begun.
    await().until(() -> ends.size() >= 3);
    assertThat(Duration.ofNanos(ends.get(2) - begin))
        .as("from before the first claim until the end of the third")
        .isGreaterThanOrEqualTo(cooldown.multipliedBy(2));
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QueueOptions.of(1).withPollInterval(Duration.ZERO))
        .withMessageContaining("pollInterval");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QueueOptions.of(1).withFetchCooldown(Duration.ofSeconds(-1)))
        .withMessageContaining("fetchCooldown");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> clients.build(settings -> settings.queue("wide", QueueOptions.of(10_001))))
        .withMessageContaining("queue 'wide'");
  }
}
