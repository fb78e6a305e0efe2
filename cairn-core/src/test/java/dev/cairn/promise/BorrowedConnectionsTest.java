package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InterceptedCalls;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A connection comes back as it was taken, because not every pool puts that right. */
class BorrowedConnectionsTest {
  private static final int TIMEOUT_MILLIS = 54_321;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final Queue<Returned> returned = new ConcurrentLinkedQueue<>();

  private record Returned(boolean autoCommit, int networkTimeoutMillis) {}

  @JobKind("borrowing")
  record Borrowing(String name) {}

  /** Hands out connections with auto-commit off, and resets nothing. */
  private DataSource pool() {
    return InterceptedCalls.of(
        DataSource.class,
        database.fresh().dataSource(),
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof Connection connection ? lent(connection) : result;
        });
  }

  private Connection lent(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.setNetworkTimeout(Runnable::run, TIMEOUT_MILLIS);
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          if (method.equals("close") && !connection.isClosed()) {
            returned.add(new Returned(connection.getAutoCommit(), connection.getNetworkTimeout()));
          }
          return call.proceed();
        });
  }

  private static void work(WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.step("plain", () -> {});
    steps.stepTx("in a transaction", connection -> {});
    steps.forEachTx("each", Sources.range(0, 5), 2, (connection, batch) -> {});
    steps.cursor("cursor", Long.class, 0L, cursor -> cursor.checkpoint(1L));
  }

  @Test
  void allComeBackAsTheyWereTaken() {
    Cairn client =
        Cairn.builder(pool())
            .schema(database.schema())
            .workers(
                Workers.builder()
                    .register(Borrowing.class, (job, context) -> work(context))
                    .build())
            .queue("default", 2)
            .periodicJob(
                PeriodicJob.of(
                    "often",
                    Every.of(Duration.ofSeconds(1)),
                    due -> JobInsert.of(new Borrowing("often"))))
            .build();
    client.start();
    clients.await(client.insert(new Borrowing("once")).id(), JobState.COMPLETED);
    client.queues().pauseAll();
    client.queues().resumeAll();
    client.stop();

    assertThat(returned).hasSizeGreaterThan(5).containsOnly(new Returned(false, TIMEOUT_MILLIS));
  }
}
