package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.event.JobEvent;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Working a single job by its id, and what goes with it. */
class WorkOneTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Instant FAR = Instant.parse("2100-01-01T00:00:00Z");

  private final Queue<String> done = new ConcurrentLinkedQueue<>();

  @JobKind("work_one")
  record One(String name) {}

  @JobKind("work_one_other")
  record Other() {}

  @Test
  void worksThatJobAloneWheneverItIsScheduledInWhateverQueue() {
    Cairn client = clients.start(One.class, (job, context) -> done.add(job.args().name()));
    InsertOptions later = InsertOptions.defaults().withQueue("elsewhere").withScheduledAt(FAR);
    client.insert(new One("other"), later);
    JobRow job = client.insert(new One("wanted"), later).job();

    assertThat(client.work(job.id())).isTrue();

    JobRow ended = clients.await(job.id(), JobState.COMPLETED);
    assertThat(ended.scheduledAt()).isEqualTo(FAR);
    assertThat(ended.attempt()).isEqualTo(1);
    assertThat(done).containsExactly("wanted");
  }

  /** Seen before: the pause of the queue stopped it at its next checkpoint. */
  @Test
  void aPauseOfItsQueueDoesNotStopTheJob() throws InterruptedException {
    var looked = new CountDownLatch(1);
    var worked = new CountDownLatch(1);
    Cairn client =
        clients.start(
            One.class,
            (job, context) -> {
              if (job.args().name().equals("apart")) {
                looked.await();
                context.yieldIfInterrupted();
              } else {
                worked.countDown();
                await().until(() -> context.interruption().isPresent());
                context.yieldIfInterrupted();
              }
            },
            builder -> builder.queue("pausing", QueueOptions.of(2).withInterruptionByPause()));
    InsertOptions pausing = InsertOptions.defaults().withQueue("pausing");
    JobRow usual = client.insert(new One("usual"), pausing).job();
    assertThat(worked.await(20, TimeUnit.SECONDS)).isTrue();
    JobRow apart = client.insert(new One("apart"), pausing.withScheduledAt(FAR)).job();
    assertThat(client.work(apart.id())).isTrue();

    client.queues().pause("pausing");
    clients.await(usual.id(), JobState.AVAILABLE);
    looked.countDown();

    assertThat(clients.await(apart.id(), JobState.COMPLETED).metadata()).isEqualTo("{}");
  }

  @Test
  void claimsNothingThatDoesNotWait() {
    Cairn client = clients.start(One.class, (job, context) -> {});
    JobRow pending =
        client.insert(new One("pending"), InsertOptions.defaults().withPending()).job();
    JobRow cancelled =
        client.insert(new One("cancelled"), InsertOptions.defaults().withScheduledAt(FAR)).job();
    client.jobs().cancel(cancelled.id());

    assertThat(client.work(pending.id())).isFalse();
    assertThat(client.work(cancelled.id())).isFalse();
    assertThat(client.work(-1)).isFalse();
  }

  @Test
  void aClientThatIsNotStartedSaysSo() {
    assertThatThrownBy(() -> clients.inserter().work(7))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("job 7 cannot be worked: this client is not started");
  }

  /** The answer is late, and the client is to stop meanwhile: nobody waits for it without end. */
  @Test
  void aClaimThatHangsDoesNotHoldUpAStop() throws Exception {
    var hangs = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (Thread.currentThread().getName().equals("caller")
                          && purpose.equals("claim jobs")) {
                        hangs.countDown();
                        released.await();
                      }
                      return call.proceed();
                    }))
            .schema(database.schema())
            .workers(Workers.builder().register(One.class, (job, context) -> {}).build())
            .queue("elsewhere", 1)
            .heartbeatTimeout(Duration.ofSeconds(1))
            .build();
    client.start();
    long id = client.insert(new One("x")).id();
    try (ExecutorService caller =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("caller").factory())) {
      Future<Boolean> claimed = caller.submit(() -> client.work(id));
      hangs.await();
      long begin = System.nanoTime();

      client.stop(Duration.ZERO);

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(11));
      released.countDown();
      claimed.get();
    }
    Cairn other = clients.start(One.class, (job, context) -> {});
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> other.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
  }

  @Test
  void aJobCompletedInATransactionIsToldOfToo() throws InterruptedException {
    Cairn client =
        clients.start(
            One.class,
            (job, context) -> {
              try (Connection connection = database.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                context.completeTx(connection);
                connection.commit();
              }
              throw new IllegalStateException("too late to fail");
            });
    try (EventSubscription events = client.subscribe()) {
      JobRow job = client.insert(new One("tx")).job();

      Event event = events.poll(Duration.ofSeconds(20)).orElseThrow();

      assertThat(event.kind()).isEqualTo(EventKind.JOB_COMPLETED);
      assertThat(((JobEvent) event).job().id()).isEqualTo(job.id());
    }
  }

  @Test
  void insertsKindsWithoutAWorkerIfToldSo() {
    Cairn client = clients.start(One.class, (job, context) -> {}, CairnBuilder::insertUnknownKinds);

    assertThat(client.insert(new Other(), InsertOptions.defaults().withPending()).job().kind())
        .isEqualTo("work_one_other");
  }
}
