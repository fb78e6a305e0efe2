package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InterceptedStatements;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A failure that drops all checkpoints drops them also if the database does not answer (R21). */
class RestartInOutageTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("restart_in_outage_test")
  record Args(String name) {}

  private static final class StaleSnapshot extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Seen before: the next attempt went on at 5. */
  @ParameterizedTest
  @CsvSource({"08006, false", "55P03, false", "08006, true"})
  void r21_theNextAttemptBeginsFromZero(String state, boolean leavesInterrupt) {
    var refusals = new AtomicInteger(3);
    List<Long> begins = new CopyOnWriteArrayList<>();
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (purpose.equals("replace the checkpoints of a job")
                          && refusals.getAndDecrement() > 0) {
                        throw new SQLException("not now", state);
                      }
                      return call.proceed();
                    }))
            .schema(database.schema())
            .workers(
                Workers.builder()
                    .register(
                        Args.class,
                        (job, context) -> {
                          Steps steps = Steps.of(context);
                          steps.restartOn(StaleSnapshot.class);
                          steps.cursor(
                              "load",
                              Long.class,
                              0L,
                              cursor -> {
                                begins.add(cursor.get());
                                if (begins.size() == 1) {
                                  cursor.checkpoint(5L);
                                  if (leavesInterrupt) {
                                    Thread.currentThread().interrupt();
                                  }
                                  throw new StaleSnapshot();
                                }
                              });
                        })
                    .build())
            .queue("default", 1)
            .retryPolicy((job, failures) -> Duration.ZERO)
            .build();
    client.start();
    try {
      clients.await(client.insert(new Args("x")).id(), JobState.COMPLETED);
    } finally {
      client.stop();
    }

    assertThat(begins).containsExactly(0L, 0L);
    assertThat(refusals.get()).isNegative();
  }
}
