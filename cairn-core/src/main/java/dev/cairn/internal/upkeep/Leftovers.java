package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.Passed;
import java.time.Duration;

/**
 * Deletes the rows that are left of jobs which were deleted by a program that does not know them,
 * such as River for Go. The rows of all jobs are looked at for that, a stretch at a time, so that
 * the server has little to do if there are millions of them. Used by one thread.
 */
final class Leftovers {
  /** For each table and turn. */
  private static final Duration TIME_MAX = Duration.ofMillis(300);

  private static final int JOBS = 2_000;
  private static final int ROWS = 10_000;

  private final UpkeepStore store;
  private final Table checkpoints;
  private final Table quarantine;

  Leftovers(UpkeepStore store) {
    this.store = store;
    this.checkpoints = new Table(store::cleanCheckpoints);
    this.quarantine = new Table(store::cleanQuarantine);
  }

  /**
   * Continues for a moment, or until the end of each table. The next turn then starts at the
   * beginning.
   */
  void clean() {
    checkpoints.clean();
    quarantine.clean();
    store.cleanClients();
  }

  private interface Pass {
    Passed pass(long after, int jobs, int rows);
  }

  /** A table with rows of jobs. */
  private static final class Table {
    private final Pass pass;
    private long after = Long.MIN_VALUE;

    Table(Pass pass) {
      this.pass = pass;
    }

    void clean() {
      long begin = System.nanoTime();
      boolean more;
      do {
        more = cleanStretch();
      } while (more && System.nanoTime() - begin < TIME_MAX.toNanos());
    }

    private boolean cleanStretch() {
      Passed passed = pass.pass(after, JOBS, ROWS);
      if (passed.rows() >= ROWS) {
        // There may be more of the same jobs.
        return true;
      }
      boolean atEnd = passed.jobs() < JOBS;
      after = atEnd ? Long.MIN_VALUE : passed.last();
      return !atEnd;
    }
  }
}
