package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page reads does not grow with the number of jobs that have checkpoints. */
class BoundedReadsTest {
  private static final int JOBS = 5_000;

  /** Each connection is a new one, so that the server counts what it has done when it ends. */
  private static final FreshDatabase DATABASE = EmbeddedDatabase.shared().newDatabase();

  private static final Dashboard DASHBOARD =
      Dashboard.builder(DATABASE.dataSource())
          .schema("public")
          .access(request -> Grant.operator("ada"))
          .build();

  @BeforeAll
  static void fill() throws SQLException {
    Migrator.of(DATABASE.dataSource()).up();
    try (var connection = DATABASE.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO river_job
            (kind, args, state, attempt, max_attempts, attempted_at, finalized_at)
          SELECT 'walk', '{}',
            (CASE WHEN n %% 500 = 0 THEN 'running' ELSE 'completed' END)::river_job_state, 1, 25,
            now(), CASE WHEN n %% 500 = 0 THEN NULL ELSE now() END
          FROM generate_series(1, %d) AS n
          """
              .formatted(JOBS));
      statement.execute(
          """
          INSERT INTO cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence)
          SELECT id, 'read', 1, false, '1', now(), 1 FROM river_job
          """);
      statement.execute("VACUUM ANALYZE");
    }
  }

  @AfterAll
  static void close() {
    DASHBOARD.close();
  }

  private static long read() throws SQLException {
    try (var connection = DATABASE.dataSource().getConnection();
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                """
                SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables
                WHERE relname = 'cairn_checkpoint'
                """)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Seen before: the progress of all jobs was computed for the fifty of a list. */
  @ParameterizedTest
  @ValueSource(strings = {"/api/jobs", "/api/jobs?state=running", "/api/overview"})
  void theCheckpointsOfOtherJobsAreNotRead(String address) throws Exception {
    long before = read();

    new TestPage(DASHBOARD).get(address).ok();

    await().atMost(Duration.ofMinutes(1)).until(() -> read() > before);
    assertThat(read() - before).isLessThan(JOBS);
  }
}
