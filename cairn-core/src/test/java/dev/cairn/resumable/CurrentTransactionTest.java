package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.AttemptError;
import dev.cairn.Cairn;
import dev.cairn.JobInsert;
import dev.cairn.JobInserter;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.resumable.ResumableJobs.Args;
import dev.cairn.source.Sources;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is done without a connection belongs to the transaction that the thread is in. */
class CurrentTransactionTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);
  private final OwnTransactions own = new OwnTransactions(database);

  @BeforeEach
  void clear() {
    effects.clear();
    database.execute("DELETE FROM %s.river_job".formatted(database.schema()));
  }

  private Cairn inserter() {
    return clients.build(builder -> builder.transactions(own));
  }

  private long inserted() {
    return database.number("SELECT count(*) FROM %s.river_job".formatted(database.schema()));
  }

  /** Code of an application in a transaction that is rolled back in the end. */
  private void rolledBack(Runnable code) {
    assertThatExceptionOfType(RollbackWanted.class)
        .isThrownBy(() ->
            own.run(connection -> {
              code.run();
              throw new RollbackWanted();
            }));
  }

  private static final class RollbackWanted extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @FunctionalInterface
  interface Insertion {
    void into(JobInserter inserter);
  }

  static Stream<Arguments> insertions() {
    List<JobInsert> one = List.of(JobInsert.of(new Args("one")));
    return Stream.of(
        Arguments.of("insert", (Insertion) it -> it.insert(new Args("one"))),
        Arguments.of("insertMany", (Insertion) it -> it.insertMany(one)),
        Arguments.of("insertManyFast", (Insertion) it -> it.insertManyFast(one)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("insertions")
  void anInsertionBelongsToTheTransactionOfItsThread(String name, Insertion insertion)
      throws Exception {
    Cairn client = inserter();

    rolledBack(() -> insertion.into(client));
    assertThat(inserted()).isZero();

    own.run(connection -> {
      insertion.into(client);
      assertThat(inserted()).isZero();
    });
    assertThat(inserted()).isOne();

    insertion.into(client);
    assertThat(inserted()).isEqualTo(2);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("insertions")
  void anInsertionOutsideStaysWhateverBecomesOfTheTransaction(String name, Insertion insertion) {
    Cairn client = inserter();

    rolledBack(() -> insertion.into(client.outside()));

    assertThat(inserted()).isOne();
  }

  @Test
  void aSignalBelongsToTheTransactionOfItsThread() {
    Cairn client = inserter();
    String signals =
        "SELECT count(*) FROM %s.cairn_signal WHERE name = 'paid'".formatted(database.schema());

    rolledBack(() -> client.signal("paid", 1));
    assertThat(database.number(signals)).isZero();

    rolledBack(() -> client.outside().signal("paid", 1));
    assertThat(database.number(signals)).isOne();
  }

  @Test
  void otherOperationsTakeTheConnectionOfTheTransaction() throws Exception {
    Cairn client = inserter();
    long id = client.insert(new Args("one")).id();

    rolledBack(() -> cancel(client, id));
    assertThat(client.jobs().find(id).map(JobRow::state)).contains(JobState.AVAILABLE);

    own.run(connection -> cancel(client, id));
    assertThat(client.jobs().find(id).map(JobRow::state)).contains(JobState.CANCELLED);
  }

  private static void cancel(Cairn client, long id) {
    try {
      Optional<JobRow> ignored =
          client.inCurrentTransaction(connection -> client.jobs().cancel(connection, id));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whereThereIsNoTransactionTheErrorSaysWhatIsMissing() {
    assertThatIllegalStateException()
        .isThrownBy(() -> inserter().inCurrentTransaction(connection -> true))
        .withMessageContaining("the thread is in none")
        .withMessageContaining("[CAIRN-331]");
    assertThatIllegalStateException()
        .isThrownBy(() -> clients.inserter().inCurrentTransaction(connection -> true))
        .withMessageContaining("no transaction runner")
        .withMessageContaining("[CAIRN-331]");
  }

  @Test
  void aRunnerIsToldOfWhatIsWrittenBesideATransactionAndOfNothingElse() throws Exception {
    var beside = new AtomicInteger();
    Cairn client =
        clients.build(builder ->
            builder.transactions(
                new TransactionRunner() {
                  @Override
                  public void run(Work work) throws Exception {
                    own.run(work);
                  }

                  @Override
                  public boolean join(Work work) {
                    return own.join(work);
                  }

                  @Override
                  public void writesBeside() {
                    beside.incrementAndGet();
                  }
                }));

    assertThatIllegalStateException()
        .isThrownBy(() -> client.inCurrentTransaction(connection -> true));
    client.outside().insert(new Args("one"));
    rolledBack(() -> client.insert(new Args("two")));
    assertThat(beside).hasValue(0);

    client.insert(new Args("three"));
    assertThat(beside).hasValue(1);
    client.signal("paid", 1);
    assertThat(beside).hasValue(2);
  }

  @Test
  void aCheckedExceptionComesBackAsItWasThrown() throws Exception {
    Cairn client = inserter();

    own.run(connection ->
        assertThatExceptionOfType(java.io.IOException.class)
            .isThrownBy(() ->
                client.inCurrentTransaction(it -> {
                  throw new java.io.IOException("gone");
                })));
  }

  /** How a runner joins. */
  @FunctionalInterface
  interface Joining {
    boolean join(OwnTransactions own, TransactionRunner.Work work) throws Exception;
  }

  static Stream<Arguments> brokenRunners() {
    return Stream.of(
        Arguments.of((Joining) (own, work) -> true, "without calling its work"),
        Arguments.of(
            (Joining)
                (own, work) -> {
                  own.join(work);
                  return false;
                },
            "without a transaction"),
        Arguments.of(
            (Joining)
                (own, work) -> {
                  own.join(work);
                  return own.join(work);
                },
            "twice"),
        Arguments.of(
            (Joining)
                (own, work) -> {
                  try (Connection committing = database.dataSource().getConnection()) {
                    work.run(committing);
                  }
                  return true;
                },
            "without a connection that has an open transaction"),
        Arguments.of(
            (Joining)
                (own, work) -> {
                  var told = new AtomicReference<RuntimeException>();
                  Thread elsewhere =
                      Thread.startVirtualThread(() -> {
                        try (Connection connection = database.dataSource().getConnection()) {
                          connection.setAutoCommit(false);
                          work.run(connection);
                        } catch (RuntimeException e) {
                          told.set(e);
                        } catch (java.sql.SQLException e) {
                          told.set(new IllegalStateException(e));
                        }
                      });
                  elsewhere.join();
                  throw told.get();
                },
            "on another thread"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("brokenRunners")
  void aRunnerThatJoinsBadlyIsToldSoAndNothingIsInserted(Joining joining, String message) {
    Cairn client = clients.build(builder -> builder.transactions(joiningLike(joining)));

    rolledBack(() ->
        assertThatIllegalStateException()
            .isThrownBy(() -> client.insert(new Args("one")))
            .withMessageContaining(message)
            .withMessageContaining("[CAIRN-327]"));

    assertThat(inserted()).isZero();
  }

  private TransactionRunner joiningLike(Joining joining) {
    return new TransactionRunner() {
      @Override
      public void run(Work work) throws Exception {
        own.run(work);
      }

      @Override
      public boolean join(Work work) {
        try {
          return joining.join(own, work);
        } catch (RuntimeException e) {
          throw e;
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  private JobRow complete(TransactionRunner runner, ResumableJobs.Code code) {
    Cairn client =
        jobs.start(
            code,
            builder ->
                builder.transactions(runner).retryPolicy((job, failures) -> Duration.ofMillis(1)));
    return clients.await(jobs.insert(client), JobState.COMPLETED);
  }

  @Test
  void r41_stepsWithoutAConnectionCommitWithWhatTheirBodyWrites() {
    var failures = new AtomicInteger();

    complete(
        own,
        (steps, context) -> {
          steps.stepTx("plain", () -> own.insert("plain"));
          String result =
              steps.stepTx(
                  "result",
                  String.class,
                  () -> {
                    own.insert("result");
                    return "result";
                  });
          steps.forEachTx(
              "items",
              Sources.range(0, 4),
              2,
              items -> {
                own.insert("item " + items);
                if (items.contains(2L) && failures.getAndIncrement() == 0) {
                  throw new IllegalStateException("once");
                }
              });
          own.run(connection -> effect(result + " again"));
        });

    assertThat(effects.all())
        .containsExactly("item [0, 1]", "item [2, 3]", "plain", "result", "result again");
  }

  private void effect(String note) {
    try {
      own.insert(note);
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void r41_aCursorAndAStepMoveInTheTransactionOfTheApplication() {
    var failures = new AtomicInteger();

    complete(
        own,
        (steps, context) -> {
          steps.cursor(
              "cursor",
              Long.class,
              0L,
              cursor -> {
                while (cursor.get() < 3) {
                  long next = cursor.get() + 1;
                  own.run(connection -> move(cursor, next, failures));
                }
              });
          steps.step("finish", () -> own.run(connection -> finish(steps)));
          if (failures.getAndIncrement() < 2) {
            throw new IllegalStateException("once more");
          }
        });

    assertThat(effects.all()).containsExactly("finish", "row 1", "row 2", "row 3");
  }

  private void move(Cursor<Long> cursor, long next, AtomicInteger failures) {
    effect("row " + next);
    unchecked(() -> cursor.advanceTx(next));
    if (next == 2 && failures.getAndIncrement() == 0) {
      throw new IllegalStateException("once");
    }
  }

  private void finish(Steps steps) {
    effect("finish");
    unchecked(() -> steps.finishTx("finish"));
  }

  private static void unchecked(StepBody body) {
    try {
      body.run();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<Arguments> needingATransaction() {
    return Stream.of(
        Arguments.of(
            "stepTx", (ResumableJobs.Code) (steps, context) -> steps.stepTx("step", () -> {})),
        Arguments.of(
            "forEachTx",
            (ResumableJobs.Code)
                (steps, context) -> steps.forEachTx("step", Sources.range(0, 1), 1, items -> {})),
        Arguments.of("advanceTx", ResumableJobs.cursorStep("step", cursor -> cursor.advanceTx(1L))),
        Arguments.of(
            "finishTx",
            (ResumableJobs.Code)
                (steps, context) -> steps.step("step", () -> steps.finishTx("step"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("needingATransaction")
  void r41_withoutARunnerTheAttemptFailsAndSaysWhatIsMissing(
      String method, ResumableJobs.Code code) {
    JobRow job = jobs.firstAttempt(code);

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors())
        .extracting(AttemptError::error)
        .singleElement()
        .asString()
        .contains(method + " without a connection in job " + job.id(), "[CAIRN-331]");
  }
}
