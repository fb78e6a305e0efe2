package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.ResumePolicy;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TimeLimitException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.resumable.Steps;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import dev.cairn.testing.internal.DatabaseCall;
import dev.cairn.testing.internal.MisbehavingDataSource;
import dev.cairn.testing.internal.Misbehaviour;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a worker may rely on, whoever works its job. There is a runner of this suite for a real
 * client, and one for the test kit, which has to be like a client.
 */
abstract class WorkerContract {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @JobKind("contract")
  record Worked(int number) {}

  /**
   * How a job has ended, or waits.
   *
   * @param errors what its failed attempts have failed with
   */
  record Ended(JobState state, List<String> errors) {}

  private final List<String> log = new ArrayList<>();
  private MisbehavingDataSource dataSource;

  /** The database of the test. */
  abstract CairnExtension cairn();

  /**
   * Works a new job of three attempts until it is not to be tried again.
   *
   * @param database where it is worked
   */
  abstract Ended work(Worker<Worked> worker, MisbehavingDataSource database);

  private Ended work(Worker<Worked> worker) {
    return work(worker, dataSource);
  }

  @BeforeEach
  void createTable() throws SQLException {
    dataSource = new MisbehavingDataSource(cairn().dataSource());
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS contract_row (note text)");
      statement.execute("DELETE FROM contract_row");
    }
  }

  private static void insert(Connection connection, String note) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO contract_row VALUES (?)")) {
      insert.setString(1, note);
      insert.executeUpdate();
    }
  }

  private List<String> rows() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT note FROM contract_row ORDER BY note")) {
      var all = new ArrayList<String>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    }
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private static void failOnce(Job<Worked> job) {
    if (job.attempt() == 1) {
      throw new IllegalStateException("once");
    }
  }

  @Test
  void h17_keysAndIdsStayTheSameInEveryAttemptAndAreThoseOfOneJob() {
    Worker<Worked> worker =
        (job, context) -> {
          Steps steps = Steps.of(context);
          log.add(
              "%s %s %s"
                  .formatted(
                      steps.idempotencyKey("mail", 7), steps.uuid("customer"), job.createdAt()));
          failOnce(job);
        };

    Ended ended = work(worker);
    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of("once")));
    work(worker);

    assertThat(log).hasSize(4);
    assertThat(log.get(1)).isEqualTo(log.get(0));
    assertThat(log.get(3)).isEqualTo(log.get(2)).isNotEqualTo(log.get(0));
  }

  @Test
  void h17_anAttemptSeesWhatTheOneBeforeHasSaidOfItself() {
    work((job, context) -> {
      log.add(job.attempt() + " " + job.failures() + " " + job.metadata().contains("\"seen\""));
      context.setMetadata("seen", job.attempt());
      failOnce(job);
    });

    assertThat(log).containsExactly("1 0 false", "2 1 true");
  }

  @Test
  void h17_thatAnotherBranchCommitsDoesNotMakeARolledBackPositionTrue() throws Exception {
    var moved = new CountDownLatch(1);
    var committed = new CountDownLatch(1);
    Ended ended =
        work((job, context) ->
            Steps.of(context)
                .parallel(
                    "all",
                    branches -> {
                      branches.add("lost", steps -> rollBack(steps, context, moved, committed));
                      branches.add(
                          "kept",
                          steps -> {
                            await(moved);
                            steps.stepTx("commit", connection -> insert(connection, "kept"));
                            committed.countDown();
                          });
                    }));

    assertThat(ended.errors()).isEmpty();
    assertThat(log).containsExactly("at 0");
    assertThat(rows()).containsExactly("kept");
  }

  private void rollBack(
      Steps steps, WorkContext context, CountDownLatch moved, CountDownLatch committed)
      throws Exception {
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          assertThatThrownBy(() ->
                  context.<Boolean>inTransaction(connection -> {
                    insert(connection, "lost");
                    cursor.advanceTx(connection, 5);
                    moved.countDown();
                    await(committed);
                    throw new IllegalStateException("rolled back");
                  }))
              .hasMessage("rolled back");
          log.add("at " + cursor.get());
        });
  }

  @Test
  void h17_aPositionInATransactionOfTheWorkersOwnIsTrueIfThatIsCommitted() throws Exception {
    Ended ended =
        work((job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    0,
                    cursor -> {
                      for (boolean commits : List.of(false, true)) {
                        try (Connection connection = dataSource.getConnection()) {
                          connection.setAutoCommit(false);
                          insert(connection, "row");
                          cursor.advanceTx(connection, 1);
                          if (commits) {
                            connection.commit();
                          } else {
                            connection.rollback();
                          }
                        }
                        log.add("at " + cursor.get());
                      }
                    }));

    assertThat(ended.errors()).isEmpty();
    assertThat(log).containsExactly("at 0", "at 1");
    assertThat(rows()).hasSize(1);
  }

  /** What is done in a transaction. */
  private interface InTransaction {
    void run(Connection connection) throws Exception;
  }

  @Test
  void h17_aJobThatIsCompletedInATransactionStaysSoWhateverItsWorkerThrows() throws Exception {
    Ended ended =
        work((job, context) -> {
          complete(context, true);
          throw new IllegalStateException("too late");
        });

    assertThat(ended.state()).isEqualTo(JobState.COMPLETED);
    assertThat(rows()).containsExactly("completed");
  }

  @Test
  void h17_aCompletionThatIsNotCommittedFailsTheAttempt() throws Exception {
    Ended ended = work((job, context) -> complete(context, job.attempt() > 1));

    assertThat(ended.state()).isEqualTo(JobState.COMPLETED);
    assertThat(ended.errors())
        .singleElement()
        .asString()
        .contains("attempt 1: its worker returned without committing the transaction in which it")
        .contains("called completeTx, so the job is retried");
    assertThat(rows()).containsExactly("completed");
  }

  @Test
  void h17_anExceptionAfterACompletionThatWasRolledBackIsThatOfTheAttempt() {
    Ended ended =
        work((job, context) -> {
          complete(context, false);
          throw new IllegalStateException("its own");
        });

    assertThat(ended)
        .isEqualTo(new Ended(JobState.DISCARDED, List.of("its own", "its own", "its own")));
  }

  private void complete(WorkContext context, boolean commits) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, "completed");
      context.completeTx(connection);
      if (commits) {
        connection.commit();
      } else {
        connection.rollback();
      }
    }
  }

  @Test
  void h17_nothingFollowsACompletionInItsTransaction() throws Exception {
    Ended ended =
        work((job, context) -> {
          InTransaction following =
              job.attempt() == 1 ? context::completeTx : connection -> saveTx(context, connection);
          if (job.attempt() < 3) {
            context.<Boolean>inTransaction(connection -> {
              insert(connection, "lost");
              context.completeTx(connection);
              following.run(connection);
              return true;
            });
          }
        });

    assertThat(ended.state()).isEqualTo(JobState.COMPLETED);
    assertThat(ended.errors()).hasSize(2);
    assertThat(ended.errors())
        .allSatisfy(error -> assertThat(error).contains("is already completed, by completeTx"));
    assertThat(rows()).isEmpty();
  }

  private static void saveTx(WorkContext context, Connection connection) {
    ((MiddlewareContext) context)
        .checkpoints()
        .saveTx(connection, new Checkpoint("rows", null, false, "5"));
  }

  @Test
  void h17_aTransactionThatCollidesIsRunAgain() throws Exception {
    for (String state : List.of("40001", "40P01")) {
      var runs = new AtomicInteger();
      Ended ended =
          work((job, context) ->
              Steps.of(context)
                  .stepTx(
                      "pay",
                      connection -> {
                        insert(connection, state);
                        if (runs.incrementAndGet() < 3) {
                          throw new IllegalStateException(new SQLException("collides", state));
                        }
                      }));

      assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
      assertThat(runs).hasValue(3);
    }
    assertThat(rows()).containsExactly("40001", "40P01");
  }

  @Test
  void h17_aTransactionThatCollidesForEverFailsAfterTenTimes() throws Exception {
    var runs = new AtomicInteger();
    Ended ended =
        work((job, context) -> {
          if (job.attempt() == 1) {
            context.<Boolean>inTransaction(connection -> {
              runs.incrementAndGet();
              throw new SQLException("collides", "40001");
            });
          }
        });

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of("collides")));
    assertThat(runs).hasValue(10);
  }

  @Test
  void h17_aStepWhoseCommitWasNotAnsweredIsNotRunAgain() throws Exception {
    Ended ended =
        work((job, context) -> {
          Steps steps = Steps.of(context);
          steps.stepTx(
              "pay",
              connection -> {
                insert(connection, "paid");
                loseAnswerToCommit();
              });
          steps.cursor(
              "rows",
              Integer.class,
              0,
              cursor ->
                  cursor.advanceInTransaction((connection, position) -> {
                    insert(connection, "row");
                    loseAnswerToCommit();
                    return position + 1;
                  }));
        });

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
    assertThat(rows()).containsExactly("paid", "row");
  }

  @Test
  void h17_aTransactionThatCollidesAtItsCommitIsRunAgain() throws Exception {
    var runs = new AtomicInteger();
    Ended ended =
        work((job, context) -> {
          Steps steps = Steps.of(context);
          steps.stepTx(
              "pay",
              connection -> {
                insert(connection, "paid");
                if (runs.incrementAndGet() == 1) {
                  disturbCommit(new Misbehaviour.Fails("40001"));
                }
              });
          steps.cursor(
              "rows",
              Integer.class,
              0,
              cursor ->
                  cursor.advanceInTransaction((connection, position) -> {
                    insert(connection, "row");
                    if (runs.incrementAndGet() == 3) {
                      disturbCommit(new Misbehaviour.Fails("40001"));
                    }
                    return position + 1;
                  }));
        });

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
    assertThat(runs).hasValue(4);
    assertThat(rows()).containsExactly("paid", "row");
  }

  private void loseAnswerToCommit() {
    disturbCommit(new Misbehaviour.LosesAnswer());
  }

  private void disturbCommit(Misbehaviour how) {
    String thread = Thread.currentThread().getName();
    dataSource.once(call -> call.isCommit() && call.thread().equals(thread), how);
  }

  @Test
  void h17_aDatabaseThatCannotBeReachedIsSaid() {
    work((job, context) -> {
      String thread = Thread.currentThread().getName();
      dataSource.once(
          DatabaseCall.named("connect").and(call -> call.thread().equals(thread)),
          new Misbehaviour.Fails("08001"));
      assertThatThrownBy(() -> context.inTransaction(connection -> true))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageStartingWith("Could not begin a transaction: the database is not available");
      log.add("said");
    });

    assertThat(log).containsExactly("said");
  }

  @Test
  void h17_whatPostgresCannotStoreIsRefusedWhereItIsGiven() {
    var refusals = new LinkedHashMap<String, String>();
    Ended ended =
        work((job, context) -> {
          Steps steps = Steps.of(context);
          note(refusals, "metadata", () -> context.setMetadata("key", "a\0b"));
          note(refusals, "metadata key", () -> context.setMetadata("k\0", 1));
          note(refusals, "Cairn's key", () -> context.setMetadata("cairn:interruptions", 1));
          note(refusals, "River's key", () -> context.setMetadata("river:rescue_count", 1));
          note(refusals, "output", () -> context.recordOutput(Map.of("k\0", 1)));
          note(refusals, "half a pair", () -> context.setMetadata("key\uD800", 1));
          note(refusals, "digits", () -> context.recordOutput(new BigDecimal("1E+200000")));
          note(refusals, "depth", () -> context.recordOutput(nested(600)));
          note(
              refusals,
              "signal",
              () -> ((MiddlewareContext) context).waits().signal("wait", "s\0"));
          note(refusals, "checkpoint", () -> save(context, "name\0", "1"));
          note(refusals, "value", () -> save(context, "name", "\"\\u0000\""));
          steps.cursor(
              "rows",
              String.class,
              "",
              cursor -> note(refusals, "cursor", () -> cursor.advance("a\0")));
          steps.step("result", String.class, () -> "a\0");
        });

    assertThat(ended.state()).isEqualTo(JobState.DISCARDED);
    assertThat(ended.errors())
        .allSatisfy(error ->
            assertThat(error)
                .contains("checkpoint 'result' of job")
                .contains("U+0000, which PostgreSQL cannot store"));
    assertThat(refusals.get("metadata")).contains("metadata 'key' of job", "U+0000");
    assertThat(refusals.get("metadata key")).contains("metadata key", "U+0000");
    assertThat(refusals.get("Cairn's key")).contains("cannot set 'cairn:interruptions' of its");
    assertThat(refusals.get("River's key")).contains("cannot set 'river:rescue_count' of its");
    assertThat(refusals.get("output")).contains("the output of job", "U+0000");
    assertThat(refusals.get("half a pair")).contains("half of a surrogate pair");
    assertThat(refusals.get("digits")).contains("a number that PostgreSQL cannot store");
    assertThat(refusals.get("depth")).contains("the output of job");
    assertThat(refusals.get("signal")).contains("the name of a signal", "U+0000");
    assertThat(refusals.get("checkpoint")).contains("the name of checkpoint", "U+0000");
    assertThat(refusals.get("value")).contains("checkpoint 'name' of job", "U+0000");
    assertThat(refusals.get("cursor")).contains("checkpoint 'rows' of job", "U+0000");
  }

  private static void save(WorkContext context, String name, String value) {
    ((MiddlewareContext) context).checkpoints().save(new Checkpoint(name, null, true, value));
  }

  private static List<?> nested(int depth) {
    List<?> nested = List.of();
    for (int i = 1; i < depth; i++) {
      nested = List.of(nested);
    }
    return nested;
  }

  private static void note(Map<String, String> refusals, String what, ThrowingCallable call) {
    assertThatThrownBy(call)
        .as(what)
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(refusal -> refusals.put(what, String.valueOf(refusal.getMessage())));
  }

  @Test
  void h17_whatIsTooLargeIsRefusedWhereItIsGiven() {
    var refusals = new LinkedHashMap<String, String>();
    Ended ended =
        work((job, context) -> {
          Steps steps = Steps.of(context);
          steps.cursor(
              "rows",
              String.class,
              "",
              cursor -> note(refusals, "cursor", () -> cursor.advance("x".repeat(16 << 10))));
          if (job.attempt() == 1) {
            note(refusals, "output", () -> context.recordOutput("x".repeat(32 << 20)));
          }
          steps.step("result", String.class, () -> "x".repeat(256 << 10));
        });

    assertThat(ended.errors())
        .hasSize(3)
        .allSatisfy(error -> assertThat(error).contains("but at most 262144 are allowed"));
    assertThat(refusals.get("cursor")).contains("but at most 16384 are allowed");
    assertThat(refusals.get("output")).contains("the output of job", "is larger than 32 MB");
  }

  @Test
  void h17_aJobThatIsGivenUpIsDiscardedAtOnce() {
    Ended thrown =
        work((job, context) -> {
          throw new JobDiscardException("hopeless");
        });
    Ended declared =
        work((job, context) -> {
          Steps.of(context).giveUpOn(IllegalStateException.class);
          throw new IllegalStateException("no use");
        });

    assertThat(thrown).isEqualTo(new Ended(JobState.DISCARDED, List.of("hopeless")));
    assertThat(declared.state()).isEqualTo(JobState.DISCARDED);
    assertThat(declared.errors())
        .singleElement()
        .asString()
        .contains("is discarded by giveUpOn: no use");
  }

  @Test
  void h17_aSnoozeAndAnInterruptionUseUpNothing() {
    Ended snoozed =
        work((job, context) -> {
          throw new JobSnoozeException(Duration.ofDays(1));
        });
    Ended interrupted =
        work((job, context) -> {
          if (log.isEmpty()) {
            log.add("attempt " + job.attempt());
            throw context.yieldNow("enough");
          }
          log.add("attempt " + job.attempt());
        });

    assertThat(snoozed).isEqualTo(new Ended(JobState.SCHEDULED, List.of()));
    assertThat(interrupted).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
    assertThat(log).containsExactly("attempt 1", "attempt 1");
  }

  @Test
  void h17_aWorkerThatCannotSayWhenToRetryIsRetriedAllTheSame() {
    Ended ended =
        work(
            new Worker<>() {
              @Override
              public void work(Job<Worked> job, WorkContext context) {
                failOnce(job);
              }

              @Override
              public Optional<Instant> nextRetry(Job<Worked> job, Throwable failure) {
                throw new IllegalStateException("cannot say");
              }
            });

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of("once")));
  }

  @Test
  void h17_anExceptionWhoseOwnCodeFailsIsAFailureLikeAnyOther() {
    Ended ended =
        work((job, context) -> {
          if (job.attempt() == 1) {
            throw new Rude();
          }
        });

    assertThat(ended.state()).isEqualTo(JobState.COMPLETED);
    assertThat(ended.errors()).hasSize(1);
  }

  /** An exception that cannot be asked for its cause. */
  private static final class Rude extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("do not ask");
    }
  }

  @Test
  void h17_afterItsEndAnAttemptRefusesEverythingThatNeedsIt() {
    var kept = new AtomicReference<WorkContext>();
    work((job, context) -> kept.set(context));

    WorkContext context = kept.get();
    Map<String, ThrowingCallable> calls =
        Map.of(
            "save", () -> save(context, "name", "1"),
            "flush", () -> ((MiddlewareContext) context).checkpoints().flush(),
            "load", () -> ((MiddlewareContext) context).checkpoints().load(),
            "inTransaction", () -> context.inTransaction(connection -> true),
            "fork", () -> context.fork(() -> {}),
            "within", () -> context.within(PATIENCE, () -> true),
            "yieldNow", () -> context.yieldNow("no reason"),
            "suspend", () -> ((MiddlewareContext) context).waits().suspend(PATIENCE, true));
    calls.forEach((name, call) ->
        assertThatThrownBy(call)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(
                "is over: " + name + " was called after its worker had returned"));
  }

  @Test
  void h17_aBranchInheritsNothingOfItsThreadButTheClassLoader() {
    var local = new InheritableThreadLocal<String>();
    work((job, context) -> {
      local.set("of the worker");
      try {
        Steps.of(context)
            .parallel(
                "all",
                branches ->
                    branches.add(
                        "one",
                        steps ->
                            log.add(
                                local.get()
                                    + " "
                                    + (Thread.currentThread().getContextClassLoader() != null))));
      } finally {
        local.remove();
      }
    });

    assertThat(log).containsExactly("null true");
  }

  @Test
  void h17_aStepThatTakesTooLongIsEnded() {
    Ended ended =
        work((job, context) -> {
          Steps steps = Steps.of(context);
          if (job.attempt() == 1) {
            steps.timeout(Duration.ofMillis(20)).step("slow", () -> new CountDownLatch(1).await());
          }
          assertThatThrownBy(() ->
                  context.within(
                      Duration.ofMillis(20),
                      () -> {
                        while (true) {
                          context.yieldIfInterrupted();
                          Thread.onSpinWait();
                        }
                      }))
              .isInstanceOf(TimeLimitException.class);
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });

    assertThat(ended.state()).isEqualTo(JobState.COMPLETED);
    assertThat(ended.errors()).singleElement().asString().contains("ran longer than the 20 ms");
  }

  @Test
  void h17_theTimeOfAStepIsThatOfItsBranchesToo() {
    Ended ended =
        work((job, context) -> {
          Steps steps = Steps.of(context);
          if (job.attempt() > 1) {
            return;
          }
          steps
              .timeout(Duration.ofMillis(20))
              .parallel(
                  "both",
                  branches ->
                      branches
                          .add("waits", it -> new CountDownLatch(1).await())
                          .add(
                              "spins",
                              it -> {
                                while (true) {
                                  context.yieldIfInterrupted();
                                  Thread.onSpinWait();
                                }
                              }));
        });

    assertThat(ended.state()).isEqualTo(JobState.COMPLETED);
    assertThat(ended.errors()).singleElement().asString().contains("ran longer than the 20 ms");
  }

  @Test
  void h17_aSignalWithoutAValidNameIsRefused() {
    for (String name : List.of("", "n".repeat(256))) {
      Ended ended =
          work((job, context) -> {
            if (job.attempt() == 1) {
              String ignored = Steps.of(context).awaitSignal("paid", name, String.class);
            }
          });

      assertThat(ended.errors()).singleElement().asString().contains("1 to 255 characters");
    }
  }

  @Test
  void h17_aJobSeesHowOftenItHasSnoozedAndStopped() {
    Ended ended =
        work((job, context) -> {
          log.add(count(job, "snoozes") + " " + count(job, "cairn:interruptions"));
          switch (log.size()) {
            case 1, 2 -> throw new JobSnoozeException(Duration.ZERO);
            case 3 -> throw context.yieldNow("enough");
            default -> {}
          }
        });

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
    assertThat(log).containsExactly("0 0", "1 0", "2 0", "2 1");
  }

  private static int count(Job<Worked> job, String key) {
    return StoredJson.read(job.metadata()).path(key).asInt(0);
  }

  @Test
  void h17_anOutageOfTheDatabaseUsesUpNothingUnlessTheCodeGivesUp() {
    for (Exception outage :
        List.of(
            new StoreUnavailableException("away", null),
            new IllegalStateException(new SQLException("broken", "08006")),
            new SQLException("shut down", "57P01"),
            new SQLException("idle for too long", "57P05"))) {
      log.clear();
      Ended ended =
          work((job, context) -> {
            log.add("attempt " + job.attempt());
            if (log.size() == 1) {
              throw outage;
            }
          });

      assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
      assertThat(log).containsExactly("attempt 1", "attempt 1");
    }

    Ended givenUp =
        work((job, context) -> {
          throw new JobDiscardException("hopeless", new SQLException("broken", "08006"));
        });

    assertThat(givenUp).isEqualTo(new Ended(JobState.DISCARDED, List.of("hopeless")));
  }

  @Test
  void h17_anInterruptionWaitsForTheCommitOfAStep() throws Exception {
    Ended ended =
        work((job, context) ->
            Steps.of(context)
                .stepTx(
                    "pay",
                    connection -> {
                      log.add("pays");
                      insert(connection, "paid");
                      stopByAnotherThread(context);
                    }));

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
    assertThat(log).containsExactly("pays");
    assertThat(rows()).containsExactly("paid");
  }

  private static void stopByAnotherThread(WorkContext context) throws InterruptedException {
    context
        .fork(() ->
            assertThatThrownBy(() -> context.yieldNow("enough"))
                .isInstanceOf(JobInterruption.class))
        .join();
    assertThat(context.interruption()).contains(InterruptionReason.REQUESTED);
  }

  @Test
  void h17_aWorkerThatCannotSayItsTimeoutFails() {
    Ended thrown =
        work(
            withTimeout(() -> {
              throw new IllegalStateException("cannot say");
            }));
    Ended nothing = work(withTimeout(() -> null));

    assertThat(thrown)
        .isEqualTo(
            new Ended(JobState.DISCARDED, List.of("cannot say", "cannot say", "cannot say")));
    assertThat(nothing.state()).isEqualTo(JobState.DISCARDED);
    assertThat(log).isEmpty();
  }

  /** One that has no policy to give either, which is no failure. */
  private Worker<Worked> withTimeout(Supplier<Optional<Duration>> timeout) {
    return new Worker<>() {
      @Override
      public void work(Job<Worked> job, WorkContext context) {
        log.add("worked");
      }

      @Override
      public Optional<Duration> timeout(Job<Worked> job) {
        return timeout.get();
      }

      @Override
      public Optional<ResumePolicy> resumePolicy(Job<Worked> job) {
        throw new IllegalStateException("no policy");
      }
    };
  }

  @Test
  void h17_theTimeOfAStepMayBeForEver() {
    Ended ended =
        work((job, context) ->
            log.add(
                context.within(
                    ChronoUnit.FOREVER.getDuration(),
                    () -> {
                      context.yieldIfInterrupted();
                      return "done";
                    })));

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
    assertThat(log).containsExactly("done");
  }

  /** The inner code has swallowed the interrupts of both. */
  @Test
  void h17_theEndOfAnInnerTimeLeavesTheInterruptOfTheOuterOne() {
    Ended ended =
        work((job, context) -> {
          var never = new CountDownLatch(1);
          assertThatThrownBy(() ->
                  context.within(
                      Duration.ofMillis(60),
                      () -> {
                        context.within(
                            Duration.ofMillis(20),
                            () -> {
                              awaitInterrupt(never);
                              awaitInterrupt(never);
                              return true;
                            });
                        return never.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                      }))
              .isInstanceOf(TimeLimitException.class);
        });

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
  }

  private static void awaitInterrupt(CountDownLatch never) {
    try {
      boolean ignored = never.await(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      // As asked for.
    }
  }

  @Test
  void h17_anItemIsReleasedWithItsTransaction() {
    Ended ended =
        work((job, context) -> {
          Quarantine aside = ((MiddlewareContext) context).quarantine();
          aside.put("rows", new Quarantine.Item("1", null, "bad", 0));
          assertThatThrownBy(() ->
                  context.<Boolean>inTransaction(connection -> {
                    log.add("released " + aside.releaseTx(connection, "rows", "1"));
                    throw new IllegalStateException("rolled back");
                  }))
              .hasMessage("rolled back");
          log.add("aside " + aside.positions("rows"));
          log.add(
              "released "
                  + context.<Boolean>inTransaction(
                      connection -> aside.releaseTx(connection, "rows", "1")));
          log.add("aside " + aside.positions("rows"));
          aside.release("rows", "1");
          aside.release("others", "1");
        });

    assertThat(ended).isEqualTo(new Ended(JobState.COMPLETED, List.of()));
    assertThat(log).containsExactly("released true", "aside [1]", "released true", "aside []");
  }
}
