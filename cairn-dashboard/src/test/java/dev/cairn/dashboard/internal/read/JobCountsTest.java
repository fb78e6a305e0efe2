package dev.cairn.dashboard.internal.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobCounts.Counts;
import dev.cairn.dashboard.internal.read.JobCounts.Ids;
import dev.cairn.testing.CairnExtension;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What was found is answered in time, however long it would take to look at the rest. */
@Timeout(120)
class JobCountsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  /** The older ones have arguments that take a minute to read. */
  private static final int JOBS = 12_000;

  private static final int QUICK = 5_000;
  private static final String SLOW_SCHEMA = "slow_jobs";

  /** For a bite of quick jobs. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final JobFilter EACH =
      new JobFilter(
          Set.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null, null,
          null, null, null, "{}");

  private static final List<Long> NEWEST =
      LongStream.range(0, QUICK).mapToObj(i -> JOBS - i).toList();

  private final Reader reader = new Reader(cairn.dataSource(), SLOW_SCHEMA);

  @BeforeAll
  static void fill() throws SQLException {
    try (var connection = cairn.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          DROP SCHEMA IF EXISTS {slow} CASCADE;
          CREATE SCHEMA {slow};
          CREATE FUNCTION {slow}.read(id bigint, args jsonb) RETURNS jsonb
          LANGUAGE plpgsql STABLE AS $$
          BEGIN
            IF id <= {jobs} - {quick} THEN
              PERFORM pg_sleep(0.02);
            END IF;
            RETURN args;
          END $$;
          CREATE TABLE {slow}.stored (LIKE "{schema}".river_job);
          ALTER TABLE {slow}.stored ADD PRIMARY KEY (id);
          INSERT INTO {slow}.stored
            (id, kind, queue, args, metadata, state, attempt, priority, max_attempts, created_at,
            scheduled_at, finalized_at, tags)
          SELECT n, 'walk', 'default', '{}', '{}', 'completed', 1, 1, 25, now(), now(), now(), '{}'
          FROM generate_series(1, {jobs}) AS n;
          CREATE VIEW {slow}.river_job AS
            SELECT id, kind, queue, state, created_at, scheduled_at, finalized_at, priority, tags,
              metadata, {slow}.read(id, args) AS args
            FROM {slow}.stored;
          """
              .replace("{slow}", SLOW_SCHEMA)
              .replace("{schema}", cairn.schema())
              .replace("{jobs}", Integer.toString(JOBS))
              .replace("{quick}", Integer.toString(QUICK)));
    }
  }

  @Test
  void aPreviewByArgumentsNamesWhatWasFoundInTime() {
    long begun = System.nanoTime();

    Ids ids = reader.read(snapshot -> JobCounts.ids(snapshot, EACH, 10_000, 100_000, PATIENCE));

    assertThat(ids.complete()).isFalse();
    assertThat(ids.ids()).isEqualTo(NEWEST);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void aPreviewOfGivenJobsNamesWhatWasFoundInTime() {
    JobFilter given =
        EACH.withIds(LongStream.rangeClosed(JOBS - 2 * QUICK + 1, JOBS).boxed().toList());

    Ids ids = reader.read(snapshot -> JobCounts.ids(snapshot, given, 10_000, 100_000, PATIENCE));

    assertThat(ids.complete()).isFalse();
    assertThat(ids.ids()).isEqualTo(NEWEST);
  }

  @Test
  void whatWasCountedInTimeIsAtLeast() {
    JobFilter given =
        EACH.withIds(LongStream.rangeClosed(JOBS - 2 * QUICK + 1, JOBS).boxed().toList());

    Counts counts = reader.read(snapshot -> JobCounts.of(snapshot, given, PATIENCE));

    assertThat(counts.complete()).isFalse();
    assertThat(counts.states()).containsOnlyKeys(JobState.COMPLETED);
  }

  @Test
  void noFurtherBiteIsTakenWhenTheTimeIsOver() {
    Ids ids =
        reader.read(snapshot -> JobCounts.ids(snapshot, EACH, 10_000, 100_000, Duration.ZERO));

    assertThat(ids.ids()).isEqualTo(NEWEST);
    assertThat(ids.complete()).isFalse();
  }
}
