package dev.cairn;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.cairn.ClientStatus.QueueStatus;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.jobs.QueueRow;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QueuesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("queued")
  record Queued(int number) {}

  private Cairn start() {
    Cairn client =
        clients.start(
            Queued.class,
            (job, context) -> {},
            builder -> builder.queue("marker", 1).pollInterval(Duration.ofMinutes(5)));
    await().until(() -> client.queues().find("default").isPresent());
    return client;
  }

  /** Its jobs say that they have started, and end when they may. */
  private Cairn startHeld(Semaphore started, Semaphore go, UnaryOperator<CairnBuilder> settings) {
    return clients.start(
        Queued.class,
        (job, context) -> {
          started.release();
          go.acquire();
        },
        settings);
  }

  /** Returns when the client has worked a job that was inserted after all others. */
  private void settle(Cairn client) {
    InsertOptions marker = InsertOptions.defaults().withQueue("marker");
    clients.await(client.insert(new Queued(0), marker).id(), JobState.COMPLETED);
  }

  @Test
  void aPausedQueueIsWorkedAgainAsSoonAsItIsResumed() {
    Cairn client = start();
    assertThat(client.queues().pause("default")).isTrue();

    long id = client.insert(new Queued(1)).id();
    assertThat(client.queues().find("default").orElseThrow().isPaused()).isTrue();
    settle(client);
    assertThat(client.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);

    assertThat(client.queues().resume("default")).isTrue();
    clients.await(id, JobState.COMPLETED);
  }

  @Test
  void whoHasPausedAQueueIsRecordedBesideItsMetadata() {
    Cairn client = start();
    String metadata = "{\"fine\": 0.12345678901234567890}";
    client.queues().update("default", metadata);

    assertThat(client.queues().pause("default", "ada", "the bank is down")).isTrue();

    QueueRow paused = client.queues().find("default").orElseThrow();
    assertThat(paused.pausedBy()).isEqualTo("ada");
    assertThat(paused.pauseReason()).isEqualTo("the bank is down");
    assertThat(paused.metadata()).contains("0.12345678901234567890");
    assertThat(client.queues().pause("default", "bob", null)).isTrue();
    assertThat(client.queues().find("default").orElseThrow().pausedBy()).isEqualTo("bob");
    assertThat(client.queues().find("default").orElseThrow().pauseReason()).isNull();
    client.queues().resume("default");
    QueueRow resumed = client.queues().find("default").orElseThrow();
    assertThat(resumed.pausedBy()).isNull();
    assertThat(resumed.metadata()).isEqualTo(metadata);
    assertThat(client.queues().pause("nowhere", "ada", null)).isFalse();
    assertThat(client.queues().pause("*", "ada", null)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.queues().pause("default", "ada", "x".repeat(1_001)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.queues().pause("default", "x".repeat(201), null));
  }

  @Test
  void allAreResumedTogether() {
    Cairn client = start();
    client.queues().pauseAll();
    long id = client.insert(new Queued(1)).id();

    client.queues().resumeAll();

    clients.await(id, JobState.COMPLETED);
    assertThat(client.queues().list()).noneMatch(QueueRow::isPaused);
  }

  @Test
  void aQueueThatNobodyKnowsIsSaidSo() {
    Cairn client = clients.inserter();

    assertThat(client.queues().pause("nowhere")).isFalse();
    assertThat(client.queues().resume("nowhere")).isFalse();
    assertThat(client.queues().update("nowhere", "{}")).isEmpty();
    assertThat(client.queues().find("nowhere")).isEmpty();
  }

  @Test
  void theNameOfAllQueuesIsNoQueue() throws SQLException {
    Cairn client = start();

    assertThat(client.queues().pause("*")).isFalse();
    try (Connection connection = database.dataSource().getConnection()) {
      assertThat(client.queues().pause(connection, "*")).isFalse();
    }
    assertThat(client.queues().list()).isNotEmpty().noneMatch(QueueRow::isPaused);

    client.queues().pause("default");
    assertThat(client.queues().resume("*")).isFalse();
    try (Connection connection = database.dataSource().getConnection()) {
      assertThat(client.queues().resume(connection, "*")).isFalse();
    }
    assertThat(client.queues().find("default").orElseThrow().isPaused()).isTrue();
  }

  @Test
  void queuesAreAddedAndRemovedWhileTheClientRuns() {
    Cairn client = start();
    long waiting = client.insert(new Queued(1), InsertOptions.defaults().withQueue("late")).id();

    client.queues().add("late", 2);
    clients.await(waiting, JobState.COMPLETED);
    assertThat(client.queues().remove("late")).isTrue();
    assertThat(client.queues().remove("late")).isFalse();
    long left = client.insert(new Queued(2), InsertOptions.defaults().withQueue("late")).id();
    settle(client);

    assertThat(client.jobs().find(left).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.queues().add("default", 1))
        .withMessageContaining("twice");
    assertThatIllegalArgumentException().isThrownBy(() -> client.queues().add("x", 0));
  }

  @Test
  void aStartedClientWithoutQueuesIsStartedStill() {
    Cairn client = start();
    assertThat(client.queues().remove("default")).isTrue();

    client.start();

    assertThat(client.status().phase()).isEqualTo(ClientStatus.Phase.STARTED);
  }

  @Test
  void aClientWithoutWorkersTakesNoQueue() {
    Cairn client = clients.build(CairnBuilder::onlyKnownKinds);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.queues().add("late", 1))
        .withMessageContaining("'late'")
        .withMessageContaining("[CAIRN-106]");
    assertThat(client.status().queues()).isEmpty();
  }

  @Test
  void aRemovedQueueLetsItsJobsEnd() throws InterruptedException {
    var started = new Semaphore(0);
    var go = new Semaphore(0);
    Cairn client = startHeld(started, go, builder -> builder);
    long id = client.insert(new Queued(1)).id();
    started.acquire();

    client.queues().remove("default");
    go.release();

    clients.await(id, JobState.COMPLETED);
  }

  /** The limit of a queue may protect what its jobs use, so jobs that still run count. */
  @Test
  void jobsThatStillRunCountIfTheirQueueIsAddedAgain() throws InterruptedException {
    var started = new Semaphore(0);
    var go = new Semaphore(0);
    Cairn client = startHeld(started, go, builder -> builder.queue("limited", 2));
    var limited = InsertOptions.defaults().withQueue("limited");
    long first = client.insert(new Queued(1), limited).id();
    long second = client.insert(new Queued(2), limited).id();
    started.acquire(2);

    client.queues().remove("limited");
    client.queues().add("limited", QueueOptions.of(1));
    long third = client.insert(new Queued(3), limited).id();

    assertThat(client.status().queues().get("limited"))
        .extracting(QueueStatus::maxWorkers, QueueStatus::running)
        .containsExactly(1, 2);
    go.release();
    clients.awaitJob(
        first,
        job ->
            assertThat(List.of(job.state(), client.jobs().find(second).orElseThrow().state()))
                .contains(JobState.COMPLETED));
    assertThat(started.availablePermits()).as("one runs, as many as may").isZero();
    go.release();
    started.acquire();
    go.release();
    clients.await(third, JobState.COMPLETED);
  }

  @Test
  void metadataIsReplaced() throws SQLException {
    Cairn client = start();

    assertThat(client.queues().update("default", "{\"owner\":\"ada\"}").orElseThrow().metadata())
        .isEqualTo("{\"owner\": \"ada\"}");
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.queues().update(connection, "default", "{}");
      client.queues().pause(connection, "default");
      client.queues().resume(connection, "default");
      client.queues().pause(connection, "default");
      connection.rollback();
    }
    assertThat(client.queues().find("default").orElseThrow())
        .satisfies(queue -> {
          assertThat(queue.metadata()).contains("ada");
          assertThat(queue.isPaused()).isFalse();
        });
    assertThatIllegalArgumentException().isThrownBy(() -> client.queues().update("default", "7"));
    String longer = "{\"notes\": \"%s\"}".formatted("n".repeat(20_000));
    assertThat(client.queues().update("default", longer).orElseThrow().metadata())
        .as("more than a notification can hold")
        .isEqualTo(longer);
  }

  @Test
  void allArePausedWithTheCallersTransactionOrNotAtAll() throws SQLException {
    Cairn client = start();
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.queues().pauseAll(connection);

      assertThat(client.queues().list(connection)).allMatch(QueueRow::isPaused);
      assertThat(client.queues().find(connection, "default").orElseThrow().isPaused()).isTrue();
      assertThat(client.queues().find("default").orElseThrow().isPaused()).isFalse();
      connection.rollback();
      assertThat(client.queues().list()).noneMatch(QueueRow::isPaused);

      client.queues().pauseAll();
      client.queues().resumeAll(connection);
      assertThat(client.queues().find("default").orElseThrow().isPaused()).isTrue();
      connection.commit();
    }
    assertThat(client.queues().list()).noneMatch(QueueRow::isPaused);
  }

  /** Whoever holds a queue may change another one afterwards, or wait for the client itself. */
  @Test
  void queuesAreRecordedWithoutWaitingForWhoeverChangesOne() throws Exception {
    database.execute(
        """
        INSERT INTO river_queue (name, created_at, updated_at, metadata)
        SELECT name, now() - interval '1 day', now() - interval '2 hours', '{"a": 1}'
        FROM unnest('{bulk,mail,gone}'::text[]) AS queue (name)
        """);
    QueueStore queues = PostgresStores.of(database.dataSource(), database.schema()).queues();
    Set<String> names = Set.of("bulk", "mail", "gone", "new");

    try (Connection holder = database.dataSource().getConnection();
        var statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      assertThat(queues.in(holder).pause("mail", null, null)).isEqualTo(1);
      statement.execute("DELETE FROM river_queue WHERE name = 'gone'");
      assertThat(CompletableFuture.supplyAsync(() -> queues.touch(names)).get(20, SECONDS))
          .as("all were recorded")
          .isFalse();
      assertThat(queues.in(holder).pause("bulk", null, null)).isEqualTo(1);
      holder.commit();
    }

    assertThat(recordedLately()).containsExactly("bulk", "mail", "new");
    assertThat(queues.touch(names)).as("all were recorded").isTrue();
    assertThat(recordedLately()).containsExactly("bulk", "gone", "mail", "new");
    assertThat(queues.find("bulk").orElseThrow())
        .satisfies(bulk -> {
          assertThat(bulk.isPaused()).isTrue();
          assertThat(bulk.metadata()).isEqualTo("{\"a\": 1}");
          assertThat(bulk.createdAt()).isBefore(bulk.updatedAt().minus(Duration.ofHours(12)));
        });
    assertThat(queues.find("new").orElseThrow().metadata()).isEqualTo("{}");
    database.execute("DELETE FROM river_queue WHERE name IN ('bulk', 'mail', 'gone', 'new')");
  }

  private static List<String> recordedLately() {
    return database
        .query(
            """
            SELECT name FROM river_queue
            WHERE name IN ('bulk', 'mail', 'gone', 'new') AND updated_at > now() - interval '1 hour'
            ORDER BY name
            """)
        .stream()
        .map(row -> String.valueOf(row.get("name")))
        .toList();
  }

  /** Or nobody could pause it, or see it, for the next ten minutes. */
  @Test
  void aQueueThatIsDeletedWhenItIsAddedIsRecordedSoonAfterwards() throws Exception {
    Cairn client = start();
    database.execute(
        "INSERT INTO river_queue (name, updated_at) VALUES ('late', now() - interval '2 days')");

    try (Connection holder = database.dataSource().getConnection();
        var statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("DELETE FROM river_queue WHERE name = 'late'");
      CompletableFuture.runAsync(() -> client.queues().add("late", 1)).get(20, SECONDS);
      holder.commit();
    }

    await().atMost(Duration.ofMinutes(1)).until(() -> client.queues().find("late").isPresent());
  }

  /** Or it would be worked again when its clients come back. */
  @Test
  void aPausedQueueIsNotForgottenHoweverLongNobodyWorksIt() {
    database.execute(
        """
        INSERT INTO river_queue (name, created_at, updated_at, paused_at)
        VALUES ('paused for long', now(), now() - interval '30 days', now() - interval '30 days'),
          ('unused for long', now(), now() - interval '30 days', NULL)
        """);

    PostgresStores.of(database.dataSource(), database.schema())
        .queues()
        .clean(Duration.ofDays(1), 1_000);

    assertThat(clients.inserter().queues().find("paused for long")).isPresent();
    assertThat(clients.inserter().queues().find("unused for long")).isEmpty();
    database.execute("DELETE FROM river_queue WHERE name = 'paused for long'");
  }

  /** The statement with which a leader of River for Go deletes queues. */
  private static void deleteAsRiverDoes() {
    database.execute(
        """
        DELETE FROM river_queue
        WHERE name IN (
          SELECT name FROM river_queue
          WHERE updated_at < now() - interval '24 hours'
          ORDER BY name LIMIT 10000
        )
        """);
  }

  @Test
  void aPausedQueueThatNobodyWorksIsNotForgottenByALeaderOfRiverForGo() throws SQLException {
    database.execute(
        """
        INSERT INTO river_queue (name, created_at, updated_at, paused_at, metadata)
        VALUES ('paused', now(), now() - interval '23 hours', now() - interval '23 hours', '{"a": 1}'),
          ('held', now(), now() - interval '23 hours', now() - interval '23 hours', '{}'),
          ('just paused', now(), now() - interval '50 minutes', now(), '{}'),
          ('unused', now(), now() - interval '23 hours', NULL, '{}')
        """);
    QueueStore queues = PostgresStores.of(database.dataSource(), database.schema()).queues();
    String justPaused = "SELECT updated_at::text FROM river_queue WHERE name = 'just paused'";
    String before = database.text(justPaused);

    try (Connection holder = database.dataSource().getConnection();
        var statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SELECT FROM river_queue WHERE name = 'held' FOR UPDATE");
      queues.keepPaused();
      holder.rollback();
    }
    assertThat(database.text(justPaused)).as("not written for nothing").isEqualTo(before);
    // Two more hours without a client that works the queue.
    database.execute("UPDATE river_queue SET updated_at = updated_at - interval '2 hours'");
    deleteAsRiverDoes();

    assertThat(queues.find("paused").orElseThrow().isPaused()).isTrue();
    assertThat(queues.find("paused").orElseThrow().metadata()).isEqualTo("{\"a\": 1}");
    assertThat(queues.find("just paused")).isPresent();
    assertThat(queues.find("unused")).isEmpty();
    assertThat(queues.find("held")).as("next time").isEmpty();
    database.execute("DELETE FROM river_queue WHERE name LIKE '%paused'");
  }
}
