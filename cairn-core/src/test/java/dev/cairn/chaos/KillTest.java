package dev.cairn.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobInsert;
import dev.cairn.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Kills worker processes with SIGKILL while they work, and counts. The invariants: no job is lost;
 * what rides in a transaction with its checkpoint happens exactly once; what does not happens at
 * least once, and again only for what a kill may cost; a kill uses up no attempt.
 *
 * <p>The long form: {@code -Dcairn.chaos.kills=100 -Dcairn.chaos.jobs=5000}; a seed is taken from
 * {@code -Dcairn.chaos.seed}.
 */
@Tag("chaos")
class KillTest {
  private static final int PROCESSES = 3;
  private static final int KILLS = Integer.getInteger("cairn.chaos.kills", 6);
  private static final int JOBS = Integer.getInteger("cairn.chaos.jobs", 400);
  private static final long SEED = Long.getLong("cairn.chaos.seed", System.nanoTime());
  private static final int EFFECTS_OF_A_JOB = 2 * ChaosWorker.ITEMS + 2;

  @RegisterExtension static final TestDatabase database = new TestDatabase();

  @RegisterExtension
  final WorkerProcesses processes =
      new WorkerProcesses(database, ChaosWorker.class, "-Xmx128m", "-XX:TieredStopAtLevel=1");

  @Test
  @Timeout(1_800)
  void nothingIsLostAndNothingInATransactionIsDoneTwice() throws IOException {
    var random = new Random(SEED);
    database.execute("CREATE TABLE chaos_effect (job_id bigint, what text, item int)");
    Cairn inserter = Cairn.builder(database.dataSource()).schema(database.schema()).build();
    inserter.insertMany(
        IntStream.range(0, JOBS)
            .mapToObj(number -> JobInsert.of(new ChaosWorker.Chaos(number)))
            .toList());
    for (int i = 0; i < PROCESSES; i++) {
      processes.start();
    }

    long effects = (long) JOBS * EFFECTS_OF_A_JOB;
    for (int kill = 1; kill <= KILLS; kill++) {
      long moment = (long) (effects * (kill - random.nextDouble()) / (KILLS + 1));
      awaitPatiently(() -> count("SELECT count(*) FROM chaos_effect") >= moment);
      // Some of them have only begun to start; the last kill hits the one that surely works.
      int victim = kill < KILLS ? random.nextInt(PROCESSES) : 0;
      processes.running.remove(victim).destroyForcibly();
      processes.start();
    }
    awaitPatiently(() -> count("SELECT count(*) FROM river_job WHERE state <> 'completed'") == 0);

    assertThat(count("SELECT count(*) FROM river_job WHERE attempt = 1"))
        .as("jobs completed in their first counted attempt, seed %d", SEED)
        .isEqualTo(JOBS);
    assertThat(exactlyOnce("once")).as("effects of stepTx, seed %d", SEED).isEqualTo(JOBS);
    assertThat(exactlyOnce("batches"))
        .as("effects of advanceInTransaction, seed %d", SEED)
        .isEqualTo((long) JOBS * ChaosWorker.ITEMS);
    assertThat(atLeastOnce("items"))
        .as("effects beside an advance, seed %d", SEED)
        .isEqualTo((long) JOBS * ChaosWorker.ITEMS);
    assertThat(atLeastOnce("result of %")).as("effects of the last step").isEqualTo(JOBS);
    assertThat(count("SELECT count(*) FROM cairn_checkpoint")).as("checkpoints left").isZero();
    assertThat(
            count("SELECT coalesce(sum((metadata->>'river:rescue_count')::int), 0) FROM river_job"))
        .as("jobs rescued in %d kills", KILLS)
        .isPositive();
  }

  /** How many effects there are, if each of them is there once. */
  private static long exactlyOnce(String what) {
    assertThat(
            database.query(
                """
                SELECT job_id, item, count(*) FROM chaos_effect WHERE what = ?
                GROUP BY job_id, item HAVING count(*) > 1
                """,
                what))
        .as("'%s' done twice, seed %d", what, SEED)
        .isEmpty();
    return atLeastOnce(what);
  }

  private static long atLeastOnce(String what) {
    return database.number(
        "SELECT count(DISTINCT (job_id, item)) FROM chaos_effect WHERE what LIKE ?", what);
  }

  private static long count(String sql) {
    return database.number(sql);
  }

  private static void awaitPatiently(Callable<Boolean> condition) {
    await("seed " + SEED).atMost(Duration.ofMinutes(2)).until(condition);
  }
}
