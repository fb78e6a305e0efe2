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
import dev.cairn.source.Sources;
import dev.cairn.spi.TransactionRunner;
import dev.cairn.spi.TransactionRunner.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps in transactions that the application begins and commits, well or badly. */
class TransactionRunnerTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);
  private final OwnTransactions own = new OwnTransactions(database);

  /** Transactions that a runner has left open. */
  private final AtomicReference<@Nullable Connection> leftOpen = new AtomicReference<>();

  @BeforeEach
  void clearEffects() {
    effects.clear();
    TestLogs.forget();
  }

  @AfterEach
  void closeWhatWasLeftOpen() throws SQLException {
    Connection connection = leftOpen.get();
    if (connection != null) {
      connection.close();
    }
  }

  private Cairn client(TransactionRunner runner, ResumableJobs.Code code) {
    return jobs.start(
        code,
        builder ->
            builder
                .transactions(runner)
                .shutdownGrace(Duration.ofMillis(100))
                .retryPolicy((job, failures) -> Duration.ofMillis(1)));
  }

  private JobRow complete(TransactionRunner runner, ResumableJobs.Code code) {
    Cairn client = client(runner, code);
    return clients.await(jobs.insert(client), JobState.COMPLETED);
  }

  /** What a runner does in its first transaction; all others are as they should be. */
  @FunctionalInterface
  interface Misdeed {
    void run(OwnTransactions own, Work work) throws Exception;
  }

  /** A step that inserts one row, with a runner that misbehaves at first. */
  private JobRow settle(Misdeed first) {
    var calls = new AtomicInteger();
    return complete(
        work -> {
          if (calls.incrementAndGet() == 1) {
            first.run(own, work);
          } else {
            own.run(work);
          }
        },
        (steps, context) -> steps.stepTx("settle", connection -> own.insert("row")));
  }

  private static List<String> errors(JobRow job) {
    return job.errors().stream().map(AttemptError::error).toList();
  }

  @Test
  void r41_whateverRunsInATransactionRunsInThoseOfTheRunner() {
    JobRow job =
        complete(
            own,
            (steps, context) -> {
              steps.stepTx("step", connection -> own.insert("step"));
              steps.cursor(
                  "cursor",
                  Long.class,
                  0L,
                  cursor ->
                      cursor.advanceInTransaction((connection, from) -> {
                        own.insert("cursor");
                        return from + 1;
                      }));
              steps.forEachTx(
                  "items", Sources.range(0, 4), 2, (connection, items) -> own.insert("items"));
              steps.forEachTxInParts(
                  "parts", Sources.range(0, 4), 2, 2, (connection, items) -> own.insert("parts"));
              context.inTransaction(connection -> {
                own.insert("plain");
                return true;
              });
            });

    assertThat(effects.all())
        .containsExactly("cursor", "items", "items", "parts", "parts", "plain", "step");
    assertThat(own.begun()).isEqualTo(7);
    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r41_aTransactionIsRolledBackWithItsPositionIfItsBodyFails() {
    var fails = new AtomicInteger();
    JobRow job =
        complete(
            own,
            (steps, context) ->
                steps.forEachTx(
                    "items",
                    Sources.range(0, 4),
                    2,
                    (connection, items) -> {
                      own.insert("from " + items.getFirst());
                      if (items.contains(2L) && fails.incrementAndGet() == 1) {
                        throw new SQLException("on purpose");
                      }
                    }));

    assertThat(effects.all()).containsExactly("from 0", "from 2");
    assertThat(errors(job)).singleElement().asString().contains("on purpose");
  }

  @Test
  void r41_aBodyThatCannotBeSerializedRunsAgainInATransactionOfItsOwn() {
    var tries = new AtomicInteger();
    JobRow job =
        complete(
            own,
            (steps, context) ->
                steps.stepTx(
                    "settle",
                    connection -> {
                      own.insert("row");
                      if (tries.incrementAndGet() < 3) {
                        throw new SQLException("could not serialize", "40001");
                      }
                    }));

    assertThat(effects.all()).containsExactly("row");
    assertThat(own.begun()).isEqualTo(3);
    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r41_aCommitThatCannotBeSerializedIsRunAgain() {
    JobRow job =
        settle((own, work) ->
            own.run(
                work,
                connection -> {
                  connection.rollback();
                  throw new IllegalStateException(new SQLException("not now", "40001"));
                }));

    assertThat(effects.all()).containsExactly("row");
    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r41_whatIsCommittedIsNotRunAgainThoughTheRunnerSaysThatItCannotBeSerialized() {
    JobRow job =
        settle((own, work) ->
            own.run(
                work,
                connection -> {
                  connection.commit();
                  throw new SQLException("of something else", "40P01");
                }));

    assertThat(effects.all()).containsExactly("row");
    assertThat(job.errors()).isEmpty();
  }

  static Stream<Arguments> afterTheCommit() {
    return Stream.of(
        misdeed(
            "throws",
            (own, work) ->
                own.run(
                    work,
                    connection -> {
                      connection.commit();
                      throw new IllegalStateException("afterCommit has failed");
                    })),
        misdeed(
            "loses the answer",
            (own, work) ->
                own.run(
                    work,
                    connection -> {
                      connection.commit();
                      throw new SQLException("the answer is lost", "08006");
                    })),
        misdeed(
            "runs its work again",
            (own, work) -> {
              own.run(work);
              own.run(work);
            }),
        misdeed(
            "runs its work again and swallows what that throws",
            (own, work) -> {
              own.run(work);
              try {
                own.run(work);
              } catch (RuntimeException e) {
                // as a retry that gives up does
              }
            }));
  }

  private static Arguments misdeed(String name, Misdeed misdeed, String... error) {
    return error.length == 0 ? Arguments.of(name, misdeed) : Arguments.of(name, misdeed, error[0]);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("afterTheCommit")
  void r41_aRunnerThatFailsAfterItsCommitHasCommitted(String name, Misdeed misdeed) {
    JobRow job = settle(misdeed);

    assertThat(effects.all()).as(name).containsExactly("row");
    assertThat(job.errors()).isEmpty();
    assertThat(TestLogs.warnings("failed after the commit"))
        .singleElement()
        .asString()
        .contains("job " + job.id());
  }

  @Test
  void r41_anErrorAfterTheCommitFailsTheAttemptButNotTheStep() {
    JobRow job =
        settle((own, work) ->
            own.run(
                work,
                connection -> {
                  connection.commit();
                  throw new AssertionError("afterCommit is broken");
                }));

    assertThat(effects.all()).containsExactly("row");
    assertThat(errors(job)).singleElement().asString().contains("afterCommit is broken");
  }

  static Stream<Arguments> withoutCommit() {
    return Stream.of(
        misdeed(
            "throws",
            (own, work) -> {
              throw new IllegalStateException("no transaction manager");
            },
            "no transaction manager"),
        misdeed(
            "throws an Error",
            (own, work) -> {
              throw new NoClassDefFoundError("org/example/Transaction");
            },
            "org/example/Transaction"),
        misdeed("never calls its work", (own, work) -> {}, "returned without calling its work"),
        misdeed("gives no connection", TransactionRunnerTest::giveNothing, "without a connection"),
        misdeed(
            "begins no transaction",
            (own, work) -> {
              try (Connection connection = database.dataSource().getConnection()) {
                work.run(connection);
              }
            },
            "auto-commit is on"),
        misdeed(
            "calls its work twice in one transaction",
            (own, work) -> own.run(work, work::run),
            "called its work twice"),
        misdeed(
            "calls its work on another thread",
            (own, work) ->
                CompletableFuture.runAsync(
                        () -> {
                          try {
                            own.run(work);
                          } catch (Exception e) {
                            throw new IllegalStateException(e);
                          }
                        })
                    .join(),
            "on thread 'ForkJoinPool"),
        misdeed(
            "rolls back and says nothing",
            (own, work) -> own.run(work, Connection::rollback),
            "returned, but its transaction was rolled back"));
  }

  @SuppressWarnings("NullAway") // on purpose
  private static void giveNothing(OwnTransactions own, Work work) {
    work.run(null);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withoutCommit")
  void r41_aRunnerThatDoesNotCommitFailsTheAttemptAndNothingIsDone(
      String name, Misdeed misdeed, String error) {
    JobRow job = settle(misdeed);

    assertThat(effects.all()).as(name).containsExactly("row");
    assertThat(errors(job)).singleElement().asString().contains(error);
  }

  @Test
  void r41_aRunnerThatSwallowsTheFailureOfItsWorkCannotCommitHalfOfIt() {
    var fails = new AtomicInteger();
    JobRow job =
        complete(
            work -> {
              try (Connection connection = database.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                try {
                  work.run(connection);
                } catch (RuntimeException e) {
                  // swallowed, and committed all the same
                }
                try {
                  connection.commit();
                } catch (SQLException e) {
                  // that too
                }
              }
            },
            (steps, context) ->
                steps.stepTx(
                    "settle",
                    connection -> {
                      Effects.insert(connection, "row");
                      if (fails.incrementAndGet() == 1) {
                        throw new SQLException("out of stock");
                      }
                    }));

    assertThat(effects.all()).containsExactly("row");
    assertThat(errors(job)).singleElement().asString().contains("out of stock");
  }

  @Test
  void r41_aTransactionThatIsOpenWhenTheRunnerReturnsIsNoneThatCounts() throws Exception {
    Cairn client =
        client(
            work -> {
              if (leftOpen.get() != null) {
                own.run(work);
                return;
              }
              Connection outer = database.dataSource().getConnection();
              outer.setAutoCommit(false);
              leftOpen.set(outer);
              work.run(outer);
            },
            (steps, context) -> {
              try {
                steps.stepTx("settle", connection -> Effects.insert(connection, "row"));
              } catch (IllegalStateException e) {
                jobs.notes.add(e.getMessage());
                throw e;
              }
            });
    long id = jobs.insert(client);
    // The outcome cannot be written as long as the transaction holds the job.
    await().until(() -> !jobs.notes.isEmpty());
    closeWhatWasLeftOpen();

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes)
        .singleElement()
        .asString()
        .contains("returned before its transaction was committed");
    assertThat(effects.all()).containsExactly("row");
  }

  @Test
  void r41_workThatIsRunAfterItsRunnerHasReturnedIsRefused() {
    var late = new AtomicReference<@Nullable Work>();
    JobRow job =
        complete(
            work -> {
              Work earlier = late.getAndSet(work);
              if (earlier != null) {
                own.run(earlier);
              }
            },
            (steps, context) -> {
              try {
                steps.stepTx("settle", connection -> own.insert("row"));
              } catch (IllegalStateException e) {
                if (context.job().attempt() > 1) {
                  context.recordOutput(e.getMessage());
                  return;
                }
                throw e;
              }
            });

    assertThat(effects.all()).isEmpty();
    assertThat(job.output()).get().asString().contains("after it had returned");
  }

  @Test
  void r41_aConnectionThatBreaksBeforeTheCommitUsesUpNoAttempt() {
    JobRow job =
        settle((own, work) ->
            own.run(
                work,
                connection -> {
                  throw new SQLException("the connection broke", "08006");
                }));

    assertThat(effects.all()).containsExactly("row");
    assertThat(job.attempt()).isEqualTo(1);
  }

  @Test
  void r41_aRunnerLeavesTheThreadOfTheJobAsItWas() {
    ClassLoader runners = new ClassLoader(null) {};
    complete(
        work ->
            own.run(given -> {
              Thread.currentThread().setContextClassLoader(runners);
              work.run(given);
            }),
        (steps, context) -> {
          ClassLoader before = Thread.currentThread().getContextClassLoader();
          steps.stepTx(
              "settle",
              connection ->
                  assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before));
          assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
  }

  @Test
  void r41_aRunnersTransactionOfAJobThatWasTakenAwayIsRefused() {
    var attempts = new AtomicInteger();
    JobRow job =
        complete(
            own,
            (steps, context) ->
                steps.stepTx(
                    "settle",
                    connection -> {
                      own.insert("row");
                      if (attempts.incrementAndGet() == 1) {
                        database.execute(
                            "UPDATE river_job SET state = 'available', attempt = 0,"
                                + " scheduled_at = now() WHERE id = ?",
                            context.job().id());
                      }
                    }));

    assertThat(effects.all()).containsExactly("row");
    assertThat(attempts).hasValue(2);
    assertThat(job.errors()).isEmpty();
  }

  /** As frameworks do with what the database says at their commit. */
  @Test
  void r31_aRowThatIsRefusedAtACommitOfTheRunnersIsAnItemsFailure() {
    database.execute("DROP TABLE IF EXISTS child, parent");
    database.execute("CREATE TABLE parent (id bigint PRIMARY KEY)");
    database.execute("INSERT INTO parent SELECT n FROM generate_series(0, 20) n WHERE n <> 5");
    database.execute(
        "CREATE TABLE child (id bigint REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");

    JobRow job =
        complete(
            work ->
                own.run(
                    work,
                    connection -> {
                      try {
                        connection.commit();
                      } catch (SQLException e) {
                        throw new IllegalStateException("could not commit", e);
                      }
                    }),
            (steps, context) ->
                steps
                    .failedItems(ItemPolicy.skip(1))
                    .forEachTx(
                        "items",
                        Sources.range(0, 12),
                        4,
                        (connection, items) -> {
                          for (long item : items) {
                            try (var insert =
                                connection.prepareStatement("INSERT INTO child VALUES (?)")) {
                              insert.setLong(1, item);
                              insert.executeUpdate();
                            }
                          }
                        }));

    assertThat(errors(job)).isEmpty();
    assertThat(database.number("SELECT count(*) FROM child")).isEqualTo(11);
    assertThat(database.number("SELECT count(*) FROM child WHERE id = 5")).isZero();
  }
}
