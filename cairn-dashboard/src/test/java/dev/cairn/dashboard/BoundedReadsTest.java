package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page reads does not grow with the number of jobs that have checkpoints. */
class BoundedReadsTest {
  private static final int JOBS = 5_000;

  private static final CountedReads READS =
      new CountedReads(
          """
          SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables
          WHERE relname = 'cairn_checkpoint'
          """);

  @BeforeAll
  static void fill() throws SQLException {
    READS.fill(
        """
        INSERT INTO river_job
          (kind, args, state, attempt, max_attempts, attempted_at, finalized_at)
        SELECT 'walk', '{}',
          (CASE WHEN n %% 500 = 0 THEN 'running' ELSE 'completed' END)::river_job_state, 1, 25,
          now(), CASE WHEN n %% 500 = 0 THEN NULL ELSE now() END
        FROM generate_series(1, %d) AS n
        """
            .formatted(JOBS),
        """
        INSERT INTO cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence)
        SELECT id, 'read', 1, false, '1', now(), 1 FROM river_job
        """);
  }

  @AfterAll
  static void close() {
    READS.close();
  }

  /** Seen before: the progress of all jobs was computed for the fifty of a list. */
  @ParameterizedTest
  @ValueSource(strings = {"/api/jobs", "/api/jobs?state=running", "/api/overview"})
  void theCheckpointsOfOtherJobsAreNotRead(String address) throws Exception {
    assertThat(READS.of(address)).isLessThan(JOBS);
  }
}
