package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Builds clients on a {@link TestDatabase} and stops every one of them after each test. */
public final class TestClients implements AfterEachCallback {
  /** Long, because a disk may be slow: ten thousand steps in a row wait for it as often. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final TestDatabase database;
  private final List<Cairn> clients = new CopyOnWriteArrayList<>();

  public TestClients(TestDatabase database) {
    this.database = database;
  }

  /** A client with one worker, on queue {@code default} with ten slots, started. */
  public <A> Cairn start(Class<A> argsType, Worker<A> worker) {
    return start(argsType, worker, builder -> builder);
  }

  /** As {@link #start(Class, Worker)}, with further settings. */
  public <A> Cairn start(
      Class<A> argsType, Worker<A> worker, UnaryOperator<CairnBuilder> settings) {
    Cairn client =
        build(builder ->
            settings.apply(
                builder
                    .workers(Workers.builder().register(argsType, worker).build())
                    .queue("default", 10)));
    client.start();
    return client;
  }

  /**
   * A client that was not started, with short times. Only its heartbeat has time, because on a busy
   * machine a client with a short timeout loses its lease, and rightly interrupts its jobs.
   */
  public Cairn build(UnaryOperator<CairnBuilder> settings) {
    Cairn client =
        settings
            .apply(
                Cairn.builder(database.dataSource())
                    .schema(database.schema())
                    .heartbeatTimeout(Duration.ofSeconds(6))
                    .pollInterval(Duration.ofMillis(50))
                    .flushInterval(Duration.ofMillis(50))
                    .interruptDelay(Duration.ofMillis(50)))
            .build();
    clients.add(client);
    return client;
  }

  /** A client that only inserts and asks. */
  public Cairn inserter() {
    return build(builder -> builder);
  }

  /** Waits until the job is in this state, and returns it. */
  public JobRow await(long id, JobState state) {
    Cairn any = inserter();
    return Awaitility.await("job " + id + " to be " + state)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> any.jobs().find(id).orElseThrow(() -> new AssertionError("no job " + id)),
            job -> job.state() == state);
  }

  /** Asserts on a job, again and again until it holds. */
  public void awaitJob(long id, Consumer<JobRow> assertion) {
    Cairn any = inserter();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(any.jobs().find(id)).hasValueSatisfying(assertion));
  }

  /** Asserts that a stopped client has handed the job back uncounted, and has signed off. */
  void assertThatItWasHandedBack(long id, Cairn client) {
    JobRow job = inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(
            database.query(
                "SELECT id FROM cairn_client WHERE id = ? AND timeout > '0'", client.id()))
        .as("signed off, with nothing left")
        .isEmpty();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    clients.forEach(Cairn::stopNow);
    clients.clear();
    // What a test left waiting must not be worked by the next one.
    database.execute("DELETE FROM " + database.schema() + ".river_job");
    for (String table : List.of("cairn_checkpoint", "cairn_wait", "cairn_signal")) {
      database.execute("DELETE FROM " + database.schema() + "." + table);
    }
  }
}
