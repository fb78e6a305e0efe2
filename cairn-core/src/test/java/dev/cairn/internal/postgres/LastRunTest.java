package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.Migrator;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Finds the last run of a periodic job by the rows that the leaders of all programs insert. */
class LastRunTest {
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

  private Optional<Instant> lastRun() {
    return store.lastRun("a", THREE, TERM);
  }

  @ParameterizedTest
  @EnumSource
  void isThatOfTheRunAndNotOfARetry(IndexProfile profile) {
    profile(profile);
    assertThat(lastRun()).isEmpty();

    insert("b", TERM.minusSeconds(1), TERM.minusSeconds(1));
    assertThat(lastRun()).as("another job").isEmpty();
    insert("a", THREE.minusMillis(90), THREE);
    assertThat(lastRun()).as("inserted a little early").contains(THREE);
    insert("a", THREE.plusMillis(2), TERM.plusSeconds(9_999));
    assertThat(lastRun()).as("waits for a retry").contains(THREE.plusMillis(2));
    insert("a", TERM.minusSeconds(60), THREE.plusSeconds(3_600));
    assertThat(lastRun()).as("made up for later").contains(THREE.plusSeconds(3_600));
    insert("a", THREE.minusSeconds(12), TERM.plusSeconds(9_999));
    assertThat(lastRun()).as("of an earlier run").contains(THREE.plusSeconds(3_600));
    insert("a", TERM.minusSeconds(5), TERM.minusSeconds(5));
    server.execute(
        "UPDATE river_job SET metadata = metadata || '{\"cairn:run\": \"any\"}' WHERE id ="
            + " (SELECT max(id) FROM river_job)");
    assertThat(lastRun()).as("by a leader of Cairn").contains(THREE.plusSeconds(3_600));
    insert("a", TERM.plusMillis(1), TERM.plusMillis(1));
    assertThat(lastRun()).as("inserted in this term").contains(THREE.plusSeconds(3_600));
  }

  /** Seen before: each change of the leader inserted one run more. */
  @ParameterizedTest
  @EnumSource
  void isFoundIfTheClockOfRiversHostIsSomeSecondsAhead(IndexProfile profile) {
    profile(profile);
    insert("a", THREE.minusSeconds(3), THREE);
    assertThat(lastRun()).contains(THREE);
    insert("a", THREE.plusSeconds(3_597), THREE.plusSeconds(3_600));
    assertThat(lastRun()).contains(THREE.plusSeconds(3_600));

    insert("a", THREE.plusSeconds(7_200), THREE.plusSeconds(7_204));
    server.execute(
        """
        UPDATE river_job SET errors = ARRAY['{"attempt": 1}'::jsonb]
        WHERE id = (SELECT max(id) FROM river_job)
        """);
    assertThat(lastRun()).as("waits for a retry").contains(THREE.plusSeconds(7_200));
  }
}
