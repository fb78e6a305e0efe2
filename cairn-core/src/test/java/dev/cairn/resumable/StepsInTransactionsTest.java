package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.Sources;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps in the body of a transaction that is run again after a deadlock (R4, R31, R33). */
class StepsInTransactionsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);
  private final AtomicInteger collisions = new AtomicInteger();

  @BeforeEach
  void prepare() {
    effects.clear();
    database.execute("DELETE FROM " + database.schema() + ".cairn_quarantine");
  }

  /** Fails as a statement does that meets a deadlock, the first times. */
  private void collide(int times) throws SQLException {
    if (collisions.incrementAndGet() <= times) {
      throw new SQLException("deadlock detected", "40P01");
    }
  }

  private static void assertNoFailure(JobRow job) {
    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r4_theStepsOfATransactionAreReachedAgainAfterADeadlock() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.stepTx(
                "settle",
                connection -> {
                  steps.step("mail", () -> steps.step("text", jobs.noting("mailed")));
                  steps.parallel(
                      "both",
                      branches ->
                          branches
                              .add("one", own -> own.step("first", jobs.noting("one")))
                              .add("two", own -> jobs.notes.add("two")));
                  Effects.insert(connection, "settled");
                  collide(2);
                }));

    assertNoFailure(job);
    assertThat(collisions).hasValue(3);
    assertThat(jobs.notes).containsExactlyInAnyOrder("mailed", "one", "two");
    assertThat(effects.all()).containsExactly("settled");
  }

  @Test
  void r4_aStepThatMeetsTheDeadlockItselfRunsAgain() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.stepTx(
                "settle",
                connection ->
                    steps.step(
                        "row",
                        () -> {
                          Effects.insert(connection, "row");
                          collide(1);
                        })));

    assertNoFailure(job);
    assertThat(effects.all()).containsExactly("row");
  }

  @Test
  void r4_theStepsOfABatchAreReachedAgainAfterADeadlock() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "copy",
                Long.class,
                0L,
                cursor -> {
                  while (cursor.get() < 3) {
                    cursor.advanceInTransaction((connection, position) -> {
                      steps.step(Steps.name("mail", position), jobs.noting("mail " + position));
                      steps.stepTx(
                          Steps.name("inner", position),
                          inner -> Effects.insert(inner, "inner " + position));
                      Effects.insert(connection, "row " + position);
                      if (position == 1) {
                        collide(2);
                      }
                      return position + 1;
                    });
                  }
                }));

    assertNoFailure(job);
    assertThat(jobs.notes).containsExactly("mail 0", "mail 1", "mail 2");
    assertThat(effects.all())
        .containsExactly("inner 0", "inner 1", "inner 2", "row 0", "row 1", "row 2");
  }

  /** What was reached before the transaction has been reached, however often it is run. */
  @Test
  void r4_aNameThatIsUsedTwiceIsRefusedAlsoAfterADeadlock() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "copy",
                Long.class,
                0L,
                cursor -> {
                  steps.step("before", jobs.noting("before"));
                  cursor.advanceInTransaction((connection, position) -> {
                    steps.step("within", jobs.noting("within"));
                    collide(1);
                    steps.step("before", jobs.noting("never"));
                    return position + 1;
                  });
                }));

    assertThat(job.errors().getLast().error()).contains("'copy/before'", "runs twice");
    assertThat(jobs.notes).containsExactly("before", "within");
  }

  static Stream<ItemPolicy> policies() {
    return Stream.of(ItemPolicy.skip(5), ItemPolicy.quarantine());
  }

  /** Seen before: a healthy item was skipped for good. */
  @ParameterizedTest
  @MethodSource("policies")
  void r31_aDeadlockOfAnItemWithAStepIsNotItsFailure(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt(
            ResumableJobs.batches(
                policy,
                4,
                2,
                (steps, connection, number, batch) -> {
                  steps.step(Steps.name("mail", number), jobs.noting("mail " + number));
                  Effects.insert(connection, "row " + number);
                  if (number == 1) {
                    throw new IllegalStateException("one");
                  }
                  if (number == 0 && batch.size() == 1) {
                    collide(2);
                  }
                }));

    assertNoFailure(job);
    assertThat(collisions).hasValue(3);
    assertThat(effects.all()).containsExactly("row 0", "row 2", "row 3");
    assertThat(jobs.notes).containsExactly("mail 0", "mail 1", "mail 2", "mail 3");
  }

  /** Seen before: "runs twice" hid the deadlock, and a healthy item was skipped for good. */
  @ParameterizedTest
  @MethodSource("policies")
  void r31_aDeadlockInATransactionOfTheContextIsNotTheItemsFailure(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(policy)
                .forEach(
                    "rows",
                    Sources.range(0, 3),
                    number ->
                        context.inTransaction(connection -> {
                          steps.step(Steps.name("mail", number), jobs.noting("mail " + number));
                          Effects.insert(connection, "row " + number);
                          if (number == 1) {
                            collide(2);
                          }
                          return true;
                        })));

    assertNoFailure(job);
    assertThat(collisions).hasValue(3);
    assertThat(clients.inserter().jobs().quarantined(job.id())).isEmpty();
    assertThat(effects.all()).containsExactly("row 0", "row 1", "row 2");
    assertThat(jobs.notes).containsExactly("mail 0", "mail 1", "mail 2");
  }

  @Test
  void r4_topLevelStepsInATransactionOfTheContextKeepTheirPositions() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          context.inTransaction(connection -> {
            steps.step("first", jobs.noting("first"));
            steps.step("second", jobs.noting("second"));
            Effects.insert(connection, "row");
            collide(2);
            return true;
          });
          steps.step("third", jobs.noting("third"));
          throw new IllegalStateException("on purpose");
        });

    assertThat(job.errors().getLast().error()).isEqualTo("on purpose");
    assertThat(jobs.notes).containsExactly("first", "second", "third");
    assertThat(jobs.checkpoints(job.id()))
        .extracting(row -> row.get("name") + " at " + row.get("position"))
        .containsExactly("first at 1", "second at 2", "third at 3");
  }

  @Test
  void r4_aBranchReachesTheStepsOfItsTransactionAgain() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "both",
                branches ->
                    branches
                        .add(
                            "one",
                            own ->
                                context.inTransaction(connection -> {
                                  own.step("mail", jobs.noting("mailed"));
                                  own.stepTx("inner", inner -> Effects.insert(inner, "inner"));
                                  Effects.insert(connection, "row");
                                  collide(2);
                                  return true;
                                }))
                        .add("two", own -> own.step("mail", jobs.noting("two")))));

    assertNoFailure(job);
    assertThat(jobs.notes).containsExactlyInAnyOrder("mailed", "two");
    assertThat(effects.all()).containsExactly("inner", "row");
  }

  @Test
  void r33_aDeadlockOfAnItemThatIsDoneAgainIsNotItsFailure() {
    var poisonous = new AtomicBoolean(true);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEachTx(
                    "rows",
                    Sources.range(0, 3),
                    1,
                    (connection, batch) -> {
                      long number = batch.getFirst();
                      if (number == 1 && poisonous.get()) {
                        throw new IllegalStateException("one");
                      }
                      steps.step(Steps.name("mail", number), jobs.noting("mail " + number));
                      Effects.insert(connection, "row " + number);
                      if (number == 1) {
                        collide(2);
                      }
                    });
    long id = jobs.firstAttempt(code).id();
    poisonous.set(false);
    clients.inserter().jobs().operator("ada").redrive(id);

    jobs.start(code);

    assertNoFailure(clients.await(id, JobState.COMPLETED));
    assertThat(clients.inserter().jobs().quarantined(id)).isEqualTo(List.of());
    assertThat(collisions).hasValue(3);
    assertThat(effects.all()).containsExactly("row 0", "row 1", "row 2");
    assertThat(jobs.notes).containsExactlyInAnyOrder("mail 0", "mail 1", "mail 2");
  }

  /** Seen before: the transaction was committed, and then the attempt failed and was repeated. */
  @Test
  void stepsThatBeginWithinATransactionOfAMiddlewareDoNotFollowIt() throws Exception {
    Cairn client =
        jobs.start(
            (steps, context) -> {
              steps.step("outer", jobs.noting("outer"));
              steps.stepTx("rows", connection -> jobs.notes.add("rows"));
            },
            builder ->
                builder.middleware((context, next) ->
                    context.inTransaction(connection -> {
                      next.proceed();
                      return true;
                    })));

    long id = client.insert(new ResumableJobs.Args("within")).id();
    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
    assertThat(jobs.notes).containsExactly("outer", "rows");
  }
}
