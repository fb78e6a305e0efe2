package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.ObservedDataSource;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StepsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  record Quote(BigDecimal amount, Instant validUntil, @Nullable String note, List<Integer> parts) {}

  record Place(String region, long lastId) {}

  @BeforeEach
  void createTable() {
    database.execute("CREATE TABLE IF NOT EXISTS effect (note text)");
    database.execute("DELETE FROM effect");
  }

  @Test
  void r14_aResultIsRememberedExactly() {
    var quote =
        new Quote(
            new BigDecimal("12345678901234567890.1234567890"),
            Instant.parse("2026-11-23T21:43:46.082855885Z"),
            null,
            List.of(1, 2));
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          assertThat(steps.step("quote", Quote.class, () -> quote)).isSameAs(quote);
          assertThat(steps.step("nothing", String.class, StepsTest::nothing)).isNull();
          steps.step("later", jobs.failing("later"));
        });

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              Quote remembered =
                  steps.step(
                      "quote",
                      Quote.class,
                      () -> {
                        throw new AssertionError("runs again");
                      });
              assertThat(remembered).isEqualTo(quote);
              assertThat(steps.step("nothing", String.class, () -> "runs again")).isNull();
              steps.step("later", jobs.noting("later"));
            });

    assertThat(next.errors()).hasSize(1);
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r14_aValueThatNoLongerDecodesStopsTheJobAndNamesTheStep() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("place", Place.class, () -> new Place("eu", 7));
          steps.cursor(
              "load",
              Place.class,
              new Place("eu", 0),
              cursor -> {
                cursor.advance(new Place("us", 5));
                throw new IllegalStateException("load failed");
              });
        });

    record Renamed(String region, long id) {}
    JobRow result =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> steps.step("place", Renamed.class, () -> new Renamed("never", 0)));
    assertThat(result.errors().getLast().error())
        .contains("result of step 'place'", "job " + job.id(), "Renamed");
    assertThat(result.attempt()).as("attempts used up").isEqualTo(1);

    JobRow cursor =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("place", jobs.noting("never"));
              steps.cursor("load", Long.class, 0L, place -> jobs.notes.add("never"));
            });
    assertThat(cursor.errors().getLast().error()).contains("cursor of step 'load'", "Long");
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r9_aNameUsedTwiceIsRefusedBeforeTheSecondRuns() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          for (int page = 0; page < 2; page++) {
            steps.step("page", jobs.noting("page " + page));
          }
        });

    assertThat(jobs.notes).containsExactly("page 0");
    assertThat(job.errors().getFirst().error())
        .contains("'page'", "twice", "Steps.name(\"page\", key)");
  }

  @Test
  void r9_aKeyTellsRepeatedStepsApart() {
    ResumableJobs.Code code =
        (steps, context) -> {
          for (int page = 0; page < 3; page++) {
            int each = page;
            steps.step(
                Steps.name("page", page),
                () -> {
                  jobs.notes.add("page " + each);
                  if (each == 1 && context.job().attempt() == 1) {
                    throw new IllegalStateException("page 1 failed");
                  }
                });
          }
        };

    JobRow job = jobs.firstAttempt(code);
    jobs.nextAttempt(job.id(), code);

    assertThat(jobs.notes).containsExactly("page 0", "page 1", "page 1", "page 2");
  }

  @Test
  void r1_aFinishedStepIsDurableBeforeTheNextOneStarts() {
    jobs.firstAttempt((steps, context) -> {
      steps.step("one", jobs.noting("one"));
      steps.step(
          "two",
          () ->
              assertThat(jobs.checkpoints(context.job().id()))
                  .extracting(row -> row.get("name"), row -> row.get("finished"))
                  .contains(tuple("one", true)));
      jobs.notes.add("checked");
    });

    assertThat(jobs.notes).containsExactly("one", "checked");
  }

  @Test
  void r1_anAdvanceIsDurableWithinTheFlushInterval() {
    jobs.firstAttempt((steps, context) ->
        steps.cursor(
            "load",
            Long.class,
            0L,
            cursor -> {
              cursor.advance(5L);
              await().until(() -> "5".equals(savedValue(context.job().id(), "load")));
              cursor.advance(6L);
              await().until(() -> "6".equals(savedValue(context.job().id(), "load")));
              jobs.notes.add("flushed");
            }));

    assertThat(jobs.notes).containsExactly("flushed");
  }

  @Test
  void r1_aCheckpointIsDurableWhenItReturns() {
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = 1; i <= 20; i++) {
                            cursor.checkpoint(i);
                            assertThat(savedValue(job.id(), "load")).isEqualTo("" + i);
                          }
                        }),
            builder -> builder.flushInterval(Duration.ofHours(1)));

    clients.await(jobs.insert(client), JobState.COMPLETED);
  }

  @Test
  void r2_everyWayOutSavesTheCursor() {
    Map<String, Throwable> waysOut =
        Map.of(
            "exception", new IllegalStateException("failed"),
            "error", new AssertionError("failed"),
            "stack overflow", new StackOverflowError(),
            "interrupt", new InterruptedException(),
            "snooze", new JobSnoozeException(Duration.ofHours(1)));
    waysOut.forEach((name, wayOut) -> {
      JobRow job =
          jobs.firstAttempt((steps, context) ->
              steps.cursor(
                  "load",
                  Long.class,
                  0L,
                  cursor -> {
                    cursor.advance(3L);
                    sneakyThrow(wayOut);
                  }));
      assertThat(job.metadata()).as(name).contains("\"river:resumable_cursor\": {\"load\": 3}");
      assertThat(savedValue(job.id(), "load")).as(name).isEqualTo("3");
    });
  }

  @Test
  void r2_aTimeoutSavesTheCursor() {
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          cursor.advance(4L);
                          Thread.sleep(Duration.ofMinutes(1));
                        }),
            builder ->
                builder.jobTimeout(Duration.ofMillis(50)).flushInterval(Duration.ofHours(1)));

    JobRow job = clients.await(jobs.insert(client), JobState.RETRYABLE);

    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"load\": 4}");
  }

  @Test
  void r2_r22_cancellingInterruptsAtTheNextCheckpointAndSavesTheCursor() {
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = cursor.get() + 1; ; i++) {
                            cursor.advance(i);
                            jobs.notes.add("advanced");
                          }
                        }),
            builder -> builder.interruptDelay(Duration.ofHours(1)));
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.jobs().cancel(id);

    JobRow job = clients.await(id, JobState.CANCELLED);
    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"load\": ");
  }

  @Test
  void r13_anInterruptionCannotBeSwallowedByCatchException() {
    Cairn client =
        jobs.start(
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.cursor(
                  "load",
                  Long.class,
                  0L,
                  cursor -> {
                    for (long i = 1; ; i++) {
                      try {
                        cursor.advance(i);
                        jobs.notes.add("advanced");
                      } catch (Exception e) {
                        jobs.notes.add("swallowed");
                      }
                    }
                  });
            },
            builder -> builder);
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.stop();

    assertThat(client.jobs().find(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));
    assertThat(jobs.notes).containsOnly("advanced");
  }

  @Test
  void r13_anInterruptionThatIsSwallowedAllTheSameIsRaisedAgain() {
    var swallowed = new AtomicInteger();
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = 1; swallowed.get() < 2; i++) {
                            try {
                              cursor.advance(i);
                              jobs.notes.add("advanced");
                            } catch (JobInterruption e) {
                              swallowed.incrementAndGet();
                            }
                          }
                        }),
            builder -> builder);
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.stop();

    assertThat(swallowed).hasValue(2);
    assertThat(client.jobs().find(id))
        .hasValueSatisfying(job ->
            assertThat(job.state())
                .as("not completed, although the worker returned")
                .isEqualTo(JobState.AVAILABLE));
  }

  @Test
  void r18_aShutdownUsesUpNoAttemptAndAnotherClientGoesOnAtOnce() {
    var positions = new AtomicReference<Long>();
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = 1; ; i++) {
                            positions.set(i);
                            cursor.advance(i);
                            jobs.notes.add("advanced");
                          }
                        }),
            builder -> builder.flushInterval(Duration.ofHours(1)));
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.stop();

    JobRow interrupted = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(interrupted.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(interrupted.attempt()).isZero();
    assertThat(interrupted.errors()).isEmpty();
    assertThat(interrupted.metadata()).contains("\"cairn:interruptions\": 1");
    JobRow next =
        jobs.nextAttempt(
            id,
            (steps, context) ->
                steps.cursor(
                    "load",
                    Long.class,
                    0L,
                    cursor -> assertThat(cursor.get()).isEqualTo(positions.get())));
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(next.attempt()).isEqualTo(1);
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
                          insertEffect(connection, "settled");
                          if (tries.incrementAndGet() < 3) {
                            throw new SQLException("could not serialize", "40001");
                          }
                          return "done";
                        }))
                .isEqualTo("done"));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(tries).hasValue(3);
    assertThat(effects()).containsExactly("settled");
  }

  @Test
  void r4_aBatchRunsAgainFromTheLastDurableCursorAfterADeadlock() {
    var from = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "copy",
                Long.class,
                0L,
                cursor -> {
                  while (cursor.get() < 3) {
                    cursor.advanceInTransaction((connection, position) -> {
                      insertEffect(connection, "row " + (position + 1));
                      if (position == 1 && from.incrementAndGet() < 3) {
                        throw new SQLException("deadlock detected", "40P01");
                      }
                      return position + 1;
                    });
                  }
                }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects()).containsExactly("row 1", "row 2", "row 3");
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
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "copy",
                Long.class,
                0L,
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
    assertThat(savedValue(job.id(), "copy")).isEqualTo("2");
  }

  @Test
  void r3_aBufferedAdvanceBeforeARollbackIsKept() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "copy",
                Long.class,
                0L,
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

  @Test
  void r15_anOrderedCursorDoesNotMoveBackUnlessItIsRewound() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load",
                Long.class,
                0L,
                cursor -> {
                  cursor.advance(5L);
                  cursor.advance(5L);
                  assertThatThrownBy(() -> cursor.advance(4L))
                      .isInstanceOf(IllegalArgumentException.class)
                      .hasMessageContainingAll("'load'", "back from 5 to 4", "rewind");
                  assertThat(cursor.get()).isEqualTo(5L);
                  cursor.rewind(2L);
                  assertThat(savedValue(context.job().id(), "load")).isEqualTo("2");
                  throw new IllegalStateException("stop here");
                }));

    assertThat(job.errors().getFirst().error()).isEqualTo("stop here");
  }

  @Test
  void r8_whatExceedsALimitIsRefusedWithStepAndSize() {
    JobRow cursor =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load",
                String.class,
                "",
                each -> {
                  each.advance("x".repeat(16 * 1024 - 2));
                  each.advance("y".repeat(16 * 1024 - 1));
                }));
    assertThat(cursor.errors().getFirst().error())
        .contains("cursor", "'load'", "16385 bytes", "16384");

    JobRow result =
        jobs.firstAttempt(
            (steps, context) -> steps.step("big", String.class, () -> "ä".repeat(128 * 1024)));
    assertThat(result.errors().getFirst().error()).contains("result", "'big'", "262146 bytes");

    var ran = new AtomicInteger();
    Cairn client =
        jobs.start(
            (job, context) -> {
              for (int i = 0; i < 5; i++) {
                Steps.of(context).step(Steps.name("step", i), ran::incrementAndGet);
              }
            },
            builder -> builder.resumableLimits(new ResumableLimits(10, 10, 3)));
    JobRow steps = clients.await(jobs.insert(client), JobState.RETRYABLE);
    assertThat(steps.errors().getFirst().error()).contains("more than 3 steps");
    assertThat(ran).hasValue(3);
  }

  @Test
  void aValueThatPostgresCannotStoreIsRefusedAndNamesTheStep() {
    JobRow job =
        jobs.firstAttempt(
            (steps, context) -> steps.step("zero", String.class, () -> "a \0 character"));

    assertThat(job.errors().getFirst().error()).contains("'zero'", "U+0000");
  }

  @Test
  void stepsAndCursorsMixFreely() {
    ResumableJobs.Code code =
        (steps, context) -> {
          int total = steps.step("count", Integer.class, () -> 3);
          steps.cursor(
              "first",
              Long.class,
              0L,
              cursor -> {
                for (long i = cursor.get() + 1; i <= total; i++) {
                  jobs.notes.add("first " + i);
                  cursor.advance(i);
                  failOnce(context.job().attempt() == 1 && i == 2);
                }
              });
          steps.stepTx("between", connection -> insertEffect(connection, "between"));
          steps.cursor(
              "second",
              Place.class,
              new Place("eu", 0),
              cursor -> {
                for (long i = cursor.get().lastId() + 1; i <= total; i++) {
                  jobs.notes.add("second " + i);
                  cursor.checkpoint(new Place("eu", i));
                  failOnce(context.job().attempt() == 2 && i == 1);
                }
              });
          steps.step("end", jobs.noting("end"));
        };

    JobRow job = jobs.firstAttempt(code);
    assertThat(job.metadata())
        .contains("\"river:resumable_step\": \"count\"")
        .contains("\"river:resumable_cursor\": {\"first\": 2}");
    job = jobs.nextAttempt(job.id(), code);
    assertThat(job.errors()).hasSize(2);
    assertThat(job.metadata())
        .as(job.toString())
        .contains("\"river:resumable_step\": \"between\"")
        .contains("\"river:resumable_cursor\": {\"second\": {\"lastId\": 1, \"region\": \"eu\"}}");
    job = jobs.nextAttempt(job.id(), code);

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes)
        .containsExactly(
            "first 1", "first 2", "first 3", "second 1", "second 2", "second 3", "end");
    assertThat(effects()).containsExactly("between");
  }

  @Test
  void r7_aCompletedJobLeavesNothingBehind() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          steps.step("two", jobs.failing("two"));
        });
    assertThat(jobs.checkpoints(job.id())).hasSize(1);

    job =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("one", jobs.noting("one"));
              steps.step("two", jobs.noting("two"));
            });

    assertThat(job.metadata()).isEqualTo("{}");
    assertThat(jobs.checkpoints(job.id())).isEmpty();
  }

  @Test
  void r7_aJobWithoutStepsTouchesNoSideTable() {
    JobRow job = jobs.firstAttempt((steps, context) -> jobs.notes.add("no steps"));

    assertThat(job.metadata()).isEqualTo("{}");
    assertThat(jobs.checkpoints(job.id())).isEmpty();
  }

  @Test
  void r5_aStaleRunWritesNothingAndIsToldAtOnce() throws Exception {
    var taken = new CountDownLatch(1);
    var interruption = new AtomicReference<@Nullable Throwable>();
    Cairn stale =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          cursor.checkpoint(1L);
                          takeAway(job.id());
                          taken.await();
                          try {
                            cursor.checkpoint(2L);
                          } catch (JobInterruption e) {
                            interruption.set(e);
                            throw e;
                          }
                        }),
            builder -> builder.heartbeatTimeout(Duration.ofHours(1)));
    long id = jobs.insert(stale);
    clients.awaitJob(id, job -> assertThat(job.attemptedBy()).contains("somebody else"));
    taken.countDown();

    await().until(() -> interruption.get() != null);
    assertThat(Objects.requireNonNull(interruption.get())).hasMessageContaining("job " + id);
    stale.stop();
    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.RUNNING);
    assertThat(job.attemptedBy()).last().isEqualTo("somebody else");
    assertThat(savedValue(id, "load")).isEqualTo("1");
  }

  @Test
  void r5_aStaleTransactionIsAborted() {
    var failure = new AtomicReference<@Nullable Throwable>();
    Cairn stale =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "copy",
                        Long.class,
                        0L,
                        cursor -> {
                          cursor.checkpoint(1L);
                          takeAway(job.id());
                          try (Connection connection = database.dataSource().getConnection()) {
                            connection.setAutoCommit(false);
                            insertEffect(connection, "stale");
                            try {
                              cursor.advanceTx(connection, 2L);
                            } catch (JobInterruption e) {
                              failure.set(e);
                            }
                            connection.commit();
                          }
                        }),
            builder -> builder.heartbeatTimeout(Duration.ofHours(1)));
    long id = jobs.insert(stale);
    await().until(() -> failure.get() != null);
    stale.stop();

    assertThat(effects()).isEmpty();
    assertThat(savedValue(id, "copy")).isEqualTo("1");
  }

  @Test
  void r22_aLostJobInterruptsCodeBetweenCheckpoints() {
    var reason = new AtomicReference<@Nullable String>();
    Cairn stale =
        jobs.start(
            (job, context) -> {
              takeAway(job.id());
              while (!context.shouldYield()) {
                Thread.onSpinWait();
              }
              reason.set(context.interruption().orElseThrow().name());
            },
            builder -> builder.heartbeatTimeout(Duration.ofSeconds(1)));
    jobs.insert(stale);

    await().untilAsserted(() -> assertThat(reason).hasValue("LEASE_LOST"));
  }

  @Test
  void r5_nobodyClaimsTheJobBetweenATransactionalCheckpointAndItsCommit() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "copy",
                Long.class,
                0L,
                cursor -> {
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
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "copy",
                        Long.class,
                        0L,
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
                        }),
            builder -> builder);
    long holder = jobs.insert(client);
    await().until(() -> open.getCount() == 0);

    clients.await(jobs.insert(client), JobState.COMPLETED);

    release.countDown();
    clients.await(holder, JobState.COMPLETED);
  }

  @Test
  void r26_theCostOfBufferedAdvancesDoesNotFollowTheirNumber() {
    var writes = new AtomicInteger();
    DataSource counting =
        new ObservedDataSource(
            database.dataSource(),
            () -> {
              if (Thread.currentThread().getName().equals("cairn-checkpoint")) {
                writes.incrementAndGet();
              }
            });
    var advances = new AtomicInteger();
    Cairn client =
        Cairn.builder(counting)
            .schema(database.schema())
            .flushInterval(Duration.ofMillis(100))
            .queue("default", 200)
            .workers(
                Workers.builder()
                    .register(
                        ResumableJobs.Args.class,
                        (job, context) ->
                            Steps.of(context)
                                .cursor(
                                    "load",
                                    Long.class,
                                    0L,
                                    cursor -> {
                                      for (long i = 1; i <= 1_000; i++) {
                                        cursor.advance(i);
                                        advances.incrementAndGet();
                                      }
                                    }))
                    .build())
            .build();
    List<InsertResult> inserted =
        client.insertMany(Collections.nCopies(200, JobInsert.of(new ResumableJobs.Args("many"))));
    long start = System.nanoTime();
    client.start();
    inserted.forEach(job -> clients.await(job.id(), JobState.COMPLETED));
    long intervals = Duration.ofNanos(System.nanoTime() - start).toMillis() / 100;
    client.stop();

    assertThat(advances).hasValue(200_000);
    assertThat(writes.get()).isLessThanOrEqualTo((int) intervals + 1);
  }

  @Test
  void stepsAreRefusedOutsideOfAJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          var failure = new AtomicReference<@Nullable Throwable>();
          Thread other =
              Thread.ofPlatform()
                  .start(() -> {
                    try {
                      steps.step("elsewhere", () -> {});
                    } catch (Exception e) {
                      failure.set(e);
                    }
                  });
          other.join();
          throw new IllegalStateException(Objects.requireNonNull(failure.get()).getMessage());
        });

    assertThat(job.errors().getFirst().error())
        .contains("step 'elsewhere'", "job " + job.id(), "job's own thread");
  }

  @Test
  void r7_whatAGoWorkerHasSavedIsGoneOnWith() {
    long id = clients.inserter().insert(new ResumableJobs.Args("go")).id();
    database.execute(
        """
        UPDATE %s.river_job
        SET attempt = 1, attempted_by = '{go_client}', metadata =
          '{"river:resumable_step": "prepare", "river:resumable_cursor": {"load": {"region": "eu", "lastId": 17}}}'
        WHERE id = ?
        """
            .formatted(database.schema()),
        id);

    JobRow job =
        jobs.nextAttempt(
            id,
            (steps, context) -> {
              steps.step("validate", jobs.noting("validate"));
              steps.step("prepare", jobs.noting("prepare"));
              steps.cursor(
                  "load",
                  Place.class,
                  new Place("", 0),
                  cursor -> jobs.notes.add("load from " + cursor.get()));
              steps.step("report", jobs.failing("report"));
            });

    assertThat(jobs.notes).containsExactly("load from Place[region=eu, lastId=17]", "report");
    assertThat(job.metadata())
        .contains("\"river:resumable_step\": \"load\"")
        .doesNotContain("river:resumable_cursor");
  }

  @Test
  void r7_aGoWorkersProgressCountsEvenIfJavaBeganTheJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          steps.step("two", jobs.failing("two"));
        });
    database.execute(
        """
        UPDATE %s.river_job SET metadata = metadata || '{"river:resumable_step": "two"}'
        WHERE id = ?
        """
            .formatted(database.schema()),
        job.id());

    job =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("one", jobs.noting("one again"));
              steps.step("two", jobs.noting("two again"));
              steps.step("three", jobs.noting("three"));
            });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("one", "two", "three");
  }

  private @Nullable String savedValue(long id, String step) {
    return jobs.checkpoints(id).stream()
        .filter(row -> step.equals(row.get("name")))
        .map(row -> (String) row.get("value"))
        .findFirst()
        .orElse(null);
  }

  private void takeAway(long id) {
    database.execute(
        """
        UPDATE %s.river_job
        SET attempted_at = attempted_at + interval '1 second', attempt = attempt + 1,
            attempted_by = array_append(attempted_by, 'somebody else')
        WHERE id = ?
        """
            .formatted(database.schema()),
        id);
  }

  private boolean lockable(long id) {
    return !database
        .query(
            "SELECT id FROM %s.river_job WHERE id = ? FOR NO KEY UPDATE SKIP LOCKED"
                .formatted(database.schema()),
            id)
        .isEmpty();
  }

  private List<String> effects() {
    return database.query("SELECT note FROM effect ORDER BY note").stream()
        .map(row -> (String) Objects.requireNonNull(row.get("note")))
        .toList();
  }

  private static void insertEffect(Connection connection, String note) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO effect VALUES (?)")) {
      insert.setString(1, note);
      insert.executeUpdate();
    }
  }

  @SuppressWarnings("NullAway") // what a caller without nullness checks may do
  private static String nothing() {
    return null;
  }

  private static void failOnce(boolean fails) {
    if (fails) {
      throw new IllegalStateException("failed on purpose");
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void sneakyThrow(Throwable failure) throws E {
    throw (E) failure;
  }
}
