package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobState;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.JobQuery;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What it costs to look at some jobs among many, counted by the server in rows and entries. */
class JobListPlansTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();
  @RegisterExtension final OneConnection connection = new OneConnection(server);

  private static final int OTHERS = 20_000;

  /** More often than the server plans a prepared statement anew for its values. */
  private static final int LOOKS = 12;

  private final PostgresJobListStore jobs = new PostgresJobListStore(connection.database());

  @BeforeEach
  void fill() {
    server.execute("TRUNCATE river_job");
    server.execute("ALTER TABLE river_job SET (autovacuum_enabled = off)");
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, attempt, finalized_at)
        SELECT 'noop', '{}', 25, 'completed', 1, now() - number * interval '1 second'
        FROM generate_series(1, ?) AS number
        """,
        OTHERS);
    server.execute("VACUUM ANALYZE river_job");
  }

  /**
   * The lesser of two counts: what another session has read before may be reported in between, but
   * only once.
   */
  private long readEach(JobQuery query, int found) throws SQLException {
    long first = readEachOnce(query, found);
    long second = readEachOnce(query, found);
    return Math.min(first, second);
  }

  private long readEachOnce(JobQuery query, int found) throws SQLException {
    long before = read();
    for (int i = 0; i < LOOKS; i++) {
      assertThat(jobs.list(query).jobs()).hasSize(found);
    }
    return (read() - before) / LOOKS;
  }

  private long read() throws SQLException {
    return connection.entriesRead() + connection.rowsScanned();
  }

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource(names = "COMPLETED", mode = EnumSource.Mode.EXCLUDE)
  void g3_nothingIsReadForAStateThatNoJobIsIn(JobState state) throws SQLException {
    assertThat(readEach(JobQuery.all().withStates(state), 0)).isLessThan(10);
  }

  @Test
  void g3_norForSeveral() throws SQLException {
    JobQuery query = JobQuery.all().withStates(JobState.RUNNING, JobState.RETRYABLE);

    assertThat(readEach(query, 0)).isLessThan(10);
  }

  @Test
  void g3_aPageInOrderOfCompletionReadsNoMoreThanThePage() throws SQLException {
    JobQuery query =
        JobQuery.all()
            .withStates(JobState.COMPLETED)
            .orderBy(JobQuery.Order.FINALIZED_AT)
            .latestFirst()
            .withLimit(50);

    assertThat(readEach(query, 50)).isLessThan(200);
  }

  @Test
  void g3_jobsThatEndedLatelyAreFoundByTheIndex() throws SQLException {
    var since =
        ((Timestamp)
                Objects.requireNonNull(
                    server
                        .query(
                            "SELECT max(finalized_at) - interval '18.5 s' AS since FROM river_job")
                        .getFirst()
                        .get("since")))
            .toInstant();
    JobQuery query =
        JobQuery.all().withStates(JobState.COMPLETED).withFinalized(since, null).withLimit(50);

    assertThat(readEach(query, 19)).isLessThan(200);
  }

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource
  void g4_aPageInAnyOrderReadsNoMoreThanThePageForEachQueueAndState(JobQuery.Order order)
      throws SQLException {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, queue, priority, scheduled_at)
        SELECT 'noop', '{}', 25, 'scheduled', 'queue_' || number % 3, 1 + number % 4,
          now() + number * interval '1 second'
        FROM generate_series(1, 3000) AS number
        """);
    server.execute("VACUUM ANALYZE river_job");
    JobQuery query = JobQuery.all().orderBy(order).withLimit(20);

    // 3 queues of 4 priorities, and the jobs that have ended.
    assertThat(readEach(query, 20)).isLessThan(800);
    assertThat(readEach(query.latestFirst(), 20)).isLessThan(800);
  }

  @Test
  void g4_aSearchForWhatNobodyHasReadsUpToItsScanLimit() throws SQLException {
    JobQuery query = JobQuery.all().withTagsAny("nobody").withScanLimit(500);

    // Once to find where the look ends, and once to look.
    assertThat(readEach(query, 0)).isLessThan(1100);
    assertThat(readEach(query.latestFirst(), 0)).isLessThan(1100);
  }

  @Test
  void g4_aCountUpToANumberReadsUpToItInEachState() throws SQLException {
    server.execute(
        "INSERT INTO river_job (kind, args, max_attempts) SELECT 'noop', '{}', 25"
            + " FROM generate_series(1, 300)");
    server.execute("VACUUM ANALYZE river_job");
    Map<JobState, Long> counts = Map.of(JobState.COMPLETED, 100L, JobState.AVAILABLE, 100L);

    long before = read();
    for (int i = 0; i < LOOKS; i++) {
      assertThat(jobs.countByState(100)).isEqualTo(counts);
    }

    assertThat((read() - before) / LOOKS).isLessThan(300);
  }

  @Test
  void filtersByIdReadThoseJobs() throws SQLException {
    List<Long> ids = List.of(jobs.list(JobQuery.all().withLimit(1)).jobs().getFirst().id());

    assertThat(readEach(JobQuery.all().withIds(Set.copyOf(ids)), 1)).isLessThan(10);
  }
}
