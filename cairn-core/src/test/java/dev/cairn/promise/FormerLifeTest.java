package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.Workers;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A process that has died is started again, under the id that it had before. */
class FormerLifeTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final String ID = "host-1";

  @JobKind("any")
  record Any() {}

  private final BlockingQueue<Integer> attempts = new LinkedBlockingQueue<>();

  @BeforeEach
  void oneThatHasDied() {
    database.execute("TRUNCATE river_job, cairn_client");
    database.execute(
        """
        INSERT INTO cairn_client (id, timeout, heartbeat_at)
        VALUES (?, '1 minute', now() - interval '30 s')
        """,
        ID);
  }

  private static long running(int deaths) {
    return database.number(
        """
        INSERT INTO river_job
          (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, metadata)
        VALUES ('any', '{}', 'running', 1, 3, now(), ARRAY[?],
          jsonb_build_object('river:rescue_count', ?::integer,
            'cairn:deaths', jsonb_build_object('count', ?::integer, 'at', '')))
        RETURNING id
        """,
        ID,
        deaths,
        deaths);
  }

  private Cairn started() {
    Cairn client =
        Cairn.builder(database.dataSource())
            .schema(database.schema())
            .clientId(ID)
            .workers(
                Workers.builder()
                    .register(Any.class, (job, context) -> attempts.add(job.attempt()))
                    .build())
            .queue("default", 2)
            .build();
    client.start();
    return client;
  }

  @Test
  void itsJobsAreRescuedAtOnceAndItsDeathIsCounted() throws InterruptedException {
    long id = running(1);

    try (Cairn client = started()) {
      assertThat(attempts.poll(10, TimeUnit.SECONDS))
          .as("an attempt, as if none were used up")
          .isEqualTo(1);
      assertThat(client.jobs().find(id)).isPresent();
    }

    assertThat(database.text("SELECT state FROM river_job WHERE id = ?", id))
        .isEqualTo("completed");
    assertThat(
            database.text(
                "SELECT metadata ->> 'river:rescue_count' FROM river_job WHERE id = ?", id))
        .isEqualTo("2");
  }

  @Test
  void itsTakeoverIsRememberedAmongTheLastTwenty() throws InterruptedException {
    long id = running(0);
    database.execute(
        """
        UPDATE river_job SET metadata = metadata || jsonb_build_object('cairn:takeovers',
          (SELECT jsonb_agg(jsonb_build_object('at', '2026-01-01T00:00:00Z', 'client', 'old-' || number)
            ORDER BY number) FROM generate_series(1, 20) AS number))
        WHERE id = ?
        """,
        id);

    try (Cairn client = started()) {
      assertThat(attempts.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
      var takeovers = client.jobs().progress(id).orElseThrow().takeovers();

      assertThat(takeovers).hasSize(20);
      assertThat(takeovers.getFirst().client()).isEqualTo("old-2");
      assertThat(takeovers.getLast().client()).isEqualTo(ID);
      assertThat(takeovers.getLast().claimedAt()).isNotNull();
      assertThat(takeovers.getLast().at()).isAfterOrEqualTo(takeovers.getLast().claimedAt());
    }
  }

  @Test
  void aRowThatADatabaseRefusesToChangeKeepsNoClientFromStarting() {
    running(0);
    database.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE 'on purpose'; END $$
        """);
    database.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE ON river_job FOR EACH ROW EXECUTE FUNCTION refuse()");
    try (Cairn client = started()) {
      assertThat(client.jobs().find(1)).isNotNull();
    } finally {
      database.execute("DROP TRIGGER refuse ON river_job");
      database.execute("DROP FUNCTION refuse");
    }
    assertThat(TestLogs.warnings("could not rescue the jobs of an earlier client with this id"))
        .isNotEmpty();
  }

  @Test
  void aJobThatKillsItsProcessEachTimeComesToAnEnd() throws InterruptedException {
    long id = running(2);

    try (Cairn client = started()) {
      assertThat(client.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.DISCARDED);
    }

    assertThat(attempts).isEmpty();
    assertThat(database.text("SELECT errors[1] ->> 'error' FROM river_job WHERE id = ?", id))
        .contains("host-1 died while it worked this job")
        .contains("Deaths in a row without progress: 3");
  }

  /** As River's client and its web page do: they do not know Cairn's counts. */
  private static void retryAsRiverDoes(long id) {
    database.execute(
        """
        UPDATE river_job
        SET state = 'available', scheduled_at = now(), finalized_at = NULL,
          max_attempts = CASE WHEN attempt = max_attempts THEN max_attempts + 1 ELSE max_attempts END
        WHERE id = ? AND state <> 'running'
        """,
        id);
  }

  /** Seen before: it was discarded again at its next death. */
  @Test
  void aJobThatRiverRetriesSurvivesItsNextDeath() throws InterruptedException {
    long id = running(2);
    try (Cairn client = started()) {
      assertThat(client.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.DISCARDED);
    }
    retryAsRiverDoes(id);
    database.execute(
        "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() WHERE id = ?",
        id);

    try (Cairn client = started()) {
      assertThat(attempts.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(client.jobs().find(id)).isPresent();
    }
  }

  /** Seen before: it was discarded by its first death after it had been completed. */
  @Test
  void aCompletedJobThatRiverRetriesSurvivesItsNextDeath() throws InterruptedException {
    long id = running(1);
    try (Cairn client = started()) {
      assertThat(attempts.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
      await().until(() -> client.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
    }
    retryAsRiverDoes(id);
    database.execute(
        "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() WHERE id = ?",
        id);

    try (Cairn client = started()) {
      assertThat(attempts.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(client.jobs().find(id)).isPresent();
    }
  }

  /** Its failures use up its attempts, and its deaths begin anew after each of them. */
  @Test
  void aFailureEndsARowOfDeaths() {
    long id = running(2);
    database.execute(
        """
        UPDATE river_job
        SET metadata = jsonb_set(metadata, '{cairn:deaths,due}',
          to_jsonb((extract(epoch FROM scheduled_at - interval '1 hour') * 1000000)::bigint))
        WHERE id = ?
        """,
        id);

    try (Cairn client = started()) {
      await().until(() -> client.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
    }
  }

  @Test
  void aJobThatHasComeFurtherSinceTheLastDeathIsNotGivenUp() throws InterruptedException {
    long id = running(2);
    database.execute(
        """
        INSERT INTO cairn_checkpoint (job_id, name, position, finished, claimed_at, sequence)
        VALUES (?, 'first', 1, true, now(), 1)
        """,
        id);

    try (Cairn client = started()) {
      assertThat(attempts.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(client.jobs().find(id)).isPresent();
    }
    assertThat(
            database.text(
                "SELECT metadata #>> '{cairn:deaths,count}' FROM river_job WHERE id = ?", id))
        .isEqualTo("1");
  }

  @Test
  void aJobThatAPersonRetriesHasItsDeathsForgotten() {
    long id = running(2);
    try (Cairn client = started()) {
      assertThat(client.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.DISCARDED);
      assertThat(client.jobs().retry(id).orElseThrow().metadata()).doesNotContain("cairn:deaths");
    }
  }
}
