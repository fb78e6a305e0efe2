package dev.cairn.benchmarks.measure;

import java.sql.SQLException;
import java.util.Locale;

/**
 * What the server's planner believes of the table of jobs while they are worked. It plans by what
 * ANALYZE has last seen, and in a queue that is idle most of the time that is seldom what is there.
 */
public enum Statistics {
  /** The table was never analyzed. */
  FRESH,
  /** It was empty. */
  EMPTY,
  /** It held 200,000 completed jobs, and nothing to do. */
  IDLE,
  /** It held the jobs that are to be worked. */
  FULL;

  private static final int COMPLETED = 200_000;

  /** As on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Before the jobs are inserted, for which the table is emptied. */
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

  /** After the jobs were inserted. */
  void settle(RiverTable table) throws SQLException {
    if (this == FULL) {
      table.settle();
    } else {
      table.execute("CHECKPOINT");
    }
  }
}
