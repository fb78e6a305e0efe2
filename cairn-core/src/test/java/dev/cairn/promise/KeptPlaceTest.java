package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs that had to stop go on before those that came after them. */
class KeptPlaceTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> worked = new CopyOnWriteArrayList<>();

  @JobKind("placed")
  record Placed(String name) {}

  private void startOneByOne() {
    clients.start(
        Placed.class,
        (job, context) -> worked.add(job.args().name()),
        builder -> builder.queue("one", 1));
  }

  private static void insertBacklog() {
    database.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, queue)
        SELECT 'placed', jsonb_build_object('name', 'job ' || n), 25, 'one'
        FROM generate_series(1, 200) AS n
        """);
  }

  @Test
  void a8_aRescuedJobGoesOnBeforeTheBacklog() {
    database.execute(
        "INSERT INTO cairn_client (id, timeout, heartbeat_at)"
            + " VALUES ('dead', '100 ms', now() - interval '1 hour')");
    long rescued =
        database.number(
            """
            INSERT INTO river_job (kind, args, state, attempt, max_attempts, queue, scheduled_at,
              attempted_at, attempted_by)
            VALUES ('placed', '{"name": "rescued"}', 'running', 1, 25, 'one',
              now() - interval '1 minute', now(), '{dead}')
            RETURNING id
            """);
    insertBacklog();
    database.execute(
        "INSERT INTO river_queue (name, created_at, updated_at, paused_at)"
            + " VALUES ('one', now(), now(), now())");
    startOneByOne();
    clients.await(rescued, JobState.AVAILABLE);

    database.execute("UPDATE river_queue SET paused_at = NULL WHERE name = 'one'");

    clients.await(rescued, JobState.COMPLETED);
    assertThat(worked).first().isEqualTo("rescued");
  }

  /** As a job that is retried, or that a long transaction has inserted. */
  @Test
  void aJobBeforeTheLastClaimedOneIsFoundThoughSomebodyCallsAllTheTime() throws Exception {
    clients.start(
        Placed.class,
        (job, context) -> {},
        builder -> builder.queue("called", 1).fetchCooldown(Duration.ofMillis(20)));
    clients.await(insert("called", "0"), JobState.COMPLETED);
    var calling = new AtomicBoolean(true);
    Thread caller = Thread.ofPlatform().daemon().start(() -> call("called", calling));
    try {
      long before = insert("called", "1 hour");

      clients.await(before, JobState.COMPLETED);
    } finally {
      calling.set(false);
      caller.join();
    }
  }

  private static long insert(String queue, String ago) {
    return database.number(
        """
        INSERT INTO river_job (kind, args, max_attempts, queue, scheduled_at)
        VALUES ('placed', '{"name": "x"}', 25, ?, now() - ?::interval)
        RETURNING id
        """,
        queue,
        ago);
  }

  /** More often than the client looks. */
  private static void call(String queue, AtomicBoolean calling) {
    while (calling.get()) {
      database.query(
          "SELECT pg_notify(?, ?)",
          database.schema() + ".river_insert",
          "{\"queue\": \"%s\"}".formatted(queue));
    }
  }

  @Test
  void a8_anInterruptedJobGoesOnBeforeTheBacklog() throws Exception {
    var runs = new CountDownLatch(1);
    Cairn first =
        clients.start(
            Placed.class,
            (job, context) -> {
              runs.countDown();
              while (true) {
                context.yieldIfInterrupted();
                Thread.onSpinWait();
              }
            },
            builder -> builder.queue("one", 1));
    long interrupted =
        first.insert(new Placed("interrupted"), InsertOptions.defaults().withQueue("one")).id();
    runs.await();
    insertBacklog();
    first.stop();
    assertThat(clients.inserter().jobs().find(interrupted).orElseThrow().state())
        .isEqualTo(JobState.AVAILABLE);

    startOneByOne();

    clients.await(interrupted, JobState.COMPLETED);
    assertThat(worked).first().isEqualTo("interrupted");
  }
}
