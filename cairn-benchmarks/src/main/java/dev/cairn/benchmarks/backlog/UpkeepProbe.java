package dev.cairn.benchmarks.backlog;

import dev.cairn.Cairn;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.measure.RiverTable;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;

/** Measures how soon the leader does its upkeep on a table. */
record UpkeepProbe(DataSource pool, CrowdedTable table) {
  private static final int JOBS = 1_000;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int LOOK_MILLIS = 5;

  /**
   * Times in seconds from the start of a client that becomes the leader.
   *
   * @param worked until due scheduled jobs were made available and worked
   * @param cleaned until old jobs were deleted
   */
  record Times(double worked, double cleaned) {}

  Times measure() throws Exception {
    table.fill(0);
    table.update(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at)
        SELECT '%s', jsonb_build_object('number', number), 25, 'scheduled',
          now() - interval '1 second'
        FROM generate_series(1, %d) AS number
        """
            .formatted(RiverTable.KIND, JOBS));
    table.update(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, attempt, attempted_at,
          finalized_at)
        SELECT 'old', '{}', 25, 'completed', now() - interval '2 days', 1,
          now() - interval '2 days', now() - interval '2 days'
        FROM generate_series(1, %d) AS number
        """
            .formatted(JOBS));
    // The rows that the fill deleted must not slow down the first look.
    table.update("VACUUM ANALYZE river_job");
    return lead();
  }

  /** Measures both times on connections of their own, so that neither look delays the other. */
  private Times lead() throws Exception {
    Workers workers = Workers.builder().register(Noop.class, (job, context) -> {}).build();
    ExecutorService looks = Executors.newFixedThreadPool(2);
    try (Cairn client = Cairn.builder(pool).workers(workers).queue("default", JOBS).build()) {
      long began = System.nanoTime();
      Future<Double> worked =
          looks.submit(() -> secondsUntil(() -> table.finished() == JOBS, began, PATIENCE));
      Future<Double> cleaned =
          looks.submit(() -> secondsUntil(() -> table.count("kind = 'old'") == 0, began, PATIENCE));
      client.start();
      return new Times(worked.get(), cleaned.get());
    } finally {
      looks.shutdownNow();
    }
  }

  /**
   * The seconds until a condition was seen to be true. The clock is read after the answer, because
   * the leader works on while the condition is queried. So the time is at most one query and one
   * pause too long, and never too short.
   *
   * @throws TimeoutException if the condition is not true in time
   */
  static double secondsUntil(Callable<Boolean> condition, long began, Duration patience)
      throws Exception {
    while (!condition.call()) {
      if (System.nanoTime() - began > patience.toNanos()) {
        throw new TimeoutException("the leader does not do its upkeep");
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return (System.nanoTime() - began) / 1e9;
  }
}
