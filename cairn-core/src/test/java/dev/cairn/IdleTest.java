package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of many queues that have no jobs. */
class IdleTest {
  private static final int QUEUES = 10;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final Map<String, AtomicInteger> statements = new ConcurrentHashMap<>();
  private final Queue<String> worked = new ConcurrentLinkedQueue<>();

  private final CountDownLatch released = new CountDownLatch(1);

  @JobKind("idle_test")
  record Noted(String name) {}

  @JobKind("idle_snooze_test")
  record Snoozed(String name) {}

  private Cairn start(Duration pollInterval) {
    return start(pollInterval, QUEUES, 2);
  }

  private Cairn start(Duration pollInterval, int queues, int slots) {
    CairnBuilder builder =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      count(purpose).incrementAndGet();
                      return call.proceed();
                    }))
            .schema(database.schema())
            .workers(
                Workers.builder()
                    .register(Noted.class, (job, context) -> worked.add(job.queue()))
                    .register(Snoozed.class, (job, context) -> snoozeOnce(job))
                    .build())
            .pollInterval(pollInterval)
            .pollOnly();
    for (int i = 0; i < queues; i++) {
      builder.queue("queue_" + i, slots);
    }
    Cairn client = builder.build();
    client.start();
    return client;
  }

  private AtomicInteger count(String purpose) {
    return statements.computeIfAbsent(purpose, each -> new AtomicInteger());
  }

  /** Seen before: each queue looked for itself, ten statements each time. */
  @Tag("thorough")
  @Test
  void l5_aClientLooksForAllItsQueuesAtOnce() {
    Cairn client = start(Duration.ofMillis(100));
    try {
      await().atMost(Duration.ofMinutes(3)).until(new Watch()::hasSeenAllLookAtOnce);
    } finally {
      client.stopNow();
    }
  }

  private AtomicInteger looks() {
    return count("find out when the next jobs of queues are due");
  }

  private AtomicInteger claims() {
    return count("claim jobs");
  }

  /**
   * Watches until all have looked at once for a while: as long as the machine is so busy that a
   * look takes long, each queue looks for itself, by claiming.
   */
  private final class Watch {
    private Instant begin = Instant.now();
    private int looksBefore = looks().get();
    private int claimsBefore = claims().get();

    boolean hasSeenAllLookAtOnce() {
      if (claims().get() == claimsBefore) {
        int seen = looks().get() - looksBefore;
        if (seen < 15) {
          return false;
        }
        // They may be gathered in parts.
        long most = QUEUES / 2 * (Duration.between(begin, Instant.now()).toMillis() / 100 + 1);
        if (seen <= most) {
          return true;
        }
      }
      begin = Instant.now();
      looksBefore = looks().get();
      claimsBefore = claims().get();
      return false;
    }
  }

  @Test
  void l5_findsJobsOfWhicheverQueueThatNobodyHasToldOf() {
    Cairn client = start(Duration.ofMillis(50));
    try {
      for (int i = 0; i < QUEUES; i++) {
        String queue = "queue_" + i;
        clients.inserter().insert(new Noted("x"), InsertOptions.defaults().withQueue(queue));
        await().until(() -> worked.contains(queue));
      }
      // One after the other, also behind the marks of an earlier one.
      clients.inserter().insert(new Noted("y"), InsertOptions.defaults().withQueue("queue_3"));
      await().until(() -> worked.size() == QUEUES + 1);
    } finally {
      client.stopNow();
    }
  }

  @Test
  void aPausedQueueIsNotClaimedFrom() {
    Cairn client = start(Duration.ofMillis(50));
    try {
      // The client records its queues a moment after its start, and hears of a pause a moment
      // later.
      await().until(() -> client.queues().pause("queue_1"));
      awaitLooks();
      clients.inserter().insert(new Noted("x"), InsertOptions.defaults().withQueue("queue_1"));
      awaitLooks();
      assertThat(worked).isEmpty();

      client.queues().resume("queue_1");

      await().until(() -> worked.contains("queue_1"));
    } finally {
      client.stopNow();
    }
  }

  /** Until each queue has looked some times. It looks by claiming while the machine is busy. */
  private void awaitLooks() {
    int before = looks().get() + claims().get();
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> looks().get() + claims().get() > before + 3 * QUEUES);
  }

  private void snoozeOnce(Job<Snoozed> job) throws InterruptedException {
    if (job.args().name().equals("long")) {
      released.await();
    }
    if (job.metadata().contains("snoozes")) {
      worked.add(job.queue());
    } else {
      throw new JobSnoozeException(Duration.ofMillis(300));
    }
  }

  /** It is available, but not due yet, and nobody will tell when it is. */
  private void insertByAnother(String queue, String due) {
    database.execute(
        "INSERT INTO {schema}.river_job (state, kind, args, queue, max_attempts, scheduled_at)"
                .replace("{schema}", database.schema())
            + " VALUES ('available', 'idle_test', '{\"name\": \"x\"}', ?, 1, "
            + due
            + ")",
        queue);
  }

  /** Seen before: found by the next poll only. */
  @ParameterizedTest(name = "{0} queues")
  @ValueSource(ints = {1, QUEUES})
  void l5_aLookSeesWhenTheNextJobIsDue(int queues) {
    insertByAnother("queue_0", "now() + interval '1 second'");
    Cairn client = start(Duration.ofMinutes(30), queues, 2);
    try {
      await().until(() -> worked.contains("queue_0"));
    } finally {
      client.stopNow();
    }
  }

  @ParameterizedTest(name = "{0} queues")
  @ValueSource(ints = {1, QUEUES})
  void l5_aJobThatSnoozesForAMomentGoesOnHoweverSeldomItsQueueIsPolled(int queues) {
    clients.inserter().insert(new Snoozed("x"), InsertOptions.defaults().withQueue("queue_0"));
    Cairn client = start(Duration.ofMinutes(30), queues, 2);
    try {
      await().until(() -> worked.contains("queue_0"));
    } finally {
      client.stopNow();
    }
  }

  /** Seen before: it was taken for idle while its only slot was taken. */
  @Tag("thorough")
  @Test
  void l5_aJobThatSnoozesAfterALongTimeInTheOnlySlotGoesOn() {
    clients.inserter().insert(new Snoozed("long"), InsertOptions.defaults().withQueue("queue_0"));
    Cairn client = start(Duration.ofMinutes(30), 1, 1);
    try {
      var begun = System.nanoTime();
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> System.nanoTime() - begun > Duration.ofSeconds(7).toNanos());
      released.countDown();

      await().until(() -> worked.contains("queue_0"));
    } finally {
      client.stopNow();
    }
  }
}
