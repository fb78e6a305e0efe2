package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client of many queues that have no jobs. */
class IdleTest {
  private static final int QUEUES = 10;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final Map<String, AtomicInteger> statements = new ConcurrentHashMap<>();
  private final Queue<String> worked = new ConcurrentLinkedQueue<>();

  @JobKind("idle_test")
  record Noted(String name) {}

  private Cairn start(Duration pollInterval) {
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
                    .build())
            .pollInterval(pollInterval)
            .pollOnly();
    for (int i = 0; i < QUEUES; i++) {
      builder.queue("queue_" + i, 2);
    }
    Cairn client = builder.build();
    client.start();
    return client;
  }

  private AtomicInteger count(String purpose) {
    return statements.computeIfAbsent(purpose, each -> new AtomicInteger());
  }

  /** Seen before: each queue looked for itself, ten statements each time. */
  @Test
  void l5_aClientLooksForAllItsQueuesAtOnce() {
    Cairn client = start(Duration.ofMillis(100));
    try {
      await().until(() -> count("look for queues with due jobs").get() >= 15);

      assertThat(count("claim jobs").get()).isZero();
      assertThat(count("look for queues with due jobs").get())
          .as("they may be gathered in parts, on a busy machine")
          .isLessThan(15 + 15 * QUEUES / 2);
    } finally {
      client.stopNow();
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
      client.queues().pause("queue_1");
      clients.inserter().insert(new Noted("x"), InsertOptions.defaults().withQueue("queue_1"));
      int before = count("look for queues with due jobs").get();
      await().until(() -> count("look for queues with due jobs").get() > before + 3 * QUEUES);
      assertThat(worked).isEmpty();

      client.queues().resume("queue_1");

      await().until(() -> worked.contains("queue_1"));
    } finally {
      client.stopNow();
    }
  }
}
