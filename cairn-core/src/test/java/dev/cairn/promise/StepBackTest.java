package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InterceptedStatements;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The database goes back to an earlier state under a running attempt, as an asynchronous standby
 * does that is promoted, or a restore to a point in time: what was committed last is gone, the
 * attempt's checkpoints and the rows of its transactions together.
 */
class StepBackTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final AtomicInteger attempts = new AtomicInteger();
  private final CountDownLatch atTheMiddle = new CountDownLatch(1);
  private final CountDownLatch hasSteppedBack = new CountDownLatch(1);

  @JobKind("stepped")
  record Stepped(String name) {}

  /** A worker; it says when it is in the middle. */
  @FunctionalInterface
  private interface Program {
    void run(WorkContext context, Middle middle) throws Exception;
  }

  /** The database steps back here, in the first attempt. */
  @FunctionalInterface
  private interface Middle {
    void reached() throws InterruptedException;
  }

  @BeforeAll
  static void createTable() {
    database.execute("CREATE TABLE effect (step int)");
  }

  @BeforeEach
  void empty() {
    database.execute("DELETE FROM effect");
  }

  private static void insert(Connection connection, int step) throws SQLException {
    try (var statement = connection.prepareStatement("INSERT INTO effect VALUES (?)")) {
      statement.setInt(1, step);
      statement.executeUpdate();
    }
  }

  /** Runs the program; in its middle the database loses all behind its second step or item. */
  private JobRow run(Program program) throws InterruptedException {
    Cairn client =
        clients.start(
            Stepped.class,
            (job, context) -> {
              boolean first = attempts.incrementAndGet() == 1;
              program.run(
                  context,
                  () -> {
                    if (first) {
                      atTheMiddle.countDown();
                      hasSteppedBack.await();
                    }
                  });
            },
            // So long that nobody but the attempt itself finds out: not with the step before
            // either,
            // which is then written when the next one begins.
            builder ->
                builder
                    .heartbeatTimeout(Duration.ofMinutes(5))
                    .flushInterval(Duration.ofMinutes(5)));
    long id = client.insert(new Stepped("x")).id();
    atTheMiddle.await();
    database.execute("DELETE FROM effect WHERE step > 2");
    database.execute(
        "DELETE FROM cairn_checkpoint WHERE job_id = ? AND name ~ '^s' AND substr(name, 2)::int > 2",
        id);
    database.execute(
        "UPDATE cairn_checkpoint SET value = '2', sequence = 2 WHERE job_id = ? AND name = 'items'",
        id);
    hasSteppedBack.countDown();
    return clients.await(id, JobState.COMPLETED);
  }

  private void assertThatEachRanOnce(JobRow job, int steps) {
    assertThat(database.query("SELECT step, count(*)::int AS n FROM effect GROUP BY 1 ORDER BY 1"))
        .extracting(row -> row.get("step"), row -> row.get("n"))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, steps).mapToObj(step -> tuple(step, 1)).toList());
    assertThat(attempts).as("the job began again").hasValue(2);
    assertThat(job.attempt()).as("it used up no attempt").isEqualTo(1);
    assertThat(job.errors()).isEmpty();
  }

  @Test
  void a7_stepsThatWereLostRunAgain() throws Exception {
    JobRow job =
        run((context, middle) -> {
          var steps = Steps.of(context);
          for (int number = 1; number <= 10; number++) {
            int step = number;
            steps.step("s" + step, () -> database.execute("INSERT INTO effect VALUES (?)", step));
            if (step == 5) {
              middle.reached();
            }
          }
        });

    assertThatEachRanOnce(job, 10);
  }

  @Test
  void a7_stepsInTransactionsThatWereLostRunAgain() throws Exception {
    JobRow job =
        run((context, middle) -> {
          var steps = Steps.of(context);
          for (int number = 1; number <= 10; number++) {
            int step = number;
            steps.stepTx("s" + step, connection -> insert(connection, step));
            if (step == 5) {
              middle.reached();
            }
          }
        });

    assertThatEachRanOnce(job, 10);
  }

  @Test
  void a7_itemsInTransactionsThatWereLostAreDoneAgain() throws Exception {
    JobRow job =
        run((context, middle) ->
            Steps.of(context)
                .cursor(
                    "items",
                    Integer.class,
                    0,
                    cursor -> {
                      while (cursor.get() < 10) {
                        cursor.advanceInTransaction((connection, position) -> {
                          insert(connection, position + 1);
                          return position + 1;
                        });
                        if (cursor.get() == 5) {
                          middle.reached();
                        }
                      }
                    }));

    assertThatEachRanOnce(job, 10);
  }

  @Test
  void a7_anAttemptThatReturnsAfterTheLossDoesNotCompleteItsJob() throws Exception {
    JobRow job =
        run((context, middle) -> {
          var steps = Steps.of(context);
          for (int number = 1; number <= 5; number++) {
            int step = number;
            steps.stepTx("s" + step, connection -> insert(connection, step));
          }
          middle.reached();
        });

    assertThatEachRanOnce(job, 5);
  }

  @Test
  void a7_norDoesItInATransactionOfItsOwn() throws Exception {
    JobRow job =
        run((context, middle) -> {
          var steps = Steps.of(context);
          for (int number = 1; number <= 5; number++) {
            int step = number;
            steps.stepTx("s" + step, connection -> insert(connection, step));
          }
          middle.reached();
          context.inTransaction(connection -> {
            context.completeTx(connection);
            return true;
          });
        });

    assertThatEachRanOnce(job, 5);
  }

  /** The item is lost alone, between the checkpoint before it and the one after it. */
  @Test
  void a7_anItemPutAsideThatWasLostIsDoneAgain() throws Exception {
    var lost = new AtomicBoolean();
    DataSource forgetful =
        InterceptedStatements.of(
            database.dataSource(),
            (purpose, call) -> {
              Object result = call.proceed();
              if (purpose.equals("put an item aside") && !lost.getAndSet(true)) {
                database.execute("DELETE FROM cairn_quarantine");
              }
              return result;
            });
    Worker<Stepped> worker =
        (job, context) -> {
          boolean first = attempts.incrementAndGet() == 1;
          Steps.of(context)
              .failedItems(ItemPolicy.quarantine())
              .forEachTx(
                  "items",
                  Sources.range(1, 6),
                  1,
                  (connection, batch) -> {
                    int item = Math.toIntExact(batch.getFirst());
                    if (first && item == 3) {
                      throw new IllegalStateException("on purpose");
                    }
                    insert(connection, item);
                  });
        };
    Cairn client =
        Cairn.builder(forgetful)
            .schema(database.schema())
            .workers(Workers.builder().register(Stepped.class, worker).build())
            .queue("default", 1)
            .build();
    client.start();
    try {
      long id = client.insert(new Stepped("x")).id();

      assertThatEachRanOnce(clients.await(id, JobState.COMPLETED), 5);
    } finally {
      client.stop();
    }
  }

  /** Nothing would wake the job for years. */
  @Test
  void a7_aJobWhoseWaitWasLostLooksAgain() throws Exception {
    var waits = new CountDownLatch(1);
    var lost = new CountDownLatch(1);
    Cairn client =
        clients.start(
            Stepped.class,
            (job, context) -> {
              boolean first = attempts.incrementAndGet() == 1;
              try {
                Steps.of(context).awaitSignal("paid", "paid", String.class);
              } finally {
                if (first) {
                  waits.countDown();
                  lost.await();
                }
              }
            },
            builder -> builder.heartbeatTimeout(Duration.ofMinutes(5)));
    long id = client.insert(new Stepped("x")).id();
    waits.await();
    database.execute("DELETE FROM cairn_wait WHERE job_id = ?", id);
    database.execute("DELETE FROM cairn_signal");
    lost.countDown();
    await()
        .until(() -> database.number("SELECT count(*) FROM cairn_wait WHERE job_id = ?", id) == 1);

    client.signal("paid", "yes");

    assertThat(clients.await(id, JobState.COMPLETED).attempt()).isEqualTo(1);
  }
}
