package dev.cairn.resumable;

import static dev.cairn.resumable.ResumableJobs.cursorStep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Checkpoints in the transaction of what the job writes. */
class TransactionalStepsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private final Effects effects = new Effects(database);

  @BeforeEach
  void clearEffects() {
    effects.clear();
  }

  @Test
  void r4_aTransactionalStepRunsAgainAfterASerializationFailure() {
    var tries = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            assertThat(
                    steps.stepTx(
                        "settle",
                        String.class,
                        connection -> {
                          Effects.insert(connection, "settled");
                          if (tries.incrementAndGet() < 3) {
                            throw new SQLException("could not serialize", "40001");
                          }
                          return "done";
                        }))
                .isEqualTo("done"));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(tries).hasValue(3);
    assertThat(effects.all()).containsExactly("settled");
  }

  @Test
  void r4_aBatchRunsAgainFromTheLastDurableCursorAfterADeadlock() {
    var from = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt(
            cursorStep(
                "copy",
                cursor -> {
                  while (cursor.get() < 3) {
                    cursor.advanceInTransaction((connection, position) -> {
                      Effects.insert(connection, "row " + (position + 1));
                      if (position == 1 && from.incrementAndGet() < 3) {
                        throw new SQLException("deadlock detected", "40P01");
                      }
                      return position + 1;
                    });
                  }
                }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).containsExactly("row 1", "row 2", "row 3");
    assertThat(from).hasValue(3);
  }

  @Test
  void r4_aTransactionThatFailsForeverFailsTheAttempt() {
    var tries = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.stepTx(
                "settle",
                connection -> {
                  tries.incrementAndGet();
                  throw new SQLException("could not serialize", "40001");
                }));

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(tries).hasValue(10);
  }

  @Test
  void r3_theErrorPathNeverOverwritesANewerDurableCheckpoint() {
    JobRow job =
        jobs.firstAttempt(
            cursorStep(
                "copy",
                cursor -> {
                  cursor.advance(1L);
                  try (Connection connection = database.dataSource().getConnection()) {
                    connection.setAutoCommit(false);
                    cursor.advanceTx(connection, 2L);
                    connection.commit();
                  }
                  throw new IllegalStateException("failed after the commit");
                }));

    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"copy\": 2}");
    assertThat(jobs.savedValue(job.id(), "copy")).isEqualTo("2");
  }

  @Test
  void r3_aPositionThatWasRolledBackToASavepointIsNotBelieved() {
    var rolledBack = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "copy",
                Long.class,
                0L,
                cursor -> {
                  while (cursor.get() < 3) {
                    long next = cursor.get() + 1;
                    context.<Object>inTransaction(connection -> {
                      Effects.insert(connection, "row " + next);
                      Savepoint before = connection.setSavepoint();
                      cursor.advanceTx(connection, next);
                      if (next == 2 && rolledBack.incrementAndGet() == 1) {
                        connection.rollback(before);
                      }
                      return "committed";
                    });
                  }
                }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).containsExactly("row 1", "row 2", "row 2", "row 3");
  }

  @Test
  void r3_theBeginningOfAStepNeverTakesThePlaceOfItsEnd() {
    var settled = new AtomicReference<@Nullable Checkpoint>();
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          Checkpoints checkpoints = ((MiddlewareContext) context).checkpoints();
          checkpoints.save(new Checkpoint("settle", null, true, null));
          checkpoints.flush();
          checkpoints.save(new Checkpoint("settle", null, false, null));
          checkpoints.save(new Checkpoint("other", null, true, null));
          checkpoints.flush();
          settled.set(checkpoints.read("settle").orElseThrow());
          checkpoints.save(new Checkpoint("last", null, true, null));
          checkpoints.flush();
        });

    assertThat(Objects.requireNonNull(settled.get()).finished()).isTrue();
    assertThat(job.state()).as("what it follows is there").isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r4_aBranchThatEndsWithAnErrorGoesOnBehindItsLastTransaction() {
    var failing = new AtomicReference<@Nullable Thread>();
    var begun = new CountDownLatch(1);
    var first = new CountDownLatch(1);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(2, Duration.ofMillis(1))
                .parallel(
                    "both",
                    branches -> {
                      branches.add(
                          "copy",
                          own ->
                              own.cursor(
                                  "rows",
                                  Long.class,
                                  0L,
                                  cursor -> {
                                    while (cursor.get() < 4) {
                                      long row = cursor.get() + 1;
                                      inOwnTransaction(cursor, row);
                                      if (row == 2 && first.getCount() > 0) {
                                        first.countDown();
                                        begun.await();
                                        Objects.requireNonNull(failing.get()).join();
                                        throw new AssertionError("after another failure");
                                      }
                                    }
                                  }));
                      branches.add(
                          "fail",
                          own ->
                              own.step(
                                  "once",
                                  () -> {
                                    if (failing.compareAndSet(null, Thread.currentThread())) {
                                      begun.countDown();
                                      first.await();
                                      throw new IllegalStateException("the first failure");
                                    }
                                  }));
                    }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).containsExactly("row 1", "row 2", "row 3", "row 4");
  }

  private static void inOwnTransaction(Cursor<Long> cursor, long row) throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      Effects.insert(connection, "row " + row);
      cursor.advanceTx(connection, row);
      connection.commit();
    }
  }

  @Test
  void r3_aBufferedAdvanceBeforeARollbackIsKept() {
    JobRow job =
        jobs.firstAttempt(
            cursorStep(
                "copy",
                cursor -> {
                  cursor.advance(1L);
                  try (Connection connection = database.dataSource().getConnection()) {
                    connection.setAutoCommit(false);
                    cursor.advanceTx(connection, 2L);
                    connection.rollback();
                  }
                  assertThat(cursor.get()).isEqualTo(1L);
                  throw new IllegalStateException("failed after the rollback");
                }));

    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"copy\": 1}");
  }

  /** Found by the model in docs/model: the row was there already, with an older position. */
  @Test
  void r3_aCursorDoesNotGoBackBehindABufferedAdvanceAfterARollback() {
    var positions = new CopyOnWriteArrayList<Long>();
    Cairn client =
        jobs.start(
            cursorStep(
                "copy",
                cursor -> {
                  cursor.checkpoint(1L);
                  cursor.advance(2L);
                  try (Connection connection = database.dataSource().getConnection()) {
                    connection.setAutoCommit(false);
                    cursor.advanceTx(connection, 3L);
                    connection.rollback();
                  }
                  positions.add(cursor.get());
                }),
            builder -> builder.flushInterval(Duration.ofHours(1)));

    clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(positions).containsExactly(2L);
  }

  @Test
  void r5_nobodyClaimsTheJobBetweenATransactionalCheckpointAndItsCommit() {
    JobRow job =
        jobs.firstAttempt(
            cursorStep(
                "copy",
                (cursor, context) -> {
                  try (Connection connection = database.dataSource().getConnection()) {
                    connection.setAutoCommit(false);
                    cursor.advanceTx(connection, 1L);
                    assertThat(lockable(context.job().id())).as("before the commit").isFalse();
                    connection.commit();
                    assertThat(lockable(context.job().id())).as("after the commit").isTrue();
                  }
                }));

    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r26_aTransactionHeldOpenDoesNotHoldUpTheCheckpointsOfOtherJobs() {
    var open = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Cairn client =
        jobs.start(
            cursorStep(
                "copy",
                cursor -> {
                  if (open.getCount() == 0) {
                    cursor.checkpoint(7L);
                    return;
                  }
                  try (Connection connection = database.dataSource().getConnection()) {
                    connection.setAutoCommit(false);
                    cursor.advanceTx(connection, 1L);
                    cursor.advance(2L);
                    open.countDown();
                    release.await();
                    connection.commit();
                  }
                }));
    long holder = jobs.insert(client);
    await().until(() -> open.getCount() == 0);

    clients.await(jobs.insert(client), JobState.COMPLETED);

    release.countDown();
    clients.await(holder, JobState.COMPLETED);
  }

  private void withShortGrace(ResumableJobs.Code code) {
    Cairn client = jobs.start(code, builder -> builder.shutdownGrace(Duration.ofMillis(20)));
    long id = jobs.insert(client);
    clients.await(id, JobState.COMPLETED);

    assertThat(TestLogs.warnings("job %d (resumable), attempt 1 had no checkpoint".formatted(id)))
        .singleElement()
        .asString()
        .contains("longer than the shutdown grace of 20 ms");
  }

  private static void outlastTheGrace() {
    long begun = System.nanoTime();
    await().until(() -> System.nanoTime() - begun > Duration.ofMillis(30).toNanos());
  }

  @Test
  void r5_aTransactionThatHoldsTheJobForTooLongIsReported() {
    withShortGrace(
        cursorStep(
            "copy",
            cursor -> {
              try (Connection connection = database.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                cursor.advanceTx(connection, 1L);
                outlastTheGrace();
                connection.commit();
              }
            }));
  }

  @Test
  void r25_aTransactionalStepThatTakesTooLongIsReported() {
    withShortGrace((steps, context) -> steps.stepTx("settle", connection -> outlastTheGrace()));
  }

  @Test
  void r2_whatATransactionHasDoneIsKeptIfTheAttemptHasToStopMeanwhile() {
    var begun = new CountDownLatch(1);
    var settled = new AtomicInteger();
    var copied = new AtomicInteger();
    Cairn client =
        jobs.start((steps, context) -> {
          steps.stepTx(
              "settle",
              connection -> {
                Effects.insert(connection, "settled");
                settled.incrementAndGet();
              });
          steps.cursor(
              "copy",
              Long.class,
              0L,
              cursor -> {
                while (cursor.get() < 2) {
                  cursor.advanceInTransaction((connection, position) -> {
                    Effects.insert(connection, "row " + position);
                    if (copied.incrementAndGet() == 1) {
                      begun.countDown();
                      await().until(() -> context.interruption().isPresent());
                    }
                    return position + 1;
                  });
                }
              });
        });
    long id = jobs.insert(client);
    await().until(() -> begun.getCount() == 0);

    client.jobs().operator("ada").interrupt(id);

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(settled).hasValue(1);
    assertThat(copied).hasValue(2);
    assertThat(effects.all()).containsExactlyInAnyOrder("settled", "row 0", "row 1");
  }

  private boolean lockable(long id) {
    return !database
        .query(
            "SELECT id FROM %s.river_job WHERE id = ? FOR NO KEY UPDATE SKIP LOCKED"
                .formatted(database.schema()),
            id)
        .isEmpty();
  }
}
