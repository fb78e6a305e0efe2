package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.internal.store.PeriodicStore.JobOfRiver;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.Migrator;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The jobs that may be that of the last run, among those that leaders of all programs insert. */
class LastJobsOfRiverTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final Instant THREE = Instant.parse("2026-01-01T03:00:00Z");
  private static final Instant TERM = Instant.parse("2026-01-02T10:00:00Z");

  private final PeriodicStore store =
      PostgresStores.of(server.dataSource(), server.schema()).periodic();

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job");
  }

  private static void profile(IndexProfile profile) {
    Migrator.of(server.dataSource()).inSchema(server.schema()).profile(profile);
  }

  private static void insert(String id, Instant createdAt, Instant scheduledAt) {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, metadata, created_at, scheduled_at)
        VALUES ('any', '{}', 25, jsonb_build_object('periodic', true, 'river:periodic_job_id', ?::text),
          ?::timestamptz, ?::timestamptz)
        """,
        id,
        createdAt.toString(),
        scheduledAt.toString());
  }

  private List<JobOfRiver> jobs() {
    return store.lastJobsOfRiver("a", THREE, TERM);
  }

  private static JobOfRiver job(Instant createdAt, Instant scheduledAt) {
    return new JobOfRiver(createdAt, scheduledAt, null, false);
  }

  @ParameterizedTest
  @EnumSource
  void areThoseThatRiverHasInsertedForMissedRuns(IndexProfile profile) {
    profile(profile);
    Instant retry = TERM.plusSeconds(9_999);
    assertThat(jobs()).isEmpty();

    insert("b", TERM.minusSeconds(1), TERM.minusSeconds(1));
    assertThat(jobs()).as("another job").isEmpty();
    insert("a", THREE.minusMillis(90), THREE);
    assertThat(jobs())
        .as("inserted a little early")
        .containsExactly(job(THREE.minusMillis(90), THREE));
    insert("a", THREE.plusMillis(2), retry);
    assertThat(jobs())
        .as("waits for a retry")
        .containsExactly(job(THREE.plusMillis(2), retry), job(THREE.minusMillis(90), THREE));
    insert("a", TERM.minusSeconds(60), THREE.plusSeconds(3_600));
    JobOfRiver late = job(TERM.minusSeconds(60), THREE.plusSeconds(3_600));
    assertThat(jobs()).as("made up for later").containsExactly(late);
    insert("a", THREE.minusSeconds(12), retry);
    assertThat(jobs()).as("of an earlier run").containsExactly(late);
    insert("a", TERM.minusSeconds(5), TERM.minusSeconds(5));
    server.execute(
        "UPDATE river_job SET metadata = metadata || '{\"cairn:run\": \"any\"}' WHERE id ="
            + " (SELECT max(id) FROM river_job)");
    assertThat(jobs()).as("by a leader of Cairn").containsExactly(late);
    insert("a", TERM.plusMillis(1), TERM.plusMillis(1));
    assertThat(jobs()).as("inserted in this term").containsExactly(late);
  }

  /** By a clock that is ahead, a run is inserted before it is due. */
  @ParameterizedTest
  @EnumSource
  void areThoseOfTheLastTenSecondsBecauseAClockMayBeAhead(IndexProfile profile) {
    profile(profile);
    for (int second = 0; second <= 60; second += 4) {
      insert("a", THREE.plusSeconds(second), THREE.plusSeconds(second + 3));
    }

    assertThat(jobs())
        .extracting(JobOfRiver::scheduledAt)
        .containsExactly(THREE.plusSeconds(63), THREE.plusSeconds(59), THREE.plusSeconds(55));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "errors = ARRAY['{\"attempt\": 1}'::jsonb]",
        "metadata = metadata || '{\"snoozes\": 1}'"
      })
  void sayWhetherTheyWereCertainlyMoved(String change) {
    insert("a", THREE.plusSeconds(1), THREE.plusSeconds(4));
    assertThat(jobs()).containsExactly(job(THREE.plusSeconds(1), THREE.plusSeconds(4)));

    server.execute("UPDATE river_job SET " + change);

    assertThat(jobs())
        .containsExactly(new JobOfRiver(THREE.plusSeconds(1), THREE.plusSeconds(4), null, true));
  }

  /** As one that was discarded or cancelled by its first failure: no job is claimed too early. */
  @Test
  void whoseOnlyAttemptBeganAfterTheirTimeWereNotMoved() {
    insert("a", THREE.minusSeconds(3), THREE);
    server.execute(
        "UPDATE river_job SET errors = ARRAY['{}'::jsonb], attempted_by = ARRAY['go'],"
            + " attempted_at = scheduled_at");
    assertThat(jobs()).containsExactly(new JobOfRiver(THREE.minusSeconds(3), THREE, THREE, false));

    server.execute("UPDATE river_job SET attempted_by = ARRAY['go', 'go']");
    assertThat(jobs()).containsExactly(new JobOfRiver(THREE.minusSeconds(3), THREE, THREE, true));

    server.execute(
        "UPDATE river_job SET attempted_by = ARRAY['go'], scheduled_at = scheduled_at + interval '5 s'");
    assertThat(jobs())
        .containsExactly(new JobOfRiver(THREE.minusSeconds(3), THREE.plusSeconds(5), THREE, true));
  }
}
