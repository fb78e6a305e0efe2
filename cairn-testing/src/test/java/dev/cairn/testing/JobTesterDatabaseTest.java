package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobKind;
import dev.cairn.resumable.Steps;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
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
                            cursor.advanceTx(connection, 5);
                            context.completeTx(connection);
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
}
