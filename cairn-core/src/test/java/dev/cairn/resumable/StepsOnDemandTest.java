package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.MiddlewareContext.TransactionWatch;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The steps of an attempt are made when its code first asks for them, wherever that is. */
class StepsOnDemandTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> notes = new CopyOnWriteArrayList<>();
  private final AtomicInteger runs = new AtomicInteger();

  @JobKind("steps_on_demand")
  private record Args(int number) {}

  private Cairn start(Worker<Args> worker) {
    return clients.start(
        Args.class, worker, builder -> builder.retryPolicy((job, failures) -> Duration.ofHours(1)));
  }

  private JobRow work(Worker<Args> worker) {
    Cairn client = start(worker);
    return clients.await(client.insert(new Args(1)).id(), JobState.COMPLETED);
  }

  private void collide(int times) throws SQLException {
    if (runs.incrementAndGet() <= times) {
      throw new SQLException("deadlock detected", "40P01");
    }
  }

  private void step(WorkContext context, String name) throws Exception {
    Steps.of(context).step(name, () -> notes.add(name));
  }

  @Test
  void inATransactionThatRunsAgainTheyAreReachedAgain() {
    JobRow job =
        work((args, context) -> {
          context.inTransaction(outer -> {
            context.inTransaction(inner -> {
              step(context, "within");
              step(context, "too");
              collide(2);
              return true;
            });
            step(context, "after");
            collide(4);
            return true;
          });
          step(context, "last");
        });

    assertThat(job.errors()).isEmpty();
    assertThat(runs).hasValue(6);
    assertThat(notes).containsExactly("within", "too", "after", "last");
  }

  @Test
  void afterATransactionWithoutThemTheyAreNotInIt() {
    JobRow job =
        work((args, context) -> {
          context.inTransaction(connection -> {
            collide(1);
            return true;
          });
          step(context, "first");
          context.inTransaction(connection -> {
            step(context, "second");
            collide(3);
            return true;
          });
        });

    assertThat(job.errors()).isEmpty();
    assertThat(notes).containsExactly("first", "second");
  }

  @Test
  void aForkThatAsksFirstMakesThemForTheJobsOwnThread() {
    var refused = new AtomicReference<Exception>();
    JobRow job =
        work((args, context) ->
            context.inTransaction(connection -> {
              Thread fork =
                  ((MiddlewareContext) context)
                      .fork(() -> {
                        try {
                          step(context, "never");
                        } catch (Exception e) {
                          refused.set(e);
                        }
                      });
              fork.join();
              step(context, "own");
              collide(1);
              return true;
            }));

    assertThat(job.errors()).isEmpty();
    assertThat(refused.get()).hasMessageContaining("CAIRN-308");
    assertThat(notes).containsExactly("own");
  }

  @Test
  void allAskersGetTheSame() {
    var found = new CopyOnWriteArrayList<Steps>();
    work((args, context) -> {
      List<Thread> askers =
          List.of(1, 2, 3, 4).stream()
              .map(each -> ((MiddlewareContext) context).fork(() -> found.add(Steps.of(context))))
              .toList();
      for (Thread asker : askers) {
        asker.join();
      }
      found.add(Steps.of(context));
    });

    assertThat(found).hasSize(5).containsOnly(found.getFirst());
  }

  /** Seen before: the exception of a watch hid that the transaction was committed. */
  @Test
  void aWatchThatFailsLeavesTheTransactionsAlone() {
    var told = new CopyOnWriteArrayList<String>();
    JobRow job =
        work((args, context) -> {
          watch(context, new Failing());
          watch(context, new Noting(told));
          context.inTransaction(connection -> insert(connection, "row"));
          step(context, "after");
        });

    assertThat(job.errors()).isEmpty();
    assertThat(told).containsExactly("begins", "ended");
    assertThat(notes).containsExactly("row", "after");
  }

  @Test
  void aWatchThatRefusesATransactionFailsTheCallAndTheOthersSeeItsEnd() {
    var told = new CopyOnWriteArrayList<String>();
    JobRow job =
        work((args, context) -> {
          watch(context, new Noting(told));
          watch(context, new Refusing());
          assertThatThrownBy(() -> context.inTransaction(connection -> notes.add("never")))
              .hasMessage("refused");
          step(context, "after");
        });

    assertThat(job.errors()).isEmpty();
    assertThat(told).containsExactly("begins", "ended");
    assertThat(notes).containsExactly("after");
  }

  @Test
  void stepsThatRiverHasBegunMustNotBeLeftOutByCodeThatAsksForNone() {
    long id = clients.inserter().insert(new Args(1)).id();
    database.execute(
        "UPDATE %s.river_job SET metadata = '{\"river:resumable_step\": \"import\"}' WHERE id = ?"
            .formatted(database.schema()),
        id);
    start((args, context) -> notes.add("ran"));

    JobRow job = clients.await(id, JobState.RETRYABLE);
    assertThat(notes).containsExactly("ran");
    assertThat(job.errors().getFirst().error()).contains("'import'", "without reaching it");
  }

  private static void watch(WorkContext context, TransactionWatch watch) {
    ((MiddlewareContext) context).watchTransactions(watch);
  }

  private boolean insert(Connection connection, String row) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    }
    return notes.add(row);
  }

  private record Noting(List<String> told) implements TransactionWatch {
    @Override
    public void begins() {
      told.add("begins");
    }

    @Override
    public void runsAgain() {
      told.add("again");
    }

    @Override
    public void ended() {
      told.add("ended");
    }
  }

  private record Refusing() implements TransactionWatch {
    @Override
    public void begins() {
      throw new IllegalStateException("refused");
    }

    @Override
    public void runsAgain() {}

    @Override
    public void ended() {
      throw new AssertionError("it has not begun");
    }
  }

  private record Failing() implements TransactionWatch {
    @Override
    public void begins() {}

    @Override
    public void runsAgain() {}

    @Override
    public void ended() {
      throw new AssertionError("ended");
    }
  }
}
