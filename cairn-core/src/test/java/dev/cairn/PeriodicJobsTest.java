package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.cairn.jobs.JobQuery;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PeriodicJobsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("tick")
  record Tick(Instant due) {}

  @BeforeEach
  void forget() {
    for (String table : List.of("river_job", "cairn_periodic", "river_leader")) {
      database.execute("DELETE FROM %s.%s".formatted(database.schema(), table));
    }
  }

  private static PeriodicJob ticking(String id) {
    return PeriodicJob.of(id, Every.of(Duration.ofSeconds(1)), due -> JobInsert.of(new Tick(due)));
  }

  private static PeriodicJob rare(String id) {
    return PeriodicJob.of(id, Every.of(Duration.ofHours(5)), due -> JobInsert.of(new Tick(due)));
  }

  private Cairn start(UnaryOperator<CairnBuilder> settings) {
    return clients.start(Tick.class, (job, context) -> {}, settings);
  }

  private List<JobRow> ticks(String id) {
    return clients
        .inserter()
        .jobs()
        .list(JobQuery.all().withMetadata("{\"river:periodic_job_id\":\"%s\"}".formatted(id)))
        .jobs();
  }

  @Test
  void isInsertedAgainAndAgainWithTheMetadataOfRiver() {
    start(client -> client.periodicJob(ticking("often")));

    await().atMost(Duration.ofMinutes(1)).until(() -> ticks("often").size() >= 2);
    assertThat(ticks("often")).allMatch(job -> job.metadata().contains("\"periodic\": true"));
  }

  @Test
  void runsOnStartIfSoWished() {
    start(client -> client.periodicJob(rare("at once").runOnStart()).periodicJob(rare("later")));

    await().until(() -> ticks("at once").size() == 1);
    assertThat(ticks("later")).isEmpty();
  }

  @Test
  void isAddedAndRemovedWhileTheClientRuns() {
    Cairn client = start(it -> it);
    client.periodicJobs().add(rare("added").runOnStart());

    await().until(() -> ticks("added").size() == 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.periodicJobs().add(rare("added")))
        .withMessageContaining("'added'");
    assertThat(client.periodicJobs().list()).hasSize(1);
    assertThat(client.periodicJobs().remove("added")).isTrue();
    assertThat(client.periodicJobs().remove("added")).isFalse();
    client.periodicJobs().add(rare("x"));
    client.periodicJobs().clear();
    assertThat(client.periodicJobs().list()).isEmpty();
  }

  @Test
  void oneThatCannotBeMadeDoesNotKeepTheOthersFromIt() {
    start(client ->
        client
            .periodicJob(
                PeriodicJob.of(
                        "broken",
                        Cron.of("@daily"),
                        due -> {
                          throw new IllegalStateException("no job today");
                        })
                    .runOnStart())
            .periodicJob(PeriodicJob.of("empty", Cron.of("@daily"), due -> null).runOnStart())
            .periodicJob(rare("whole").runOnStart()));

    await().until(() -> ticks("whole").size() == 1);
    assertThat(ticks("empty")).isEmpty();
  }

  /** As if it had been due for the first time then, and nobody had been there since. */
  private void dueSince(String id, Duration ago) {
    database.execute(
        """
        INSERT INTO %s.cairn_periodic (id, next_run_at)
        VALUES (?, now() - ? * interval '1 second')
        """
            .formatted(database.schema()),
        id,
        (int) ago.toSeconds());
  }

  private Instant nextRun(String id) {
    return Instant.parse(
        String.valueOf(
            database.text(
                """
                SELECT to_char(next_run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                FROM %s.cairn_periodic WHERE id = ?
                """
                    .formatted(database.schema()),
                id)));
  }

  @Test
  void missedRunsAreMadeUpForAsWished() {
    Duration missedFiveTimes = Duration.ofHours(22);
    dueSince("all", missedFiveTimes);
    dueSince("once", missedFiveTimes);
    dueSince("skip", missedFiveTimes);

    start(client ->
        client
            .periodicJob(rare("all").durable(MissedRuns.ALL))
            .periodicJob(rare("once").durable(MissedRuns.ONCE))
            .periodicJob(rare("skip").durable(MissedRuns.SKIP)));

    await().until(() -> ticks("all").size() == 5 && ticks("once").size() == 1);
    await().until(() -> nextRun("skip").isAfter(Instant.now()));
    assertThat(ticks("skip")).isEmpty();
    assertThat(nextRun("all")).isBetween(Instant.now(), Instant.now().plusSeconds(5 * 3_600));
  }

  /** The job of a run as a leader of River for Go inserts it. */
  private void insertedByRiver(String id, Duration ago) {
    database.execute(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts, metadata, state, created_at, scheduled_at,
          finalized_at)
        SELECT 'tick', '{"due": "2026-01-01T00:00:00Z"}', 25,
          jsonb_build_object('periodic', true, 'river:periodic_job_id', ?::text), 'completed',
          run.at + interval '3 milliseconds', run.at, run.at + interval '1 second'
        FROM (SELECT now() - ? * interval '1 second' AS at) AS run
        """
            .formatted(database.schema()),
        id,
        (int) ago.toSeconds());
  }

  @Test
  void runsThatALeaderOfRiverForGoHasInsertedAreNotInsertedAgain() {
    for (String id : List.of("all", "once")) {
      dueSince(id, Duration.ofHours(22));
      insertedByRiver(id, Duration.ofHours(7));
      insertedByRiver(id, Duration.ofHours(2));
    }
    dueSince("later", Duration.ofHours(22));
    insertedByRiver("later", Duration.ofHours(12));

    start(client ->
        client
            .periodicJob(rare("all").durable(MissedRuns.ALL).runOnStart())
            .periodicJob(rare("once").durable(MissedRuns.ONCE))
            .periodicJob(rare("later").durable(MissedRuns.ALL)));

    await().until(() -> ticks("later").size() == 3);
    await().until(() -> nextRun("all").isAfter(Instant.now()));
    await().until(() -> nextRun("once").isAfter(Instant.now()));
    assertThat(ticks("all")).as("two of River's, and one on start").hasSize(3);
    assertThat(ticks("once")).hasSize(2);
    assertThat(nextRun("once")).isBetween(Instant.now(), Instant.now().plus(Duration.ofHours(3)));
  }

  @Test
  void aDurableRunIsInsertedExactlyOnceWhoeverLeads() {
    PeriodicJob durable = ticking("exactly").durable(MissedRuns.ALL);
    Cairn first = start(client -> client.periodicJob(durable));
    await().atMost(Duration.ofMinutes(1)).until(() -> !ticks("exactly").isEmpty());
    start(client -> client.periodicJob(durable));
    first.stop();
    int before = ticks("exactly").size();
    await().atMost(Duration.ofMinutes(1)).until(() -> ticks("exactly").size() >= before + 3);

    List<String> runs = ticks("exactly").stream().map(JobRow::args).toList();
    assertThat(runs).doesNotHaveDuplicates();
    // No second was left out either.
    List<Instant> due =
        runs.stream()
            .map(args -> Instant.parse(args.replaceAll(".*\"due\": \"([^\"]+)\".*", "$1")))
            .sorted()
            .toList();
    for (int i = 1; i < due.size(); i++) {
      assertThat(Duration.between(due.get(i - 1), due.get(i))).isEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  void aScheduleThatBecameDenserCountsAtOnce() {
    database.execute(
        """
        INSERT INTO %s.cairn_periodic (id, next_run_at) VALUES ('denser', now() + interval '1 year')
        """
            .formatted(database.schema()));

    start(client -> client.periodicJob(ticking("denser").durable(MissedRuns.ONCE)));

    await().atMost(Duration.ofMinutes(1)).until(() -> !ticks("denser").isEmpty());
  }

  @Test
  void badIdsAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> rare("")).withMessageContaining("''");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Cairn.builder(database.dataSource())
                .periodicJob(rare("same"))
                .periodicJob(rare("same"))
                .build());
  }
}
