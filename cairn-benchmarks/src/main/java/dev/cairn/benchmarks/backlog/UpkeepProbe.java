package dev.cairn.benchmarks.backlog;

import dev.cairn.Cairn;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.measure.RiverTable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/** Measures how soon the leader does its upkeep on a table. */
record UpkeepProbe(DataSource pool, CrowdedTable table) {
  private static final int JOBS = 1_000;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

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
    return lead();
  }

  private Times lead() throws Exception {
    Workers workers = Workers.builder().register(Noop.class, (job, context) -> {}).build();
    try (Cairn client = Cairn.builder(pool).workers(workers).queue("default", JOBS).build()) {
      long began = System.nanoTime();
      client.start();
      double worked = -1;
      double cleaned = -1;
      while (worked < 0 || cleaned < 0) {
        double seconds = (System.nanoTime() - began) / 1e9;
        worked = worked < 0 && table.finished() == JOBS ? seconds : worked;
        cleaned = cleaned < 0 && oldOnes() == 0 ? seconds : cleaned;
        if (seconds > PATIENCE.toSeconds()) {
          throw new TimeoutException("the leader does not do its upkeep");
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
      return new Times(worked, cleaned);
    }
  }

  private int oldOnes() throws SQLException {
    return table.count("kind = 'old'");
  }
}
