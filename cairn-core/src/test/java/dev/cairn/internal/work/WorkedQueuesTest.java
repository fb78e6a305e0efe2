package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.job;
import static dev.cairn.internal.work.Workshop.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobKind;
import dev.cairn.QueueOptions;
import dev.cairn.StandIn;
import dev.cairn.Workers;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.Connections;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobControlStore;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.internal.store.QuarantineStore;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.internal.store.SchemaVersion;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.store.Transactions;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.WaitStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorkedQueuesTest {
  private final Workshop shop = new Workshop();
  private final Lease lease = new Lease(LONG);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final AtomicBoolean hasJob = new AtomicBoolean();

  @JobKind("kind")
  record Args() {}

  private final WorkedQueues queues =
      new WorkedQueues(
          settings(LONG),
          new Stores(
              StandIn.of(SchemaVersion.class).object(),
              shop.jobs.object(),
              StandIn.of(JobListStore.class).object(),
              StandIn.of(JobControlStore.class).object(),
              StandIn.of(CheckpointStore.class).object(),
              StandIn.of(ClientStore.class).object(),
              StandIn.of(QueueStore.class).object(),
              StandIn.of(LeaderStore.class).object(),
              StandIn.of(UpkeepStore.class).object(),
              StandIn.of(PeriodicStore.class).object(),
              StandIn.of(Notifications.class).object(),
              StandIn.of(Transactions.class).object(),
              StandIn.of(Transactions.class).object(),
              StandIn.of(WaitStore.class).object(),
              StandIn.of(QuarantineStore.class).object(),
              StandIn.of(Connections.class).object()),
          new Fetcher.Claiming(shop.register, lease),
          shop.executor(
              Workers.builder().register(Args.class, (job, context) -> goOn.await()).build()),
          shop.completer,
          new FetchReporter(shop.events, shop.dispatcher, shop.reporter));

  @BeforeEach
  void open() {
    lease.renew(System.nanoTime());
    shop.jobs.on("untilDue", call -> Map.of(0, Duration.ZERO));
    shop.jobs.on("claim", call -> hasJob.getAndSet(false) ? List.of(job(claim(1))) : List.of());
    shop.jobs.on(
        "finish",
        call ->
            call.list(1, FinishedAttempt.class).stream()
                .map(FinishedAttempt::claim)
                .collect(Collectors.toSet()));
    shop.completer.start();
  }

  @AfterEach
  void close() {
    goOn.countDown();
    queues.stop();
    shop.close();
  }

  private void addAndRemove(String queue) {
    queues.add(queue, QueueOptions.of(1));
    queues.start(queue);
    assertThat(queues.remove(queue, PATIENCE)).isTrue();
  }

  @Test
  void nothingIsKeptOfAQueueThatWasRemoved() {
    for (int number = 0; number < 20; number++) {
      addAndRemove("import-" + number);
    }

    assertThat(queues.remembered()).containsExactly("default");
  }

  /** Its name was kept for the life of the process. */
  @Test
  void nothingIsKeptOfAQueueThatWasRemovedWhileItsJobRanOnceThatHasEnded() {
    hasJob.set(true);
    queues.add("import", QueueOptions.of(1));
    queues.start("import");
    awaitTrue(() -> shop.register.hasRunning());
    assertThat(queues.remove("import", PATIENCE)).isTrue();
    addAndRemove("another");
    assertThat(queues.remembered())
        .as("its limit counts if it is added again")
        .containsExactlyInAnyOrder("default", "import");

    goOn.countDown();
    awaitTrue(() -> !shop.register.hasRunning());
    awaitTrue(() -> {
      addAndRemove("another");
      return !queues.remembered().contains("import");
    });

    assertThat(queues.remembered()).containsExactly("default");
  }
}
