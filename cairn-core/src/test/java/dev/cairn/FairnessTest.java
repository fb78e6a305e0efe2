package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs get past others that wait or take long. */
class FairnessTest {
  private static final int OTHERS = 3_000;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  /** Opens when the others may go on. */
  private final Semaphore gate = new Semaphore(0);

  private final List<String> begun = Collections.synchronizedList(new ArrayList<>());

  @JobKind("held")
  record Held(int number) {}

  @JobKind("passing")
  record Passing(int number) {}

  @Tag("thorough")
  @Test
  void aJobOfAQuietQueueIsWorkedWhileThousandsOfABusyOneWait() {
    insertHeld(OTHERS, InsertOptions.defaults().withQueue("busy"));
    Cairn client = start(builder -> builder.queue("busy", 10).queue("quiet", 1));
    gate.release(500);
    await().atMost(PATIENCE).until(() -> begun.size() == 510);

    for (int number = 0; number < 3; number++) {
      long id =
          client.insert(new Passing(number), InsertOptions.defaults().withQueue("quiet")).id();
      clients.await(id, JobState.COMPLETED);
    }

    assertThat(count("queue = 'busy' AND state = 'available'")).isEqualTo(OTHERS - 510);
    gate.release(OTHERS);
    await().atMost(PATIENCE).until(() -> count("state <> 'completed'") == 0);
  }

  @Test
  void anUrgentJobIsWorkedBeforeThoseThatHaveWaitedLonger() {
    insertHeld(OTHERS, InsertOptions.defaults().withPriority(4));
    Cairn client = start(builder -> builder.queue("default", 10));
    await().atMost(PATIENCE).until(() -> begun.size() == 10);

    long urgent = client.insert(new Passing(1), InsertOptions.defaults().withPriority(1)).id();
    gate.release();

    clients.await(urgent, JobState.COMPLETED);
    assertThat(begun)
        .as("the first to begin in a slot that became free")
        .element(10)
        .isEqualTo("passing");
    assertThat(count("priority = 4 AND state = 'available'")).isGreaterThan(OTHERS - 20);
    gate.release(OTHERS);
    await().atMost(PATIENCE).until(() -> count("state <> 'completed'") == 0);
  }

  @Test
  void slowJobsThatHoldAllSlotsButOneDoNotHoldUpFastOnes() {
    insertHeld(9, InsertOptions.defaults());
    Cairn client = start(builder -> builder.queue("default", 10));
    await().atMost(PATIENCE).until(() -> begun.size() == 9);

    client.insertMany(
        IntStream.range(0, 200).mapToObj(number -> JobInsert.of(new Passing(number))).toList());

    await().atMost(PATIENCE).until(() -> count("kind = 'passing' AND state = 'completed'") == 200);
    assertThat(count("kind = 'held' AND state = 'running'")).isEqualTo(9);
    gate.release(9);
    await().atMost(PATIENCE).until(() -> count("state <> 'completed'") == 0);
  }

  private Cairn start(UnaryOperator<CairnBuilder> queues) {
    Workers workers =
        Workers.builder()
            .register(
                Held.class,
                (job, context) -> {
                  begun.add(job.kind());
                  gate.acquire();
                })
            .register(Passing.class, (job, context) -> begun.add(job.kind()))
            .build();
    Cairn client =
        clients.build(settings ->
            // A lease that lapsed would make jobs begin again.
            queues.apply(settings.workers(workers).heartbeatTimeout(Duration.ofMinutes(1))));
    client.start();
    return client;
  }

  private void insertHeld(int jobs, InsertOptions options) {
    clients
        .inserter()
        .insertMany(
            IntStream.range(0, jobs)
                .mapToObj(number -> JobInsert.of(new Held(number), options))
                .toList());
  }

  private static long count(String condition) {
    return database.number(
        "SELECT count(*) FROM %s.river_job WHERE %s".formatted(database.schema(), condition));
  }

  /** Looks for late jobs come in between, and must not be taken for the end of the queue. */
  @Test
  void aQueueIsWorkedToItsEndWithoutAPoll() throws InterruptedException {
    int jobs = 3_000;
    var worked = new CountDownLatch(jobs);
    clients
        .inserter()
        .insertManyFast(
            IntStream.range(0, jobs).mapToObj(number -> JobInsert.of(new Many(number))).toList());

    clients.start(
        Many.class,
        (job, context) -> worked.countDown(),
        builder -> builder.pollInterval(Duration.ofHours(1)));

    assertThat(worked.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @JobKind("many")
  record Many(int number) {}
}
