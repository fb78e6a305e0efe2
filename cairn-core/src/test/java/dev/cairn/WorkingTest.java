package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WorkingTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @Test
  void worksAnInsertedJobAndCompletesIt() {
    var seen = new AtomicReference<Job<Greet>>();
    Cairn client = clients.start(Greet.class, (job, context) -> seen.set(job));

    JobRow inserted =
        client
            .insert(
                new Greet("Ada", 3),
                InsertOptions.defaults()
                    .withPriority(2)
                    .withMaxAttempts(7)
                    .withMetadata("{\"customer\": 7}")
                    .withTags("first", "second_tag"))
            .job();

    assertThat(inserted.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(inserted.tags()).containsExactly("first", "second_tag");
    JobRow completed = clients.await(inserted.id(), JobState.COMPLETED);
    assertThat(completed.attempt()).isEqualTo(1);
    assertThat(completed.attemptedBy()).containsExactly(client.id());
    assertThat(completed.errors()).isEmpty();
    assertThat(completed.metadata()).isEqualTo("{\"customer\": 7}");
    assertThat(completed.finalizedAt()).isCloseTo(Instant.now(), within(10, ChronoUnit.SECONDS));
    assertThat(seen.get().args()).isEqualTo(new Greet("Ada", 3));
    assertThat(seen.get().priority()).isEqualTo(2);
    assertThat(seen.get().maxAttempts()).isEqualTo(7);
    assertThat(seen.get().tags()).containsExactly("first", "second_tag");
  }

  @Test
  void runsEachJobOnAVirtualThreadOfItsOwn() {
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    Cairn client =
        clients.start(Greet.class, (job, context) -> threads.add(Thread.currentThread()));

    List<InsertResult> jobs = client.insertMany(greetings(3));

    jobs.forEach(job -> clients.await(job.id(), JobState.COMPLETED));
    assertThat(threads).doesNotHaveDuplicates().hasSize(3).allMatch(Thread::isVirtual);
    assertThat(threads).allMatch(thread -> thread.getName().startsWith("cairn-job-"));
  }

  @Test
  void insertsManyInTheOrderGiven() {
    Cairn client = clients.inserter();

    List<InsertResult> jobs = client.insertMany(greetings(500));

    assertThat(jobs).extracting(InsertResult::id).isSorted().doesNotHaveDuplicates();
    assertThat(jobs.get(321).job().args()).contains("321");
  }

  @Test
  void runsNoMoreJobsAtOnceThanTheQueueHasWorkers() {
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    var release = new Semaphore(0);
    Cairn client =
        clients.build(builder ->
            builder
                .workers(
                    Workers.builder()
                        .register(
                            Greet.class,
                            (job, context) -> {
                              most.accumulateAndGet(running.incrementAndGet(), Math::max);
                              release.acquire();
                              running.decrementAndGet();
                            })
                        .build())
                .queue("default", 3));
    client.start();

    List<InsertResult> jobs = client.insertMany(greetings(10));
    await().until(() -> running.get() == 3);
    release.release(10);

    jobs.forEach(job -> clients.await(job.id(), JobState.COMPLETED));
    assertThat(most).hasValue(3);
  }

  @Test
  void worksTheMostUrgentJobsFirst() {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    Cairn inserter = clients.inserter();
    long late = inserter.insert(new Greet("low", 1), InsertOptions.defaults().withPriority(4)).id();
    inserter.insert(new Greet("high", 1), InsertOptions.defaults().withPriority(1));
    inserter.insert(new Greet("middle", 1), InsertOptions.defaults().withPriority(2));

    Cairn client =
        clients.build(builder ->
            builder
                .workers(
                    Workers.builder()
                        .register(Greet.class, (job, context) -> order.add(job.args().name()))
                        .build())
                .queue("default", 1));
    client.start();

    clients.await(late, JobState.COMPLETED);
    assertThat(order).containsExactly("high", "middle", "low");
  }

  @Test
  void stagedMetadataIsMergedWithTheOutcome() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              context.setMetadata("output", new Greet("result", 42));
              throw new IllegalStateException("after all");
            });

    long id =
        client
            .insert(
                new Greet("Ada", 1),
                InsertOptions.defaults().withMaxAttempts(1).withMetadata("{\"mine\": 1}"))
            .id();

    assertThat(clients.await(id, JobState.DISCARDED).metadata())
        .isEqualTo("{\"mine\": 1, \"output\": {\"name\": \"result\", \"times\": 42}}");
  }

  @Test
  void middlewareWrapsTheWorkerFirstOneOutermost() {
    List<String> calls = Collections.synchronizedList(new ArrayList<>());
    ContextKey<String> note = ContextKey.of("note", String.class);
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> calls.add("worker " + context.find(note).orElseThrow()),
            builder ->
                builder
                    .middleware((context, next) -> {
                      calls.add("outer");
                      context.put(note, "sees the note");
                      next.proceed();
                      calls.add("outer again");
                    })
                    .middleware((context, next) -> {
                      calls.add("inner");
                      next.proceed();
                    }));

    long id = client.insert(new Greet("Ada", 1)).id();

    clients.await(id, JobState.COMPLETED);
    assertThat(calls).containsExactly("outer", "inner", "worker sees the note", "outer again");
  }

  @Test
  void aJobOfAnUnknownKindIsKeptForAClientThatKnowsIt() {
    Cairn client = clients.start(Other.class, (job, context) -> {});

    long id = clients.inserter().insert(new Greet("Ada", 1)).id();

    clients.awaitJob(id, job -> assertThat(job.errors()).isNotEmpty());
    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.errors().getFirst().error()).contains("greet", "no worker", "[other]");
    assertThat(job.attempt()).as("attempts used up").isZero();
    client.stop();
    clients.start(Greet.class, (each, context) -> {});
    clients.await(id, JobState.COMPLETED);
  }

  @Test
  void argumentsThatDoNotDecodeFailTheAttemptWithFieldAndReason() {
    Cairn client = clients.start(Greet.class, (job, context) -> {});
    database.execute(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts)
        VALUES ('greet', '{"name": "Ada", "times": "many"}', 25)
        """
            .formatted(database.schema()));
    long id = database.number("SELECT max(id) FROM %s.river_job".formatted(database.schema()));

    clients.awaitJob(id, job -> assertThat(job.errors()).isNotEmpty());
    JobRow job = client.jobs().find(id).orElseThrow();
    assertThat(job.errors().getFirst().error()).contains("job " + id, "field 'times'", "many");
    assertThat(job.attempt()).isPositive();
    assertThat(job.args()).contains("many");
  }

  @Test
  void argumentsMayLackFieldsAndHaveOthers() {
    var seen = new AtomicReference<Greet>();
    clients.start(Greet.class, (job, context) -> seen.set(job.args()));

    database.execute(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts)
        VALUES ('greet', '{"name": "Ada", "added_later": true}', 25)
        """
            .formatted(database.schema()));

    await().untilAsserted(() -> assertThat(seen.get()).isEqualTo(new Greet("Ada", 0)));
  }

  @Test
  void aJobInsertedInATransactionExistsOnlyIfThatCommits() throws SQLException {
    var worked = Collections.synchronizedList(new ArrayList<String>());
    Cairn client = clients.start(Greet.class, (job, context) -> worked.add(job.args().name()));

    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.insert(connection, new Greet("rolled back", 1));
      connection.rollback();
      long id = client.insert(connection, new Greet("committed", 1)).id();
      assertThat(client.jobs().find(id)).isEmpty();
      connection.commit();
      clients.await(id, JobState.COMPLETED);
    }

    assertThat(worked).containsExactly("committed");
  }

  @Test
  void aJobIsCompletedInTheWorkersTransaction() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              try (Connection connection = database.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                context.completeTx(connection);
                connection.commit();
              }
              throw new IllegalStateException("too late to fail");
            });

    long id = client.insert(new Greet("Ada", 1)).id();

    assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
    client.stop();
    assertThat(client.jobs().find(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.COMPLETED));
  }

  @Test
  void aCompletionThatIsRolledBackDoesNotCount() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              try (Connection connection = database.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                context.completeTx(connection);
                connection.rollback();
              }
              throw new IllegalStateException("rolled back");
            });

    long id = client.insert(new Greet("Ada", 1), InsertOptions.defaults().withMaxAttempts(1)).id();

    assertThat(clients.await(id, JobState.DISCARDED).errors())
        .extracting(AttemptError::error)
        .containsExactly("rolled back");
  }

  @Test
  void aPausedQueueIsNotWorked() {
    Cairn client = clients.start(Greet.class, (job, context) -> {});
    database.execute(
        "UPDATE %s.river_queue SET paused_at = now() WHERE name = 'default'"
            .formatted(database.schema()));

    long id = client.insert(new Greet("Ada", 1)).id();
    long inOther =
        clients
            .start(
                Other.class,
                (job, context) -> {},
                builder -> builder.queue("other", 1).onlyKnownKinds())
            .insert(new Other("Bob"), InsertOptions.defaults().withQueue("other"))
            .id();

    clients.await(inOther, JobState.COMPLETED);
    assertThat(client.jobs().find(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));
    database.execute("UPDATE %s.river_queue SET paused_at = NULL".formatted(database.schema()));
    clients.await(id, JobState.COMPLETED);
  }

  @Test
  void keepsTheLastHundredClaimsOfAJob() {
    var runs = new AtomicInteger();
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              if (runs.incrementAndGet() < 103) {
                throw new JobSnoozeException(Duration.ZERO);
              }
            });

    long id = client.insert(new Greet("Ada", 1)).id();

    assertThat(clients.await(id, JobState.COMPLETED).attemptedBy())
        .hasSize(100)
        .containsOnly(client.id());
    assertThat(runs).hasValue(103);
  }

  @JobKind("greet")
  record Greet(String name, int times) {}

  @JobKind("other")
  record Other(String name) {}

  private static List<JobInsert> greetings(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> JobInsert.of(new Greet("person " + i, i)))
        .toList();
  }
}
