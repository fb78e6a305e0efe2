package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.AttemptError;
import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps that their body finishes in a transaction of its own making. */
class FinishTxTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);
  private final AtomicInteger runs = new AtomicInteger();

  @BeforeEach
  void clearEffects() {
    effects.clear();
    TestLogs.forget();
  }

  private JobRow complete(ResumableJobs.Code code) {
    Cairn client =
        jobs.start(code, builder -> builder.retryPolicy((job, failures) -> Duration.ofMillis(1)));
    return clients.await(jobs.insert(client), JobState.COMPLETED);
  }

  /** A step that inserts one row and finishes, in a transaction that ends in some way. */
  private StepBody settle(Steps steps, OwnTransactions.End end) {
    return () -> {
      runs.incrementAndGet();
      try (Connection connection = begin()) {
        Effects.insert(connection, "row");
        steps.finishTx("settle", connection);
        end.of(connection);
      }
    };
  }

  private static Connection begin() throws SQLException {
    Connection connection = database.dataSource().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  @Test
  void r42_aStepFinishesWithTheRowsOfItsTransaction() {
    JobRow job =
        complete((steps, context) -> {
          steps.step("settle", settle(steps, Connection::commit));
          if (context.job().attempt() == 1) {
            throw new IllegalStateException("own failure");
          }
        });

    assertThat(effects.all()).containsExactly("row");
    assertThat(runs).hasValue(1);
    assertThat(job.errors()).hasSize(1);
  }

  @Test
  void r42_aTransactionThatIsRolledBackFinishesNothing() {
    JobRow job =
        complete((steps, context) ->
            steps.step(
                "settle",
                settle(
                    steps,
                    connection -> {
                      if (runs.get() == 1) {
                        connection.rollback();
                        throw new IllegalStateException("out of stock");
                      }
                      connection.commit();
                    })));

    assertThat(effects.all()).containsExactly("row");
    assertThat(job.errors())
        .extracting(AttemptError::error)
        .singleElement()
        .asString()
        .contains("out of stock");
  }

  @Test
  void r42_aBodyThatReturnsWithoutTheCommitFails() {
    JobRow job =
        complete((steps, context) ->
            steps.step(
                "settle",
                settle(
                    steps,
                    connection -> {
                      if (runs.get() == 1) {
                        connection.rollback();
                      } else {
                        connection.commit();
                      }
                    })));

    assertThat(effects.all()).containsExactly("row");
    assertThat(job.errors())
        .extracting(AttemptError::error)
        .singleElement()
        .asString()
        .contains("step 'settle'", "finishTx", "is not committed");
  }

  @Test
  void r42_whatIsThrownAfterTheCommitDoesNotMakeTheStepHappenAgain() {
    JobRow job =
        complete((steps, context) ->
            steps
                .retrying(3, Duration.ofMillis(1))
                .step(
                    "settle",
                    settle(
                        steps,
                        connection -> {
                          connection.commit();
                          throw new SQLException("the answer is lost", "08006");
                        })));

    assertThat(effects.all()).containsExactly("row");
    assertThat(runs).hasValue(1);
    assertThat(job.errors()).isEmpty();
    assertThat(TestLogs.warnings("after its transaction was committed")).hasSize(1);
  }

  /** The connection breaks, and the commit comes when the step is tried again already. */
  @Test
  void r42_aCommitThatComesLateIsNotDoneTwice() throws Exception {
    var late = new AtomicReference<@Nullable Connection>();
    Cairn client =
        jobs.start((steps, context) ->
            steps
                .retrying(3, Duration.ofMillis(1))
                .step(
                    "settle",
                    () -> {
                      Connection connection = begin();
                      Effects.insert(connection, "row");
                      if (late.compareAndSet(null, connection)) {
                        steps.finishTx("settle", connection);
                        throw new IllegalStateException("the answer is lost");
                      }
                      try (connection) {
                        steps.finishTx("settle", connection);
                        connection.commit();
                      }
                    }));
    long id = jobs.insert(client);
    await()
        .until(() ->
            database.number(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND datname = current_database()")
                > 0);
    try (Connection unanswered = Objects.requireNonNull(late.get())) {
      unanswered.commit();
    }

    assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
    assertThat(effects.all()).containsExactly("row");
  }

  @Test
  void r42_aTransactionOfAJobThatWasTakenAwayIsRefused() {
    var refusals = new AtomicInteger();
    JobRow job =
        complete((steps, context) ->
            steps.step(
                "settle",
                () -> {
                  boolean first = runs.getAndIncrement() == 0;
                  try {
                    if (first) {
                      database.execute(
                          "UPDATE river_job SET state = 'available', attempt = 0, scheduled_at = now()"
                              + " WHERE id = ?",
                          context.job().id());
                    }
                    try (Connection connection = begin()) {
                      Effects.insert(connection, first ? "lost" : "row");
                      steps.finishTx("settle", connection);
                      connection.commit();
                    }
                  } catch (Throwable e) {
                    // Most often at finishTx; the pool, too, may see that the thread is
                    // interrupted.
                    refusals.incrementAndGet();
                    throw e;
                  }
                }));

    assertThat(refusals).hasValue(1);
    assertThat(effects.all()).containsExactly("row");
    assertThat(job.errors()).isEmpty();
  }

  static Stream<Arguments> misuses() {
    return Stream.of(
        Arguments.of("finishTx of job", misuse(Steps::finishTx)),
        Arguments.of(
            "names step 'settle', but 'other' runs",
            misuse((steps, name, connection) ->
                steps.step("other", () -> steps.finishTx(name, connection)))),
        Arguments.of(
            "has a result",
            misuse((steps, name, connection) ->
                steps.step(
                    name,
                    String.class,
                    () -> {
                      steps.finishTx(name, connection);
                      return "";
                    }))),
        Arguments.of(
            "has a result, a cursor",
            misuse((steps, name, connection) ->
                steps.cursor(name, Long.class, 0L, cursor -> steps.finishTx(name, connection)))));
  }

  /** Calls it where it must not be called. */
  @FunctionalInterface
  interface Misuse {
    void run(Steps steps, String name, Connection connection) throws Exception;
  }

  private static Misuse misuse(Misuse misuse) {
    return misuse;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("misuses")
  void r42_onlyTheStepThatRunsCanBeFinished(String error, Misuse misuse) {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          try (Connection connection = begin()) {
            misuse.run(steps, "settle", connection);
          }
        });

    assertThat(job.errors())
        .extracting(AttemptError::error)
        .singleElement()
        .asString()
        .contains(error);
  }
}
