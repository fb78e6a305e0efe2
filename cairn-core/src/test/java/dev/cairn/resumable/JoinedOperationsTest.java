package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.ObservedDataSource;
import dev.cairn.TestDatabase;
import dev.cairn.UniqueOptions;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.JobClient;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.Queues;
import dev.cairn.resumable.ResumableJobs.Args;
import dev.cairn.spi.TransactionRunner;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is done with jobs and queues belongs to the transaction that the thread is in. */
class JoinedOperationsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private final Transactions transactions = new Transactions(new OwnTransactions(database));

  /** Takes no connection on a thread that has one, as in a pool that is used up. */
  private final Cairn client =
      Cairn.builder(new ObservedDataSource(database.dataSource(), transactions::requireNone))
          .schema(database.schema())
          .transactions(transactions)
          .build();

  /** Transactions of an application, which may be read-only. Notes what it is asked. */
  private static final class Transactions implements TransactionRunner {
    private final OwnTransactions own;
    private int joined;
    private int beside;
    private boolean readOnly;
    private volatile @Nullable Thread alone;

    Transactions(OwnTransactions own) {
      this.own = own;
    }

    @Override
    public void run(Work work) throws Exception {
      own.run(work);
    }

    @Override
    public boolean join(Work work) {
      joined++;
      if (readOnly) {
        throw new IllegalStateException("the transaction is read-only");
      }
      return own.join(work);
    }

    @Override
    public boolean joinToRead(Work work) {
      joined++;
      return own.join(work);
    }

    @Override
    public void writesBeside() {
      beside++;
    }

    void requireNone() throws SQLException {
      if (Thread.currentThread().equals(alone)) {
        throw new SQLException("a second connection is taken", "53300");
      }
    }

    /** Runs code that must not take another connection. */
    void alone(Runnable code) {
      alone = Thread.currentThread();
      try {
        code.run();
      } finally {
        alone = null;
      }
    }
  }

  @AfterEach
  void stop() {
    client.stopNow();
  }

  @BeforeEach
  void clear() {
    for (String table :
        List.of("river_job", "river_queue", "cairn_checkpoint", "cairn_quarantine")) {
      database.execute("DELETE FROM %s.%s".formatted(database.schema(), table));
    }
  }

  /** A call for one job, whose result says nothing or what it has seen. */
  @FunctionalInterface
  interface Call {
    Object on(JobClient client, long id);
  }

  /**
   * Something that writes.
   *
   * @param state of the job before, in which the call changes something
   */
  record Writing(JobState state, Call call) {
    @Override
    public String toString() {
      return signature(methodOf(call));
    }
  }

  private static Writing writing(Call call) {
    return new Writing(JobState.AVAILABLE, call);
  }

  private static Writing writing(JobState state, Call call) {
    return new Writing(state, call);
  }

  private static JobQuery only(long id) {
    return JobQuery.all().withIds(Set.of(id));
  }

  private static JobOperator ada(JobClient client) {
    return client.jobs().operator("ada").because("test");
  }

  static Stream<Writing> writings() {
    return Stream.of(
        writing((it, id) -> it.jobs().cancel(id)),
        writing((it, id) -> it.jobs().cancelMany(only(id))),
        writing(JobState.DISCARDED, (it, id) -> it.jobs().retry(id)),
        writing(JobState.DISCARDED, (it, id) -> it.jobs().retryMany(only(id))),
        writing((it, id) -> it.jobs().update(id, JobUpdate.nothing().withOutput("x"))),
        writing((it, id) -> it.jobs().delete(id)),
        writing((it, id) -> it.jobs().deleteMany(only(id))),
        writing(JobState.RUNNING, (it, id) -> ada(it).interrupt(id)),
        writing((it, id) -> ada(it).update(id, JobUpdate.nothing().withPriority(2))),
        writing((it, id) -> ada(it).pause(id)),
        writing(JobState.PENDING, (it, id) -> ada(it).resume(id)),
        writing((it, id) -> ada(it).cancel(id)),
        writing((it, id) -> ada(it).cancelMany(only(id))),
        writing(JobState.DISCARDED, (it, id) -> ada(it).retry(id)),
        writing(JobState.DISCARDED, (it, id) -> ada(it).retryMany(only(id))),
        writing((it, id) -> ada(it).rewindToStep(id, "one")),
        writing((it, id) -> ada(it).rewindCursor(id, "one", "1")),
        writing((it, id) -> ada(it).runAgainFrom(id, "one")),
        writing((it, id) -> ada(it).skipStep(id, "one")),
        writing((it, id) -> ada(it).skipStep(id, "one", "7")),
        writing((it, id) -> ada(it).restart(id)),
        writing((it, id) -> ada(it).redrive(id)),
        writing((it, id) -> it.queues().pause("mail")),
        writing((it, id) -> it.queues().pause("mail", "ada", "test")),
        writing((it, id) -> done(it.queues()::pauseAll)),
        writing((it, id) -> it.queues().resume("mail")),
        writing((it, id) -> done(it.queues()::resumeAll)),
        writing((it, id) -> it.queues().update("mail", "{\"a\": 1}")));
  }

  private static boolean done(Runnable code) {
    code.run();
    return true;
  }

  /** Something that reads, and says whether it sees the job or the queue {@code mail}. */
  record Reading(Call call) {
    @Override
    public String toString() {
      return signature(methodOf(call));
    }
  }

  static Stream<Reading> readings() {
    return Stream.<Call>of(
            (it, id) -> it.jobs().find(id).isPresent(),
            (it, id) -> it.jobs().progress(id).isPresent(),
            (it, id) -> !it.jobs().list(only(id)).jobs().isEmpty(),
            (it, id) -> !it.jobs().countByState().isEmpty(),
            (it, id) -> !it.jobs().countByState(7).isEmpty(),
            (it, id) -> !it.jobs().quarantined(id).isEmpty(),
            (it, id) -> !it.jobs().quarantined(id, 7).isEmpty(),
            (it, id) -> !it.queues().list().isEmpty(),
            (it, id) -> it.queues().find("mail").isPresent(),
            (it, id) -> !it.queues().backlog().queues().isEmpty())
        .map(Reading::new);
  }

  /** A job with a step and an item that was put aside, and a queue. */
  private static final String INSERT =
      """
      WITH queue AS (
        INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('mail', now())
      ), job AS (
        INSERT INTO {schema}.river_job (kind, args, queue, state, finalized_at, attempted_by,
          attempted_at, attempt, max_attempts)
        SELECT 'resumable', '{}', 'mail', state,
          CASE WHEN state = 'discarded' THEN now() END, ARRAY['somebody'], now(), 1, 25
        FROM (SELECT ?::{schema}.river_job_state AS state) AS given
        RETURNING id
      ), checkpoint AS (
        INSERT INTO {schema}.cairn_checkpoint
          (job_id, name, position, finished, value, claimed_at, sequence)
        SELECT id, 'one', 0, false, '0', now(), 1 FROM job
      ), quarantine AS (
        INSERT INTO {schema}.cairn_quarantine (job_id, step, item, position, error)
        SELECT id, 'one', 'x', '0', 'x' FROM job
      )
      SELECT id FROM job
      """;

  private static String insertion() {
    return INSERT.replace("{schema}", database.schema());
  }

  private static long insert(JobState state) {
    return database.number(insertion(), state.label());
  }

  private static long insert(Connection connection) {
    try (var insert = connection.prepareStatement(insertion())) {
      insert.setString(1, JobState.AVAILABLE.label());
      try (var rows = insert.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All that is committed. */
  private static List<List<Map<String, @Nullable Object>>> rows() {
    return Stream.of("river_job", "river_queue", "cairn_checkpoint", "cairn_quarantine")
        .map(table ->
            database.query(
                "SELECT row::text AS text FROM %s.%s AS row ORDER BY text"
                    .formatted(database.schema(), table)))
        .toList();
  }

  /** Code of an application in a transaction that is rolled back in the end. */
  private void rolledBack(TransactionRunner.Work code) {
    assertThatExceptionOfType(RollbackWanted.class)
        .isThrownBy(() ->
            transactions.run(connection -> {
              code.run(connection);
              throw new RollbackWanted();
            }));
  }

  private static final class RollbackWanted extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writings")
  void aRollbackTakesItBack(Writing writing) {
    long id = insert(writing.state());
    var before = rows();

    rolledBack(connection -> transactions.alone(() -> writing.call().on(client, id)));

    assertThat(rows()).isEqualTo(before);
    assertThat(transactions.beside).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writings")
  void itIsDoneWithTheCommit(Writing writing) throws Exception {
    long id = insert(writing.state());
    var before = rows();

    transactions.run(connection -> {
      transactions.alone(() -> writing.call().on(client, id));
      assertThat(rows()).isEqualTo(before);
    });

    assertThat(rows()).isNotEqualTo(before);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writings")
  void withoutATransactionItIsDoneAtOnceAndTheRunnerIsTold(Writing writing) {
    long id = insert(writing.state());
    var before = rows();

    Object ignored = writing.call().on(client, id);

    assertThat(rows()).isNotEqualTo(before);
    assertThat(transactions.beside).isEqualTo(1);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writings")
  void outsideItStaysWhateverBecomesOfTheTransaction(Writing writing) {
    long id = insert(writing.state());
    var before = rows();

    rolledBack(connection -> writing.call().on(client.outside(), id));

    assertThat(rows()).isNotEqualTo(before);
    assertThat(transactions.joined).isZero();
    assertThat(transactions.beside).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writings")
  void aReadOnlyTransactionRefusesIt(Writing writing) throws Exception {
    long id = insert(writing.state());
    var before = rows();
    transactions.readOnly = true;

    transactions.run(connection ->
        assertThatIllegalStateException()
            .isThrownBy(() -> writing.call().on(client, id))
            .withMessage("the transaction is read-only"));

    assertThat(rows()).isEqualTo(before);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readings")
  void aReadingSeesTheTransactionOfItsThreadEvenIfThatIsReadOnly(Reading reading) {
    transactions.readOnly = true;
    rolledBack(connection -> {
      long id = insert(connection);
      transactions.alone(() -> assertThat(reading.call().on(client, id)).isEqualTo(true));
      assertThat(reading.call().on(client.outside(), id)).isEqualTo(false);
    });

    assertThat(reading.call().on(client, 1)).isEqualTo(false);
    assertThat(reading.call().on(client, insert(JobState.AVAILABLE))).isEqualTo(true);
    assertThat(transactions.beside).isZero();
  }

  @Test
  void anOperatorActsInTheTransactionOfEachOperation() throws Exception {
    long id = insert(JobState.AVAILABLE);
    JobOperator before = client.jobs().operator("ada");
    var within = new AtomicReference<@Nullable JobOperator>();

    rolledBack(connection -> {
      Optional<JobRow> ignored = before.cancel(id);
      within.set(client.jobs().operator("ada"));
    });
    assertThat(client.jobs().find(id).map(JobRow::state)).contains(JobState.AVAILABLE);

    assertThat(Objects.requireNonNull(within.get()).cancel(id).map(JobRow::state))
        .contains(JobState.CANCELLED);
  }

  /** It says so in a statement that fails, so the transaction can do nothing more. */
  @Test
  void aRetryWhoseKeyIsTakenAtThatMomentIsTakenBackWithItsTransaction() throws Exception {
    InsertOptions unique =
        InsertOptions.defaults().withUnique(UniqueOptions.byKind().untilFinished());
    long id = client.insert(new Args("one"), unique).id();
    Optional<JobRow> cancelled = client.jobs().cancel(id);
    assertThat(cancelled.map(JobRow::state)).contains(JobState.CANCELLED);

    try (Connection other = database.dataSource().getConnection()) {
      other.setAutoCommit(false);
      client.insertMany(other, List.of(JobInsert.of(new Args("other"), unique)));
      Thread committing = Thread.startVirtualThread(() -> commitWhenSomebodyWaits(other));
      rolledBack(connection -> {
        long note = client.insert(new Args("note")).id();
        assertThatIllegalStateException()
            .isThrownBy(() -> client.jobs().retry(id))
            .withMessageContaining("[CAIRN-405]");
        assertThatExceptionOfType(CairnException.class)
            .isThrownBy(() -> client.jobs().find(note))
            .withMessageContaining("current transaction is aborted");
      });
      committing.join();
    }

    assertThat(client.jobs().list(JobQuery.all()).jobs())
        .extracting(JobRow::state)
        .containsExactly(JobState.CANCELLED, JobState.AVAILABLE);
  }

  private static void commitWhenSomebodyWaits(Connection connection) {
    await()
        .until(() ->
            database.number(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND cardinality(pg_blocking_pids(pid)) > 0")
                > 0);
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the tests above need not try. */
  private static final Map<String, String> EXEMPT =
      Map.of(
          "Jobs.operator(String)", "its methods are tried",
          "JobOperator.because(String)", "gives an operator",
          "Queues.add(String, int)", "changes only this client",
          "Queues.add(String, QueueOptions)", "changes only this client",
          "Queues.remove(String)", "changes only this client");

  @Test
  void noMethodIsForgotten() {
    Set<String> tried =
        Stream.concat(writings().map(Writing::call), readings().map(Reading::call))
            .map(call -> signature(methodOf(call)))
            .collect(Collectors.toSet());

    Set<String> all =
        Stream.of(Jobs.class, JobOperator.class, Queues.class)
            .flatMap(type -> Arrays.stream(type.getMethods()))
            .filter(method -> !Modifier.isStatic(method.getModifiers()) && !takesConnection(method))
            .map(JoinedOperationsTest::signature)
            .filter(method -> !EXEMPT.containsKey(method))
            .collect(Collectors.toSet());

    assertThat(tried).isEqualTo(all);
  }

  /** As their javadoc says. */
  @Test
  void eachMethodOfJobsAndQueuesAlsoExistsForAConnection() {
    for (Class<?> type : List.of(Jobs.class, Queues.class)) {
      Set<String> withConnection =
          Arrays.stream(type.getMethods())
              .filter(JoinedOperationsTest::takesConnection)
              .map(method ->
                  signature(method).replace("(Connection, ", "(").replace("(Connection)", "()"))
              .collect(Collectors.toSet());

      assertThat(
              Arrays.stream(type.getMethods())
                  .filter(method -> !takesConnection(method))
                  .map(JoinedOperationsTest::signature)
                  .filter(method -> !method.matches("Queues.(add|remove)\\(.*")))
          .hasSameElementsAs(withConnection);
    }
  }

  private static boolean takesConnection(Method method) {
    return method.getParameterCount() > 0 && method.getParameterTypes()[0] == Connection.class;
  }

  private static String signature(Method method) {
    return "%s.%s(%s)"
        .formatted(
            method.getDeclaringClass().getSimpleName(),
            method.getName(),
            Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ")));
  }

  /** The last method that a call uses, found with a client that does nothing. */
  private static Method methodOf(Call call) {
    var last = new AtomicReference<@Nullable Method>();
    Object ignored = call.on(idle(JobClient.class, last), 1);
    return Objects.requireNonNull(last.get());
  }

  private static <T> T idle(Class<T> type, AtomicReference<@Nullable Method> last) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              last.set(method);
              return nothing(method.getReturnType(), last);
            }));
  }

  private static @Nullable Object nothing(Class<?> type, AtomicReference<@Nullable Method> last) {
    if (type == Jobs.class || type == JobOperator.class || type == Queues.class) {
      return idle(type, last);
    }
    Map<Class<?>, Object> values =
        Map.of(
            Optional.class,
            Optional.empty(),
            List.class,
            List.of(),
            Map.class,
            Map.of(),
            JobPage.class,
            new JobPage(List.of(), Optional.empty()),
            Backlog.class,
            new Backlog(List.of(), 0, 0, true),
            boolean.class,
            false);
    return values.get(type);
  }
}
