package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulingTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  @RegisterExtension final OneConnection connection = new OneConnection(server);

  private final PostgresUpkeepStore upkeep = new PostgresUpkeepStore(connection.database());

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job RESTART IDENTITY");
  }

  /** Inserts jobs for so many seconds from now, over these queues; returns the id of the last. */
  private static long insert(int jobs, String state, int priority, int seconds, String... queues) {
    server.execute(
        """
        INSERT INTO river_job
          (kind, args, max_attempts, state, priority, scheduled_at, queue, finalized_at)
        SELECT 'noop', '{}', 25, ?::river_job_state, ?, now() + ? * interval '1 second',
          (?::text[])[1 + number % ?], CASE WHEN ? IN ('completed', 'cancelled') THEN now() END
        FROM generate_series(1, ?) AS number
        """,
        state, priority, seconds, "{" + String.join(",", queues) + "}", queues.length, state, jobs);
    return server.number("SELECT max(id) FROM river_job");
  }

  private static List<Long> available() {
    return server.query("SELECT id FROM river_job WHERE state = 'available' ORDER BY id").stream()
        .map(row -> (Long) row.get("id"))
        .toList();
  }

  @Test
  void whatIsDueIsFoundInEachQueueAndPriorityAndNothingElse() {
    long scheduled = insert(1, "scheduled", 1, -10, "a");
    long retryable = insert(1, "retryable", 4, -10, "b");
    long other = insert(1, "scheduled", 3, -1, "z");
    insert(1, "scheduled", 1, 3_600, "a");
    insert(1, "retryable", 4, 3_600, "b");
    insert(1, "pending", 1, -10, "a");

    assertThat(upkeep.schedule(100)).isEqualTo(3);
    assertThat(available()).containsExactly(scheduled, retryable, other);
  }

  @Test
  void theMostUrgentComeFirstAndThenThoseThatAreDueLongestWhateverTheirQueue() {
    long relaxed = insert(1, "scheduled", 2, -600, "a");
    long younger = insert(1, "scheduled", 1, -10, "a");
    long older = insert(1, "retryable", 1, -20, "b");

    assertThat(upkeep.schedule(1)).isEqualTo(1);
    assertThat(available()).containsExactly(older);
    assertThat(upkeep.schedule(1)).isEqualTo(1);
    assertThat(available()).containsExactly(younger, older);
    assertThat(upkeep.schedule(1)).isEqualTo(1);
    assertThat(available()).containsExactly(relaxed, younger, older);
    assertThat(upkeep.schedule(1)).isZero();
  }

  /* The server counts the rows and index entries that it reads. */
  @Test
  void jobsScheduledForLaterAreNotLookedAt() throws SQLException {
    int later = 10_000;
    insert(later, "scheduled", 1, 3_600, "a", "b", "c");
    insert(later, "retryable", 3, 3_600, "a", "b", "c");
    server.execute("VACUUM ANALYZE river_job");
    insert(10, "scheduled", 1, -10, "b");

    assertThat(readToSchedule(10)).isLessThan(200);
  }

  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(strings = {"completed", "available", "running", "scheduled", "retryable"})
  void g1_whateverStateTheOthersAreInAndTheStatisticsSayTheyAreNotLookedAt(String state)
      throws SQLException {
    server.execute("VACUUM ANALYZE river_job");
    assertThat(readToSchedule(0)).as("an empty table").isLessThan(40);

    insert(10_000, state, 1, 3_600, "a");
    assertThat(readToSchedule(0)).as("as if it were empty").isLessThan(40);

    server.execute("VACUUM ANALYZE river_job");
    insert(10, "retryable", 1, -10, "a");
    assertThat(readToSchedule(10)).as("as if nothing were due").isLessThan(200);

    // By the connection whose reading is counted at once: another's may be counted later.
    connection
        .database()
        .update(
            Sql.of(
                "end all",
                "UPDATE {schema}.river_job SET state = 'cancelled', finalized_at = now()"),
            Map.of());
    server.execute("VACUUM river_job");
    assertThat(readToSchedule(0)).as("as if they were still %s", state).isLessThan(40);
  }

  private long readToSchedule(int due) throws SQLException {
    long before = connection.entriesRead() + connection.rowsScanned();
    assertThat(upkeep.schedule(10_000)).isEqualTo(due);
    return connection.entriesRead() + connection.rowsScanned() - before;
  }
}
