package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InterceptedCalls;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A commit that fails has happened or not, and only the database knows. It is no failure of an
 * item, unless the database refuses the rows.
 */
class FailedCommitTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final long ITEMS = 12;

  /** Commits of the worker's transactions so far. */
  private final AtomicInteger commits = new AtomicInteger();

  @JobKind("committing")
  record Committing(String policy) {}

  static Stream<ItemPolicy> policies() {
    return Stream.of(ItemPolicy.retryJob(), ItemPolicy.skip(100), ItemPolicy.quarantine());
  }

  @BeforeEach
  void createTable() {
    database.execute("DROP TABLE IF EXISTS committed");
    database.execute("CREATE TABLE committed (item bigint)");
    database.execute("DELETE FROM cairn_quarantine");
  }

  /** What happens to a commit. */
  @FunctionalInterface
  private interface Fate {
    void around(InterceptedCalls.Call call) throws Throwable;
  }

  private JobRow run(Fate second, Program program) {
    DataSource source =
        intercepted((method, connection, call) -> {
          if (method.equals("commit") && commits.incrementAndGet() == 2) {
            second.around(call);
            return null;
          }
          return call.proceed();
        });
    Cairn client = client(source, program);
    client.start();
    try {
      return clients.await(client.insert(new Committing("x")).id(), JobState.COMPLETED);
    } finally {
      client.stop();
    }
  }

  /** Has a say in what happens to a connection. */
  @FunctionalInterface
  private interface OnConnection {
    @Nullable Object around(String method, Connection connection, InterceptedCalls.Call call)
        throws Throwable;
  }

  private static DataSource intercepted(OnConnection interceptor) {
    return InterceptedCalls.of(
        DataSource.class,
        database.dataSource(),
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof Connection connection
              ? InterceptedCalls.of(
                  Connection.class,
                  connection,
                  (each, inner) -> interceptor.around(each, connection, inner))
              : result;
        });
  }

  private static Cairn client(DataSource source, Program program) {
    return Cairn.builder(source)
        .schema(database.schema())
        .workers(
            Workers.builder()
                .register(Committing.class, (job, context) -> program.run(Steps.of(context)))
                .build())
        .queue("default", 1)
        .retryPolicy((job, failures) -> Duration.ofMillis(1))
        .build();
  }

  /** As PostgreSQL's own option, a pool's or a framework's. */
  @ParameterizedTest
  @ValueSource(strings = {"repeatable read", "serializable"})
  void aTransactionThatSeesTheDatabaseAsItWasIsRunAgain(String isolation) {
    var slow = new AtomicBoolean(true);
    DataSource source =
        intercepted((method, connection, call) -> {
          Object result = call.proceed();
          if (method.equals("setAutoCommit") && Boolean.FALSE.equals(call.firstArgument())) {
            try (var statement = connection.createStatement()) {
              statement.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
            }
          }
          return result;
        });
    Cairn client =
        client(
            source,
            steps ->
                steps.parallel(
                    "both",
                    branches -> {
                      var written = new CountDownLatch(1);
                      branches.add(
                          "rows",
                          branch -> {
                            branch.stepTx(
                                "insert",
                                connection -> {
                                  insert(connection, 1);
                                  if (slow.getAndSet(false)) {
                                    written.await();
                                  }
                                });
                          });
                      branches.add(
                          "steps",
                          branch -> {
                            branch.cursor("c", Long.class, 0L, cursor -> cursor.checkpoint(1L));
                            written.countDown();
                          });
                    }));
    client.start();
    try {
      JobRow job = clients.await(client.insert(new Committing("x")).id(), JobState.COMPLETED);

      assertThat(job.errors()).isEmpty();
      assertThat(job.metadata()).as("it was not interrupted").doesNotContain("interrupt");
    } finally {
      client.stop();
    }
    assertThat(rows()).containsExactly(1L);
  }

  @FunctionalInterface
  interface Program {
    void run(Steps steps) throws Exception;
  }

  private static void insert(Connection connection, long item) throws SQLException {
    try (var statement = connection.prepareStatement("INSERT INTO committed VALUES (?)")) {
      statement.setLong(1, item);
      statement.executeUpdate();
    }
  }

  private static void insertAll(Connection connection, List<Long> items) throws SQLException {
    for (long item : items) {
      insert(connection, item);
    }
  }

  private static List<Object> rows() {
    return database.query("SELECT item FROM committed ORDER BY item").stream()
        .map(row -> row.get("item"))
        .toList();
  }

  private static List<Object> all() {
    return LongStream.range(0, ITEMS).<Object>mapToObj(Long::valueOf).toList();
  }

  private static Program batches(ItemPolicy policy) {
    return steps ->
        steps
            .failedItems(policy)
            .forEachTx("rows", Sources.range(0, ITEMS), 4, FailedCommitTest::insertAll);
  }

  @ParameterizedTest
  @MethodSource("policies")
  void h1_aBatchWhoseCommitHasHappenedIsNotDoneAgain(ItemPolicy policy) {
    JobRow job =
        run(
            call -> {
              call.proceed();
              throw new SQLException("the answer is lost", "08006");
            },
            batches(policy));

    assertThat(rows()).isEqualTo(all());
    assertThat(job.errors()).isEmpty();
    assertThat(database.number("SELECT count(*) FROM cairn_quarantine")).isZero();
  }

  @ParameterizedTest
  @MethodSource("policies")
  void h1_aCommitThatHasNotHappenedIsNoItemsFailure(ItemPolicy policy) {
    JobRow job =
        run(
            call -> {
              throw new SQLException("the statement is lost", "08006");
            },
            batches(policy));

    assertThat(rows()).isEqualTo(all());
    assertThat(job.metadata()).as("the attempt was cut off").contains("\"cairn:outages\": 1");
    assertThat(database.number("SELECT count(*) FROM cairn_quarantine")).isZero();
  }

  static Stream<Program> transactions() {
    return Stream.concat(
        policies().map(FailedCommitTest::batches),
        Stream.of(
            steps -> {
              for (long item = 0; item < ITEMS; item++) {
                long next = item;
                steps.stepTx("row-" + item, connection -> insert(connection, next));
              }
            },
            FailedCommitTest::copyInTransactions));
  }

  /** PostgreSQL finds a collision of serializable transactions at the commit of one of them. */
  @ParameterizedTest
  @MethodSource("transactions")
  void r4_aTransactionThatCollidesAtItsCommitIsRunAgain(Program program) {
    JobRow job =
        run(
            call -> {
              throw new SQLException("could not serialize access", "40001");
            },
            program);

    assertThat(rows()).isEqualTo(all());
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors()).isEmpty();
    assertThat(job.metadata()).as("it was not cut off").doesNotContain("cairn:outages");
    assertThat(database.number("SELECT count(*) FROM cairn_quarantine")).isZero();
  }

  /** Item 5 has failed, was put aside, and is to be done again. */
  private long toBeDoneAgain() {
    JobRow job =
        run(
            InterceptedCalls.Call::proceed,
            steps ->
                steps
                    .failedItems(ItemPolicy.quarantine())
                    .forEachTx(
                        "rows",
                        Sources.range(0, ITEMS),
                        4,
                        (connection, items) -> {
                          insertAll(connection, items);
                          if (items.contains(5L)) {
                            throw new IllegalStateException("five");
                          }
                        }));
    assertThat(rows()).hasSize(11).doesNotContain(5L);
    clients.inserter().jobs().operator("ada").redrive(job.id());
    return job.id();
  }

  /** Does item 5 again, with a fate for its first commit. */
  private JobRow redrive(Fate ofCommit) {
    long id = toBeDoneAgain();
    var armed = new AtomicBoolean();
    DataSource source =
        intercepted((method, connection, call) -> {
          if (method.equals("commit") && armed.getAndSet(false)) {
            ofCommit.around(call);
            return null;
          }
          return call.proceed();
        });
    Cairn client = client(source, doneAgain(() -> armed.set(true)));
    client.start();
    try {
      return clients.await(id, JobState.COMPLETED);
    } finally {
      client.stop();
    }
  }

  /**
   * The program in which no item fails any more.
   *
   * @param beforeCommit is called once
   */
  private static Program doneAgain(Runnable beforeCommit) {
    var first = new AtomicBoolean(true);
    return steps ->
        steps
            .retrying(3, Duration.ofMillis(1))
            .failedItems(ItemPolicy.quarantine())
            .forEachTx(
                "rows",
                Sources.range(0, ITEMS),
                4,
                (connection, items) -> {
                  insertAll(connection, items);
                  if (first.getAndSet(false)) {
                    beforeCommit.run();
                  }
                });
  }

  @Test
  void h1_anItemDoneAgainWhoseCommitHasHappenedIsNotDoneTwice() {
    JobRow job =
        redrive(call -> {
          call.proceed();
          throw new SQLException("the answer is lost", "08006");
        });

    assertThat(rows()).isEqualTo(all());
    assertThat(job.errors()).isEmpty();
    assertThat(database.number("SELECT count(*) FROM cairn_quarantine")).isZero();
  }

  @Test
  void h1_anItemDoneAgainWhoseCommitHasNotHappenedIsDoneOnce() {
    JobRow job =
        redrive(call -> {
          throw new SQLException("the statement is lost", "08006");
        });

    assertThat(rows()).isEqualTo(all());
    assertThat(job.errors()).as("the step has failed, not the item").isEmpty();
    assertThat(database.number("SELECT count(*) FROM cairn_quarantine")).isZero();
  }

  /** As {@link #aCommitThatComesLateIsNotDoneTwice}. */
  @Test
  void h1_anItemDoneAgainWhoseCommitComesLateIsNotDoneTwice() throws Exception {
    long id = toBeDoneAgain();
    var late = new AtomicReference<@Nullable Connection>();
    var armed = new AtomicBoolean();
    Cairn client = client(lostOnTheWay(late, armed), doneAgain(() -> armed.set(true)));
    client.start();
    try {
      commitLate(late);
      assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
    } finally {
      client.stop();
    }
    assertThat(rows()).isEqualTo(all());
    assertThat(database.number("SELECT count(*) FROM cairn_quarantine")).isZero();
  }

  /** What is lost is the way to the database: whatever is called after that does not get there. */
  private static DataSource lostOnTheWay(
      AtomicReference<@Nullable Connection> late, AtomicBoolean armed) {
    return intercepted((method, connection, call) -> {
      if (Objects.equals(connection, late.get())) {
        return null;
      }
      if (method.equals("commit") && armed.getAndSet(false)) {
        late.set(connection);
        throw new SQLException("the connection is lost", "08006");
      }
      return call.proceed();
    });
  }

  /** Commits when somebody waits for it. */
  private static void commitLate(AtomicReference<@Nullable Connection> late) throws SQLException {
    await()
        .until(() ->
            database.number(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND datname = current_database()")
                > 0);
    try (Connection unanswered = Objects.requireNonNull(late.get())) {
      unanswered.commit();
    }
  }

  /** A synchronous standby is slow: the connection breaks, and the commit comes after that. */
  @Test
  void aCommitThatComesLateIsNotDoneTwice() throws Exception {
    var late = new AtomicReference<@Nullable Connection>();
    var armed = new AtomicBoolean();
    Cairn client =
        client(
            lostOnTheWay(late, armed),
            steps ->
                steps
                    .retrying(3, Duration.ofMillis(1))
                    .stepTx(
                        "rows",
                        connection -> {
                          insert(connection, 1);
                          armed.set(late.get() == null);
                        }));
    client.start();
    try {
      long id = client.insert(new Committing("x")).id();
      commitLate(late);
      assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
    } finally {
      client.stop();
    }
    assertThat(rows()).containsExactly(1L);
  }

  /**
   * As {@link #aCommitThatComesLateIsNotDoneTwice}, in a transaction of the worker's own: an
   * interrupt, that of a time limit for example, breaks its connection in the same way.
   *
   * @param isAround whether it is the step around that is tried again
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCommitOfTheWorkersOwnThatComesLateIsNotDoneTwice(boolean isAround) throws Exception {
    var late = new AtomicReference<@Nullable Connection>();
    var armed = new AtomicBoolean();
    DataSource source = lostOnTheWay(late, armed);
    Program copy =
        steps ->
            steps.cursor(
                "rows",
                Long.class,
                0L,
                cursor -> {
                  while (cursor.get() < 3) {
                    armed.set(cursor.get() == 1 && late.get() == null);
                    copyInOwnTransaction(source, cursor);
                  }
                });
    Cairn client =
        client(
            source,
            steps -> {
              Steps again = steps.retrying(3, Duration.ofMillis(1));
              if (isAround) {
                again.step("around", () -> copy.run(steps));
              } else {
                copy.run(again);
              }
            });
    client.start();
    try {
      long id = client.insert(new Committing("x")).id();
      commitLate(late);
      assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
    } finally {
      client.stop();
    }
    assertThat(rows()).containsExactly(1L, 2L, 3L);
  }

  private static void copyInOwnTransaction(DataSource source, Cursor<Long> cursor)
      throws SQLException {
    long next = cursor.get() + 1;
    try (Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, next);
      cursor.advanceTx(connection, next);
      connection.commit();
    }
  }

  @Test
  void aCursorWhoseCommitHasHappenedGoesOn() {
    JobRow job =
        run(
            call -> {
              call.proceed();
              throw new SQLException("the answer is lost", "08006");
            },
            FailedCommitTest::copyInTransactions);

    assertThat(rows()).isEqualTo(all());
    assertThat(job.errors()).isEmpty();
  }

  private static void copyInTransactions(Steps steps) throws Exception {
    steps.cursor(
        "rows",
        Long.class,
        0L,
        cursor -> {
          while (cursor.get() < ITEMS) {
            cursor.advanceInTransaction((connection, from) -> {
              insert(connection, from);
              return from + 1;
            });
          }
        });
  }

  private static final Set<String> OUTAGES = Set.of("08006", "57P01", "57P05");

  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(strings = {"08006", "25P03", "40P01", "57014", "57P01", "57P05"})
  void aStatementThatFailsForTheDatabasesReasonsIsNoItemsFailure(String state) {
    var failed = new AtomicInteger();

    JobRow job =
        run(
            InterceptedCalls.Call::proceed,
            steps ->
                steps
                    .failedItems(ItemPolicy.quarantine())
                    .forEachTx(
                        "rows",
                        Sources.range(0, ITEMS),
                        4,
                        (connection, items) -> {
                          insertAll(connection, items);
                          if (items.contains(5L)
                              && failed.incrementAndGet() <= (state.equals("40P01") ? 10 : 2)) {
                            throw new SQLException("on purpose", state);
                          }
                        }));

    assertThat(rows()).isEqualTo(all());
    // An outage of the database is no failure of the job's. A transaction that idles is.
    assertThat(job.errors().isEmpty()).isEqualTo(OUTAGES.contains(state));
    assertThat(database.number("SELECT count(*) FROM cairn_quarantine")).isZero();
  }

  /**
   * Seen before, with the first item: no transaction had written the row of the checkpoint, and
   * Cairn took that for one that was still open.
   */
  @ParameterizedTest
  @ValueSource(longs = {5, 0, 11})
  void aRowThatIsRefusedAtTheCommitIsPutAsideAlone(long refused) {
    database.execute("DROP TABLE IF EXISTS parent CASCADE");
    database.execute("CREATE TABLE parent (id bigint PRIMARY KEY)");
    database.execute(
        "INSERT INTO parent SELECT n FROM generate_series(0, 20) n WHERE n <> ?", refused);
    database.execute(
        "ALTER TABLE committed ADD FOREIGN KEY (item) REFERENCES parent DEFERRABLE INITIALLY DEFERRED");

    JobRow job = run(InterceptedCalls.Call::proceed, batches(ItemPolicy.quarantine()));

    assertThat(rows()).hasSize(11).doesNotContain(refused);
    assertThat(job.errors()).isEmpty();
    assertThat(database.query("SELECT position::text FROM cairn_quarantine"))
        .extracting(row -> row.get("position"))
        .hasSize(1);
  }
}
