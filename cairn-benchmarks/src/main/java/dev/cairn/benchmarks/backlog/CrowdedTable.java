package dev.cairn.benchmarks.backlog;

import dev.cairn.benchmarks.contenders.OtherContender;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.RiverTable;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * River's table of jobs with other rows that need no work: half of them are scheduled for next
 * year, half were completed an hour ago.
 *
 * @param others the number of other rows
 */
record CrowdedTable(DataSource dataSource, int others) {
  /** Fills an empty table with the other rows. */
  void crowd() throws SQLException {
    update(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, created_at)
        SELECT 'later', jsonb_build_object('number', number), 25, 'scheduled',
          now() + interval '1 year', now() - interval '1 day'
        FROM generate_series(1, %d) AS number
        """
            .formatted(others - others / 2));
    update(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, created_at, attempt,
          attempted_at, attempted_by, finalized_at)
        SELECT 'done', jsonb_build_object('number', number), 25, 'completed',
          now() - interval '1 hour', now() - interval '1 hour', 1, now() - interval '1 hour',
          ARRAY['earlier'], now() - interval '1 hour'
        FROM generate_series(1, %d) AS number
        """
            .formatted(others / 2));
    update("VACUUM ANALYZE river_job");
  }

  /** Removes the worked jobs and inserts due jobs; the other rows stay. */
  void fill(int jobs) throws SQLException {
    update("DELETE FROM river_job WHERE kind = '%s'".formatted(RiverTable.KIND));
    update(
        """
        INSERT INTO river_job (kind, args, max_attempts)
        SELECT '%s', jsonb_build_object('number', number), 25
        FROM generate_series(1, %d) AS number
        """
            .formatted(RiverTable.KIND, jobs));
  }

  /** The number of jobs that were finished in one attempt. */
  int finished() throws SQLException {
    return count("kind = '%s' AND state = 'completed' AND attempt = 1".formatted(RiverTable.KIND));
  }

  /** Checks that the other rows are unchanged. */
  void check() throws SQLException {
    int left =
        count("kind = 'later' AND state = 'scheduled' OR kind = 'done' AND state = 'completed'");
    if (left != others) {
      throw new IllegalStateException(
          "of %d other rows, only %d are unchanged".formatted(others, left));
    }
  }

  int count(String condition) throws SQLException {
    return new RiverTable(dataSource).count(condition);
  }

  void update(String sql) throws SQLException {
    new RiverTable(dataSource).execute(sql);
  }

  /** A contender on this table. */
  Contender beside(Contender contender) {
    return new OtherContender(contender) {
      @Override
      public void fill(int jobs) throws Exception {
        CrowdedTable.this.fill(jobs);
      }

      @Override
      public int finished() throws Exception {
        return CrowdedTable.this.finished();
      }
    };
  }
}
