package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** When and how often the queues are told of jobs that were inserted in callers' transactions. */
class InsertNoticesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger failing = new AtomicInteger();
  private final AtomicBoolean hanging = new AtomicBoolean();
  private final CountDownLatch released = new CountDownLatch(1);
  private final Cairn client =
      Cairn.builder(
              InterceptedStatements.of(
                  database.dataSource(),
                  (purpose, call) -> {
                    if (purpose.equals("notify queues of new jobs")) {
                      asked.incrementAndGet();
                      if (failing.getAndUpdate(left -> Math.max(left - 1, 0)) > 0) {
                        throw new SQLException("on purpose", "57014");
                      }
                      if (hanging.get()) {
                        released.await();
                      }
                    }
                    return call.proceed();
                  }))
          .schema(database.schema())
          .build();
  private final List<Connection> connections = new ArrayList<>();
  private final Set<String> heard = new HashSet<>();
  private Connection ear;

  @JobKind("told")
  record Told(String name) {}

  InsertNoticesTest() throws SQLException {
    ear = database.dataSource().getConnection();
  }

  @BeforeEach
  void listen() throws SQLException {
    try (var statement = ear.createStatement()) {
      statement.execute("LISTEN \"%s.river_insert\"".formatted(database.schema()));
    }
  }

  @AfterEach
  void close() throws SQLException {
    ear.close();
    for (Connection connection : connections) {
      connection.close();
    }
  }

  /** As a program does that inserts some jobs and ends. */
  @Test
  void aClientThatIsClosedHasToldOfAllItsJobs() throws Exception {
    for (int number = 0; number < 20; number++) {
      client.insert(new Told("x"), InsertOptions.defaults().withQueue("closed_" + number));
    }
    Connection transaction = transaction();
    insert(transaction, "closed_tx");
    transaction.commit();

    client.close();

    // Nothing is told any more, as if the process had ended.
    failing.set(Integer.MAX_VALUE);
    // Notifications come in the order of their commits.
    database.query(
        "SELECT pg_notify(?, '{\"queue\": \"marker\"}')", database.schema() + ".river_insert");
    awaitHeard("marker");
    assertThat(heard)
        .containsAll(IntStream.range(0, 20).mapToObj(number -> "closed_" + number).toList())
        .contains("closed_tx");
  }

  @Test
  void aClientIsClosedThoughNobodyCanBeTold() throws Exception {
    hanging.set(true);
    client.insert(new Told("x"), InsertOptions.defaults().withQueue("first"));
    client.insert(new Told("x"), InsertOptions.defaults().withQueue("second"));

    client.close();

    released.countDown();
  }

  private Connection transaction() throws SQLException {
    Connection connection = database.dataSource().getConnection();
    connections.add(connection);
    connection.setAutoCommit(false);
    return connection;
  }

  private void insert(Connection transaction, String queue) {
    client.insert(transaction, new Told("x"), InsertOptions.defaults().withQueue(queue));
  }

  /** One of them comes so soon after another that it does not tell by itself. */
  private void insertUntilAsked(Connection transaction, String queue, int times) {
    for (int i = 0; i < 10_000 && asked.get() < times; i++) {
      insert(transaction, queue);
    }
    assertThat(asked.get()).isGreaterThanOrEqualTo(times);
  }

  private boolean isHeard(String queue) throws SQLException {
    PGNotification[] notifications = ear.unwrap(PGConnection.class).getNotifications(10);
    for (PGNotification notification : notifications) {
      heard.add(notification.getParameter().replaceAll(".*: ?\"(.*)\"}", "$1"));
    }
    return heard.contains(queue);
  }

  private void awaitHeard(String queue) {
    if (heard.contains(queue)) {
      return;
    }
    await().atMost(Duration.ofMinutes(1)).until(() -> isHeard(queue));
  }

  @Test
  void l4_eachTransactionIsToldOfWhenItIsCommittedAndNotBefore() throws SQLException {
    List<Connection> open = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Connection transaction = transaction();
      insert(transaction, "queue_" + i);
      open.add(transaction);
    }
    for (int i = 11; i >= 0; i--) {
      String queue = "queue_" + i;
      assertThat(isHeard(queue)).as("before its commit").isFalse();
      open.get(i).commit();
      awaitHeard(queue);
    }
  }

  @Test
  void l4_whatIsInsertedLaterInATransactionIsToldOfToo() throws SQLException {
    Connection transaction = transaction();
    for (int i = 0; i < 20; i++) {
      insert(transaction, "queue_" + i);
      // As the look for its end goes on.
      try (Connection another = database.dataSource().getConnection()) {
        insert(another, "of_another");
      }
    }
    transaction.commit();
    for (int i = 0; i < 20; i++) {
      awaitHeard("queue_" + i);
    }
  }

  @Test
  void l4_copiedJobsAreToldOfAfterTheCommit() throws SQLException {
    List<Connection> open = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Connection transaction = transaction();
      InsertOptions options = InsertOptions.defaults().withQueue("copied_" + i);
      client.insertManyFast(transaction, List.of(JobInsert.of(new Told("x"), options)));
      open.add(transaction);
    }
    for (int i = 0; i < 5; i++) {
      assertThat(isHeard("copied_" + i)).isFalse();
      open.get(i).commit();
      awaitHeard("copied_" + i);
    }
  }

  @Test
  void l4_nobodyIsToldOfWhatWasRolledBack() throws SQLException {
    List<Connection> open = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Connection transaction = transaction();
      insert(transaction, "undone_" + i);
      open.add(transaction);
    }
    for (Connection transaction : open) {
      transaction.rollback();
    }
    // The client asks for all of them before it tells of this one, or tells of it by itself.
    int before = asked.get();
    Connection last = transaction();
    insertUntilAsked(last, "done", before + 2);
    last.commit();
    awaitHeard("done");

    assertThat(heard).noneMatch(queue -> queue.startsWith("undone"));
  }

  @Test
  void aTransactionThatStaysOpenIsAskedForLessAndLessOften() throws SQLException {
    Connection transaction = transaction();
    insertUntilAsked(transaction, "stays_open", 1);
    int before = asked.get();
    long begin = System.nanoTime();
    await().until(() -> System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(1));

    assertThat(asked.get() - before).isBetween(1, 60);
    transaction.commit();
    awaitHeard("stays_open");
  }

  @Test
  void whatCouldNotBeToldIsToldLater() throws SQLException {
    failing.set(2);
    Connection transaction = transaction();
    int queues = 0;
    while (asked.get() == 0 && queues < 1_000) {
      insert(transaction, "late_" + queues++);
    }
    await().until(() -> failing.get() == 0);
    transaction.commit();
    for (int i = 0; i < queues; i++) {
      awaitHeard("late_" + i);
    }
  }

  @Test
  void whileTellingHangsInsertionsTellByThemselves() throws SQLException {
    hanging.set(true);
    Connection transaction = transaction();
    insertUntilAsked(transaction, "hangs", 1);
    try {
      for (int i = 0; i < 3; i++) {
        long begin = System.nanoTime();
        await().until(() -> System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(60));
        client.insert(new Told("x"), InsertOptions.defaults().withQueue("own_" + i));
        awaitHeard("own_" + i);
      }
    } finally {
      released.countDown();
    }
  }

  @Test
  void insertionsInTheirOwnTransactionsAreToldOfMeanwhile() throws SQLException {
    insert(transaction(), "any");
    insert(transaction(), "still_open");
    for (int i = 0; i < 5; i++) {
      client.insert(new Told("x"), InsertOptions.defaults().withQueue("own_" + i));
      awaitHeard("own_" + i);
    }
    assertThat(heard).doesNotContain("still_open");
  }

  /** Its thread is virtual, and waits for a processor as all of them do. */
  @Test
  void whileNobodyCanTellInsertionsTellByThemselves() throws SQLException {
    try (var busy = new BusyCarriers()) {
      assertThat(busy).isNotNull();
      Connection transaction = transaction();
      for (int i = 0; i < 200; i++) {
        // One of them comes so soon after another that somebody else is to tell.
        insert(transaction, "any");
      }
      long begin = System.nanoTime();
      await().until(() -> System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(60));
      client.insert(new Told("x"), InsertOptions.defaults().withQueue("alone"));

      awaitHeard("alone");
    }
  }
}
