package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Statements that were committed while the connection broke before the client heard of it. */
class LostAnswerTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final AtomicBoolean answersAreLost = new AtomicBoolean();

  @JobKind("unheard")
  record Args(String name) {}

  @Test
  void r6_aJobWhoseClaimWasNotHeardOfRunsInTheEnd() {
    Cairn client =
        Cairn.builder(losingAnswers(database.dataSource()))
            .schema(database.schema())
            .workers(Workers.builder().register(Args.class, (job, context) -> {}).build())
            .queue("default", 5)
            .pollInterval(Duration.ofMillis(20))
            .heartbeatTimeout(Duration.ofSeconds(1))
            .build();
    client.start();
    try {
      answersAreLost.set(true);
      long id = clients.inserter().insert(new Args("x")).id();
      clients.await(id, JobState.RUNNING);
      answersAreLost.set(false);

      JobRow job = clients.await(id, JobState.COMPLETED);
      assertThat(job.attempt()).as("the claim that nobody heard of is given back").isEqualTo(1);
    } finally {
      client.stop();
    }
  }

  @Test
  void r6_aJobOfADeadClientOfTheSameNameRunsAgain() {
    database.execute(
        "INSERT INTO %s.cairn_client (id, timeout) VALUES ('pod-1', '1 second')"
            .formatted(database.schema()));
    long id =
        database.number(
            """
            INSERT INTO %s.river_job
              (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
            VALUES ('unheard', '{"name": "x"}', 'running', 1, 25, now(), ARRAY['pod-1'])
            RETURNING id
            """
                .formatted(database.schema()));

    clients.start(Args.class, (job, context) -> {}, settings -> settings.clientId("pod-1"));

    assertThat(clients.await(id, JobState.COMPLETED).attempt()).isEqualTo(1);
  }

  /** A job that runs for longer than the client looks for strays is none. */
  @Test
  void aJobThatRunsIsNoStray() {
    var begun = new AtomicBoolean();
    // One may have begun before the job has, and two of the others hand back a stray.
    var looks = new CountDownLatch(3);
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      Object result = call.proceed();
                      if (purpose.equals("look for orphaned claims") && begun.get()) {
                        looks.countDown();
                      }
                      return result;
                    }))
            .schema(database.schema())
            .workers(
                Workers.builder()
                    .register(
                        Args.class,
                        (job, context) -> {
                          begun.set(true);
                          looks.await();
                        })
                    .build())
            .queue("default", 5)
            .heartbeatTimeout(Duration.ofSeconds(4))
            .build();
    client.start();
    try {
      long id = client.insert(new Args("long")).id();

      assertThat(clients.await(id, JobState.COMPLETED).attemptedBy()).hasSize(1);
    } finally {
      client.stopNow();
    }
  }

  /** Runs the claims, and then breaks. */
  private DataSource losingAnswers(DataSource target) {
    return InterceptedStatements.of(
        target,
        (purpose, call) -> {
          Object result = call.proceed();
          if (purpose.equals("claim jobs") && answersAreLost.get()) {
            throw new SQLException("the connection broke", "08006");
          }
          return result;
        });
  }
}
