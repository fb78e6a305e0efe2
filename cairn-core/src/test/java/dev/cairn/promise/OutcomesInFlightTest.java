package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.InterceptedStatements;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.JobEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Claims and outcomes whose statements take their time, or whose answers get lost. */
class OutcomesInFlightTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final Map<Integer, AtomicInteger> runs = new ConcurrentHashMap<>();

  @JobKind("counted")
  record Counted(int number) {}

  private Cairn start(InterceptedStatements statements) {
    Cairn client =
        Cairn.builder(InterceptedStatements.of(database.dataSource(), statements))
            .schema(database.schema())
            .workers(
                Workers.builder()
                    .register(
                        Counted.class,
                        (job, context) ->
                            runs.computeIfAbsent(job.args().number(), n -> new AtomicInteger())
                                .incrementAndGet())
                    .build())
            .queue("default", 20)
            .pollInterval(Duration.ofMillis(20))
            .heartbeatTimeout(Duration.ofSeconds(2))
            .build();
    client.start();
    return client;
  }

  private void assertThatEachRunsOnce(Cairn client) {
    var ids = new ArrayList<Long>();
    for (int number = 0; number < 8; number++) {
      ids.add(client.insert(new Counted(number)).id());
    }
    for (long id : ids) {
      var job = clients.await(id, JobState.COMPLETED);
      assertThat(job.attempt()).isEqualTo(1);
      assertThat(job.attemptedBy()).hasSize(1);
    }
    assertThat(runs).hasSize(8).allSatisfy((number, times) -> assertThat(times).hasValue(1));
  }

  /** The client looks for orphans four times in each of these delays. */
  @Test
  void a6_aJobWhoseOutcomeIsOnItsWayIsNoOrphan() {
    Cairn client =
        start((purpose, call) -> {
          if (purpose.equals("complete jobs")) {
            pause();
          }
          return call.proceed();
        });
    try {
      assertThatEachRunsOnce(client);
    } finally {
      client.stop();
    }
  }

  @Tag("thorough")
  @Test
  void a6_aJobWhoseClaimHasNotBeenAnsweredYetIsNoOrphan() {
    Cairn client =
        start((purpose, call) -> {
          Object answer = call.proceed();
          if (purpose.equals("claim jobs")) {
            pause();
          }
          return answer;
        });
    try {
      assertThatEachRunsOnce(client);
    } finally {
      client.stop();
    }
  }

  /** On the database's side, so that the test itself does not sleep. */
  private static void pause() throws SQLException {
    try (Connection own = database.dataSource().getConnection();
        Statement statement = own.createStatement()) {
      statement.execute("SELECT pg_sleep(2.2)");
    }
  }

  @Test
  void a4_anOutcomeWhoseAnswerWasLostIsWrittenAndTold() throws Exception {
    for (String state : List.of("retryable", "discarded", "available")) {
      var lost = new AtomicBoolean();
      var seen = new CountDownLatch(1);
      Cairn client =
          Cairn.builder(
                  InterceptedStatements.of(
                      database.dataSource(),
                      (purpose, call) -> {
                        Object answer = call.proceed();
                        if (purpose.equals("finish jobs") && lost.compareAndSet(false, true)) {
                          throw new SQLException("the connection broke", "08006");
                        }
                        return answer;
                      }))
              .schema(database.schema())
              .workers(
                  Workers.builder()
                      .register(
                          Counted.class,
                          (job, context) -> {
                            if (job.attempt() > 1) {
                              // Or the error of a second attempt would be there too.
                              seen.await();
                            }
                            throw new IllegalStateException("boom");
                          })
                      .build())
              .queue(state, 5)
              .maxAttempts(state.equals("discarded") ? 1 : 5)
              .retryPolicy((job, n) -> Duration.ofSeconds(state.equals("retryable") ? 3600 : 4))
              .build();
      try (var events = client.subscribe(EventKind.JOB_FAILED)) {
        client.start();
        long id = client.insert(new Counted(1), InsertOptions.defaults().withQueue(state)).id();

        Event event = events.poll(Duration.ofSeconds(10)).orElseThrow();

        assertThat(lost).isTrue();
        assertThat(((JobEvent) event).job().id()).isEqualTo(id);
        assertThat(clients.inserter().jobs().find(id).orElseThrow().errors()).hasSize(1);
      } finally {
        seen.countDown();
        client.stop();
      }
      assertThat(
              database.query(
                  "SELECT id FROM cairn_client WHERE id = ? AND timeout > '0'", client.id()))
          .as("signed off, with nothing left")
          .isEmpty();
    }
  }
}
