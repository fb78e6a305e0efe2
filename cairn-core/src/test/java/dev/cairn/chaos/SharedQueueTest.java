package dev.cairn.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.JobQuery;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Clients in processes of their own share two queues and the leadership, are told to pause and to
 * cancel, and are stopped in good order or killed at random. The invariants, counted in a table
 * that only the jobs write: a completed job has exactly one effect, a cancelled one has none, and
 * every job ends as one or the other.
 *
 * <p>The long form: {@code -Dcairn.shared.jobs=200000 -Dcairn.shared.restarts=40}; a seed is taken
 * from {@code -Dcairn.shared.seed}.
 */
@Tag("chaos")
class SharedQueueTest {
  private static final int PROCESSES = 2;
  private static final int JOBS = Integer.getInteger("cairn.shared.jobs", 3_000);
  private static final int RESTARTS = Integer.getInteger("cairn.shared.restarts", 3);
  private static final long SEED = Long.getLong("cairn.shared.seed", System.nanoTime());
  private static final int CANCELLED_AT_ONCE = 20;
  private static final int SCHEDULED_AT_ONCE = 10;

  @RegisterExtension static final TestDatabase database = new TestDatabase();

  @RegisterExtension
  final WorkerProcesses processes =
      new WorkerProcesses(database, SharedQueueWorker.class, "-Xmx192m", "-XX:TieredStopAtLevel=1");

  private final Random random = new Random(SEED);
  private final Cairn client =
      Cairn.builder(database.dataSource()).schema(database.schema()).build();

  @Tag("thorough")
  @Test
  @Timeout(3_600)
  void noJobIsLostAndNoneHasTwoEffects() throws IOException {
    database.execute("CREATE TABLE shared_effect (job_id bigint, client text)");
    var inserts = new ArrayList<JobInsert>();
    for (int i = 0; i < JOBS; i++) {
      InsertOptions options =
          InsertOptions.defaults()
              .withQueue(i % 3 == 0 ? "other" : "default")
              .withPriority(1 + i % 4);
      inserts.add(JobInsert.of(new SharedQueueWorker.Shared(i), options));
    }
    assertThat(client.insertManyFast(inserts)).isEqualTo(JOBS);
    for (int i = 0; i < PROCESSES; i++) {
      processes.start();
    }

    for (int restart = 1; restart <= RESTARTS; restart++) {
      long moment = (long) (JOBS * (restart - random.nextDouble()) / (RESTARTS + 1));
      awaitPatiently(() -> ended() >= moment);
      String paused = random.nextBoolean() ? "other" : "default";
      client.queues().pause(paused);
      cancelSome();
      Process victim = processes.running.remove(random.nextInt(PROCESSES));
      if (random.nextBoolean()) {
        victim.destroyForcibly();
      } else {
        victim.getOutputStream().close();
      }
      insertForLater();
      processes.start();
      client.queues().resume(paused);
    }
    int all = JOBS + RESTARTS * SCHEDULED_AT_ONCE;
    awaitPatiently(() -> ended() == all);

    assertThat(number("SELECT count(*) FROM river_job")).as("jobs").isEqualTo(all);
    assertThat(
            number(
                """
                SELECT count(*)
                FROM river_job AS job
                LEFT JOIN (
                  SELECT job_id, count(*) AS times FROM shared_effect GROUP BY job_id
                ) AS effect ON effect.job_id = job.id
                WHERE coalesce(effect.times, 0)
                  <> CASE job.state WHEN 'completed' THEN 1 ELSE 0 END
                """))
        .as("jobs whose effects do not fit their end, seed %d", SEED)
        .isZero();
    assertThat(number("SELECT count(*) FROM river_job WHERE state = 'completed' AND attempt <> 1"))
        .as("jobs that used up more than one attempt, seed %d", SEED)
        .isZero();
    assertThat(number("SELECT count(DISTINCT client) FROM shared_effect"))
        .as("clients that took part")
        .isGreaterThanOrEqualTo(PROCESSES);
  }

  /** Jobs that only a leader makes available, also when the one before was killed just now. */
  private void insertForLater() {
    InsertOptions later = InsertOptions.defaults().withScheduledAt(Instant.now().plusSeconds(1));
    for (int i = 0; i < SCHEDULED_AT_ONCE; i++) {
      client.insert(new SharedQueueWorker.Shared(i), later);
    }
  }

  /** Cancels jobs that wait and jobs that run. */
  private void cancelSome() {
    JobQuery waiting =
        JobQuery.all()
            .withStates(JobState.AVAILABLE, JobState.RUNNING)
            .latestFirst()
            .withLimit(CANCELLED_AT_ONCE);
    for (JobRow job : client.jobs().list(waiting).jobs()) {
      client.jobs().cancel(job.id());
    }
  }

  private static long ended() {
    return number("SELECT count(*) FROM river_job WHERE state IN ('completed', 'cancelled')");
  }

  private static long number(String sql) {
    return database.number(sql);
  }

  private static void awaitPatiently(Callable<Boolean> condition) {
    await("seed " + SEED).atMost(Duration.ofMinutes(5)).until(condition);
  }
}
