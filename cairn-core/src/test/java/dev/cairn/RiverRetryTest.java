package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Jobs that River's own client, or its web page, has cancelled and then retried. Its retry leaves
 * the request to cancel in the metadata.
 */
class RiverRetryTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("retried_by_river")
  record Retried() {}

  private static final String METADATA = "SELECT metadata::text FROM river_job WHERE id = ?";

  private static long cancelledAndRetried(String metadata) {
    return database.number(
        """
        INSERT INTO river_job (kind, args, max_attempts, metadata)
        VALUES ('retried_by_river', '{}', 25, ?::jsonb)
        RETURNING id
        """,
        metadata);
  }

  @Test
  void anAttemptAfterTheRetryIsNotCancelledByTheEarlierRequest() {
    var whileItRan = new AtomicReference<@Nullable String>();
    long id =
        cancelledAndRetried("{\"cancel_attempted_at\": \"2026-11-28T01:00:00Z\", \"of\": \"us\"}");
    clients.start(
        Retried.class,
        (job, context) -> {
          whileItRan.set(database.text(METADATA, job.id()));
          throw new IllegalStateException("fails " + job.attempt());
        });

    JobRow job = clients.await(id, JobState.RETRYABLE);

    assertThat(whileItRan.get()).isEqualTo("{\"of\": \"us\"}");
    assertThat(job.errors()).extracting(AttemptError::error).containsExactly("fails 1", "fails 2");
  }

  /** A pause of a job that completes all the same is over with it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPauseOfACompletedJobDoesNotOutliveIt(boolean inTransaction) {
    // From the pause on, nobody looks at what is asked of running jobs: the job would be stopped
    // before it is completed.
    var looks = new Semaphore(1);
    Worker<Retried> worker =
        (job, context) -> {
          looks.acquire();
          clients.inserter().jobs().operator("ada").pause(job.id());
          if (inTransaction) {
            context.inTransaction(connection -> {
              context.completeTx(connection);
              return true;
            });
          }
        };
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (!purpose.equals("check the running jobs")) {
                        return call.proceed();
                      }
                      looks.acquire();
                      try {
                        return call.proceed();
                      } finally {
                        looks.release();
                      }
                    }))
            .schema(database.schema())
            .workers(Workers.builder().register(Retried.class, worker).build())
            .queue("default", 1)
            .pollOnly()
            .pollInterval(Duration.ofMillis(50))
            .build();
    client.start();
    long id = client.insert(new Retried()).id();
    try {
      clients.await(id, JobState.COMPLETED);
    } finally {
      looks.release();
      client.stopNow();
    }

    assertThat(database.text(METADATA, id)).doesNotContain("cairn:request").contains("\"pause\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[\"cancel_attempted_at\"]", "\"cancel_attempted_at\"", "null", "7"})
  void metadataThatAreNoObjectAreClaimedAsTheyAre(String metadata) {
    var whileItRan = new AtomicReference<@Nullable String>();
    long id = cancelledAndRetried(metadata);
    clients.start(
        Retried.class, (job, context) -> whileItRan.set(database.text(METADATA, job.id())));

    clients.await(id, JobState.COMPLETED);

    assertThat(whileItRan.get()).isEqualTo(metadata);
  }
}
