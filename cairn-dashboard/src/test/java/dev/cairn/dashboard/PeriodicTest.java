package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobInsert;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What the dashboard says of periodic jobs. */
class PeriodicTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());
  private Dashboard dashboard;
  private TestPage page;

  @BeforeEach
  void open() throws Exception {
    samples.execute(
        """
        DELETE FROM {schema}.river_job;
        DELETE FROM {schema}.river_leader;
        DELETE FROM {schema}.cairn_periodic
        """);
    dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build();
    page = new TestPage(dashboard);
  }

  @AfterEach
  void close() {
    dashboard.close();
  }

  private JsonNode periodic(String id) {
    for (JsonNode each : page.get("/api/periodic").ok().json().path("periodic")) {
      if (each.path("id").asString().equals(id)) {
        return each;
      }
    }
    throw new AssertionError("no periodic job " + id);
  }

  private List<String> ids() {
    var ids = new ArrayList<String>();
    page.get("/api/periodic")
        .ok()
        .json()
        .path("periodic")
        .forEach(each -> ids.add(each.path("id").asString()));
    return ids;
  }

  private void run(String id, int times, String state) throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_job (kind, args, metadata, state, max_attempts, finalized_at)
        SELECT 'digest', '{}', '{"periodic": true, "river:periodic_job_id": "%s"}', '%s', 25, now()
        FROM generate_series(1, %d)
        """
            .formatted(id, state, times));
  }

  private void due(String id, String next) throws Exception {
    samples.execute(
        "INSERT INTO {schema}.cairn_periodic (id, next_run_at) VALUES ('%s', %s)"
            .formatted(id, next));
  }

  private void leads(String client) throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_leader (elected_at, expires_at, leader_id)
        VALUES (now(), now() + interval '1 hour', '%s')
        """
            .formatted(client));
  }

  @Test
  void whatALeaderInsertsIsShownWithItsRuns() throws Exception {
    PeriodicJob hourly =
        PeriodicJob.of(
                "hourly report",
                after -> Optional.of(after.plus(Duration.ofHours(1))),
                due -> JobInsert.of(new SampleWorkers.Ping(1)))
            .runOnStart();
    try (Cairn client =
        Cairn.builder(cairn.dataSource())
            .schema(cairn.schema())
            .clientId("web-7")
            .workers(SampleWorkers.all())
            .queue("default", 2)
            .periodicJob(hourly.durable(MissedRuns.ONCE))
            .periodicJob(
                PeriodicJob.of(
                        "not durable",
                        hourly.schedule(),
                        due -> JobInsert.of(new SampleWorkers.Ping(2)))
                    .runOnStart())
            .build()) {
      client.start();
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> {
            assertThat(ids()).containsExactly("hourly report", "not durable");
            assertThat(periodic("hourly report").path("last").path("state").asString())
                .isEqualTo("completed");
          });
      assertThat(page.get("/api/periodic").json().path("leader").asString()).isEqualTo("web-7");
    }
    JsonNode durable = periodic("hourly report");
    assertThat(durable.path("durable").asBoolean()).isTrue();
    assertThat(Instant.parse(durable.path("nextRunAt").asString()))
        .isBetween(Instant.now().plusSeconds(1_800), Instant.now().plusSeconds(3_700));
    assertThat(durable.path("late").isNull()).isTrue();
    assertThat(durable.path("last").path("kind").asString()).isEqualTo("ping");
    assertThat(durable.path("runs").size()).isEqualTo(1);
    assertThat(durable.path("runs").get(0).path("id").asString())
        .isEqualTo(durable.path("last").path("id").asString());
    JsonNode other = periodic("not durable");
    assertThat(other.path("durable").asBoolean()).isFalse();
    assertThat(other.path("nextRunAt").isNull()).isTrue();
    assertThat(other.path("movedAt").isNull()).isTrue();
  }

  @Test
  void theNewestRunsComeFirstAndAreFew() throws Exception {
    run("digest", 14, "completed");
    run("digest", 1, "discarded");
    JsonNode digest = periodic("digest");
    assertThat(digest.path("runs").size()).isEqualTo(10);
    assertThat(digest.path("runs").get(0).path("state").asString()).isEqualTo("discarded");
    assertThat(digest.path("runs").get(9).path("state").asString()).isEqualTo("completed");
    assertThat(digest.path("last").path("id").asString())
        .isEqualTo(Long.toString(samples.newest("discarded")));
  }

  @Test
  void durableOnesComeInTheOrderOfTheirNextRunAndThenTheOthers() throws Exception {
    due("yearly", "now() + interval '300 days'");
    due("late", "now() - interval '1 hour'");
    due("soon", "now() + interval '1 minute'");
    run("a", 1, "completed");
    run("soon", 1, "completed");
    assertThat(ids()).containsExactly("late", "soon", "yearly", "a");
  }

  @Test
  void aLateRunSaysWhy() throws Exception {
    due("late", "now() - interval '1 hour'");
    due("a moment late", "now() - interval '5 seconds'");
    assertThat(periodic("late").path("late").asString())
        .isEqualTo("No client leads, so nothing inserts it.");
    assertThat(periodic("a moment late").path("late").isNull()).isTrue();
    leads("web-3");
    assertThat(periodic("late").path("late").asString())
        .startsWith("'web-3' leads and has not inserted it")
        .contains("CAIRN-526");
  }

  @Test
  void aScheduleThatIsOverHasNoNextRun() throws Exception {
    due("over", "'9999-12-31 00:00:00+00'");
    due("endless", "'infinity'");
    assertThat(periodic("over").path("nextRunAt").isNull()).isTrue();
    assertThat(periodic("over").path("durable").asBoolean()).isTrue();
    assertThat(periodic("over").path("late").isNull()).isTrue();
    assertThat(periodic("endless").path("nextRunAt").isNull()).isTrue();
  }

  @Test
  void theLastRunOfADurableOneIsFoundBehindManyNewerJobs() throws Exception {
    due("rare", "now() + interval '1 day'");
    run("rare", 2, "completed");
    run("rare and not durable", 1, "completed");
    long last =
        samples.number(
            "SELECT max(id) FROM {schema}.river_job WHERE metadata @>"
                + " '{\"river:periodic_job_id\": \"rare\"}'");
    samples.insert(10_100, "completed");
    // It is looked for until that takes too long, which it may on a busy machine.
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertThat(periodic("rare").path("last").path("id").asString())
                .isEqualTo(Long.toString(last)));
    assertThat(periodic("rare").path("runs").size()).isZero();
    assertThat(ids()).containsExactly("rare");
  }

  @Test
  void moreThanThePageCanHoldIsSaid() throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.cairn_periodic (id, next_run_at)
        SELECT 'p' || n, now() + n * interval '1 minute' FROM generate_series(1, 501) AS n
        """);
    JsonNode answer = page.get("/api/periodic").ok().json();
    assertThat(answer.path("periodic").size()).isEqualTo(500);
    assertThat(answer.path("more").asBoolean()).isTrue();
    assertThat(answer.path("periodic").get(0).path("id").asString()).isEqualTo("p1");
  }
}
