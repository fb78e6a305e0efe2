package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobKind;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.internal.MisbehavingDataSource;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A job that is worked without a client, but with what a test gives it of the database. */
class JobTesterDatabaseTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  @JobKind("tester_parent")
  record Parent() {}

  @JobKind("tester_child")
  record Child(int number) {}

  @Test
  void aGivenClientInserts() {
    JobTester.of(Parent.class, (job, context) -> context.client().insert(new Child(1)))
        .withClient(cairn.client())
        .work(new Parent())
        .requireCompleted();

    cairn.inserted(Child.class).withArgs(new Child(1)).one();
  }

  @Test
  void aGivenDataSourceCommitsAStepWithItsMark() {
    TestedAttempt<Parent> attempt =
        JobTester.of(
                Parent.class,
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.stepTx(
                      "insert", connection -> cairn.client().insert(connection, new Child(2)));
                  steps.stepTx(
                      "fail",
                      connection -> {
                        cairn.client().insert(connection, new Child(3));
                        throw new IllegalStateException("rolled back");
                      });
                })
            .withDataSource(cairn.dataSource())
            .work(new Parent());

    assertThat(attempt.failure()).get().hasToString("java.lang.IllegalStateException: rolled back");
    assertThat(attempt.hasFinished("insert")).isTrue();
    assertThat(attempt.hasFinished("fail")).isFalse();
    cairn.inserted(Child.class).withArgs(new Child(2)).one();
    cairn.inserted(Child.class).withArgs(new Child(3)).none();
  }

  @Test
  void aGivenRunnerBeginsTheTransactions() {
    var runs = new AtomicInteger();
    JobTester<Parent> tester =
        JobTester.of(
                Parent.class,
                (job, context) ->
                    Steps.of(context)
                        .stepTx(
                            "insert",
                            connection -> cairn.client().insert(connection, new Child(4))))
            .withDataSource(cairn.dataSource())
            .withTransactions(work -> {
              try (Connection connection = cairn.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                work.run(connection);
                if (runs.incrementAndGet() == 1) {
                  connection.rollback();
                } else {
                  connection.commit();
                  throw new IllegalStateException("after the commit");
                }
              }
            });

    TestedAttempt<Parent> first = tester.work(new Parent());
    assertThat(first.failure()).get().asString().contains("its transaction was rolled back");
    assertThat(first.hasFinished("insert")).isFalse();
    cairn.inserted(Child.class).withArgs(new Child(4)).none();

    TestedAttempt<Parent> second = tester.resume(first).work(new Parent());
    second.requireCompleted();
    cairn.inserted(Child.class).withArgs(new Child(4)).one();
  }

  @Test
  void aStepIsFinishedByHandIfItsTransactionIsCommitted() {
    var runs = new AtomicInteger();
    JobTester<Parent> tester =
        JobTester.of(
                Parent.class,
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.step(
                      "insert",
                      () -> {
                        try (Connection connection = cairn.dataSource().getConnection()) {
                          connection.setAutoCommit(false);
                          cairn.client().insert(connection, new Child(5));
                          steps.finishTx("insert", connection);
                          if (runs.incrementAndGet() > 1) {
                            connection.commit();
                          }
                        }
                      });
                })
            .withDataSource(cairn.dataSource());

    TestedAttempt<Parent> first = tester.work(new Parent());
    assertThat(first.failure()).get().asString().contains("its transaction is not committed");
    TestedAttempt<Parent> second = tester.resume(first).work(new Parent());
    second.requireCompleted();

    assertThat(runs).hasValue(2);
    cairn.inserted(Child.class).withArgs(new Child(5)).one();
  }

  @Test
  void aCursorMovedInATransactionIsWhatIsCommitted() {
    List<Integer> seen = new ArrayList<>();

    JobTester.of(
            Parent.class,
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "rows",
                        Integer.class,
                        0,
                        cursor -> {
                          cursor.advanceInTransaction((connection, position) -> position + 1);
                          seen.add(cursor.get());
                          try (Connection connection = cairn.dataSource().getConnection()) {
                            connection.setAutoCommit(false);
                            cursor.advanceTx(connection, 5);
                            context.completeTx(connection);
                            connection.commit();
                          }
                          seen.add(cursor.get());
                        }))
        .withDataSource(cairn.dataSource())
        .work(new Parent())
        .requireCompleted();

    assertThat(seen).containsExactly(1, 5);
  }

  /** Seen before: a checkpoint became true with its transaction, whatever of that was committed. */
  @Test
  void h17_aPositionBehindASavepointThatIsRolledBackIsNotTrue() {
    List<Integer> seen = new ArrayList<>();

    JobTester.of(
            Parent.class,
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "rows",
                        Integer.class,
                        0,
                        cursor -> {
                          context.<Boolean>inTransaction(connection -> {
                            cursor.advanceTx(connection, 1);
                            var savepoint = connection.setSavepoint();
                            cursor.advanceTx(connection, 2);
                            connection.rollback(savepoint);
                            return true;
                          });
                          seen.add(cursor.get());
                        }))
        .withDataSource(cairn.dataSource())
        .work(new Parent())
        .requireCompleted();

    assertThat(seen).containsExactly(1);
  }

  @Test
  void manyCheckpointsOfOneTransactionAskForItsFateOnceEach() {
    var counting = new MisbehavingDataSource(cairn.dataSource());
    int rows = 200;

    JobTester.of(
            Parent.class,
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "rows",
                        Integer.class,
                        0,
                        cursor ->
                            context.<Boolean>inTransaction(connection -> {
                              for (int row = 1; row <= rows; row++) {
                                cursor.advanceTx(connection, row);
                              }
                              return true;
                            })))
        .withDataSource(counting)
        .work(new Parent())
        .requireCompleted();

    long statements = counting.counts().values().stream().mapToLong(Long::longValue).sum();
    assertThat(statements).isLessThan(5L * rows);
  }
}
