package dev.cairn.benchmarks.measure;

import java.sql.SQLException;
import java.util.Locale;

/**
 * The planner's statistics of the table of jobs during a measurement. The planner uses the result
 * of the last ANALYZE, which in a mostly idle queue seldom matches the current table.
 */
public enum Statistics {
  /** The table was never analyzed. */
  FRESH,
  /** The table was analyzed when it was empty. */
  EMPTY,
  /** The table was analyzed with 200,000 completed jobs and no waiting ones. */
  IDLE,
  /** The table was analyzed with the jobs to be worked. */
  FULL;

  private static final int COMPLETED = 200_000;

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Prepares the statistics before the jobs are inserted; the table is emptied for this. */
  void prepare(RiverTable table) throws SQLException {
    if (this == FULL) {
      return;
    }
    table.execute("ALTER TABLE river_job SET (autovacuum_analyze_threshold = 2147483647)");
    table.execute("DELETE FROM pg_statistic WHERE starelid = 'river_job'::regclass");
    table.empty();
    if (this == IDLE) {
      table.execute(
          """
          INSERT INTO river_job
            (kind, args, max_attempts, state, attempt, attempted_at, attempted_by, finalized_at)
          SELECT 'noop', '{}', 25, 'completed', 1, now(), '{client}', now()
          FROM generate_series(1, %d)
          """
              .formatted(COMPLETED));
    }
    if (this != FRESH) {
      table.execute("VACUUM ANALYZE river_job");
    }
  }

  /** Prepares the statistics after the jobs were inserted. */
  void settle(RiverTable table) throws SQLException {
    if (this == FULL) {
      table.settle();
    } else {
      table.execute("CHECKPOINT");
    }
  }
}
