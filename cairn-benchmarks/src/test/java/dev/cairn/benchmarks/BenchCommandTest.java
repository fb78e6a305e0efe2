package dev.cairn.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.OS;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands work. Their figures are not tested. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BenchCommandTest {
  @Tag("thorough")
  @Test
  void reportsEveryFigure() {
    Launch run = Launch.of("bench", "--jobs", "2000", "--workers", "50", "--rounds", "2", "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode report = JsonMapper.shared().readTree(run.out());
    assertThat(report.get("profile").asString()).isEqualTo("river");
    assertThat(report.get("jobs").asInt()).isEqualTo(2_000);
    assertThat(report.get("jobs_per_second").asDouble()).isPositive();
    assertThat(report.get("plain_sql_per_second").asDouble()).isPositive();
    assertThat(report.get("ratio").asDouble()).isPositive();
    // At least a claim and a completion for every 50 jobs, at most one of each for each job.
    assertThat(report.get("commits_per_job").asDouble()).isBetween(0.001, 2.1);
    assertThat(report.get("wal_bytes_per_job").asDouble()).isGreaterThan(100);
    assertThat(report.get("rounds")).hasSize(2);
    assertThat(run.err()).contains("round 2 of 2", "raw figures: " + run.raw());
    assertThat(run.figures()).isEqualTo(report);
  }

  @Tag("long")
  @Test
  void reportsWhatAJobCostsBesidesTime() {
    Launch run =
        Launch.of(
            "bench", "--jobs", "5000", "--workers", "500", "--rounds", "1", "--profile", "lean");

    assertThat(run.out())
        .contains(
            "indexes lean", "jobs per second", "commits per job", "dead rows per job", "ratio");
    JsonNode report = run.figures();
    for (String name : List.of("cairn", "plain_sql")) {
      JsonNode perJob = report.get(name);
      // A claim and a completion, each of which leaves the old version of the row behind.
      assertThat(perJob.get("dead_rows").asDouble()).as(name).isBetween(2.0, 2.1);
      // Plain SQL uses less than 10 ms, the resolution of the clock of a process.
      assertThat(perJob.get("client_cpu_micros").asDouble()).as(name).isNotNegative();
      assertThat(perJob.get("jobs_per_claim").asDouble()).as(name).isBetween(1.0, 2_000.0);
      assertThat(perJob.get("jobs_per_other_commit").asDouble()).as(name).isPositive();
    }
    assertThat(report.get("cairn").get("client_cpu_micros").asDouble()).isPositive();
    assertThat(report.get("cairn").get("client_allocated_bytes").asDouble()).isGreaterThan(100);
    JsonNode round = report.get("rounds").get(0).get("cairn");
    assertThat(round.get("claims").get("jobs").asInt()).isEqualTo(5_000);
    assertThat(round.get("rows").get("updated").asInt()).isGreaterThanOrEqualTo(10_000);
    if (OS.LINUX.isCurrentOs()) {
      assertThat(report.get("plain_sql").get("server_cpu_micros").asDouble()).isPositive();
      assertThat(report.get("cairn").get("server_cpu_micros").asDouble()).isPositive();
    }
  }

  @Tag("long")
  @Test
  void peersWorkAllTheirJobs() {
    Launch run =
        Launch.of(
            "bench", "peers", "--jobs", "200", "--slow-jobs", "50", "--rounds", "1", "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode report = JsonMapper.shared().readTree(run.out());
    checkStandings(report.get("standings"), 5, 200);
    checkStandings(report.get("slow_standings"), 3, 50);
  }

  /** The rates of a list can be compared: all worked the same number of jobs. */
  private static void checkStandings(JsonNode standings, int size, int jobs) {
    assertThat(standings).hasSize(size);
    assertThat(standings.get(0).get("name").asString()).isEqualTo("Cairn");
    for (JsonNode standing : standings) {
      assertThat(standing.get("per_job").get("dead_rows").asDouble()).isPositive();
      assertThat(standing.get("jobs_per_second").get("median").asDouble())
          .as(standing.get("name").asString())
          .isPositive();
      assertThat(standing.get("rounds").get(0).get("jobs").asInt()).isEqualTo(jobs);
      assertThat(standing.get("rounds").get(0).get("fifths")).hasSize(5);
    }
  }

  @Tag("long")
  @Test
  void countsWhatIdleClientsCost() {
    Launch run =
        Launch.of(
            "bench",
            "idle-clients",
            "--clients",
            "2",
            "--queues",
            "3",
            "--seconds",
            "2",
            "--rounds",
            "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("2 clients of 3 queues", "commits per second");
    JsonNode sides = run.figures().get("sides");
    assertThat(sides).hasSize(2);
    for (JsonNode side : sides) {
      assertThat(side.get("commits_per_second").get("median").asDouble())
          .as(side.get("name").asString())
          .isBetween(0.5, 60.0);
    }
  }

  @Tag("long")
  @Test
  void theJobsOfManyQueuesAreAllWorked() {
    Launch run = Launch.of("bench", "queues", "--jobs", "500", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("Cairn, 20 queues", "plain SQL, 5 queues one by one");
    for (JsonNode standing : run.figures().get("standings")) {
      assertThat(standing.get("rounds").get(0).get("claims").get("jobs").asInt()).isEqualTo(500);
    }
  }

  @Tag("long")
  @Test
  void oneAttemptInTenFailsOrSnoozes() {
    Launch run = Launch.of("bench", "mixed", "--jobs", "900", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode report = run.figures();
    assertThat(report.get("cairn").get("attempts").asInt()).isEqualTo(1_000);
    assertThat(report.get("cairn").get("failures").asInt()).isEqualTo(50);
    assertThat(report.get("cairn").get("snoozes").asInt()).isEqualTo(50);
    assertThat(report.get("db_scheduler").get("attempts").asInt()).isEqualTo(1_000);
    assertThat(report.get("conditions").get("handler").asString()).contains("one attempt in ten");
    JsonNode mixed = report.get("standings").get(1);
    assertThat(mixed.get("name").asString()).isEqualTo("Cairn, mixed");
    assertThat(mixed.get("rounds").get(0).get("claims").get("jobs").asInt()).isEqualTo(1_000);
  }

  @Tag("long")
  @Test
  void whatIsObservedIsComparedWithWhatIsNot() {
    Launch run =
        Launch.of(
            "bench",
            "observed",
            "--jobs",
            "500",
            "--rounds",
            "1",
            "--profile",
            "lean",
            "--observe",
            "carried,meters,traces",
            "--sampled",
            "10",
            "--together",
            "5");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("Cairn, carried", "Cairn, meters", "Cairn, traces", "too few rounds", "lean")
        .contains("insertions sampled: 10 %; jobs of one context: 5");
    assertThat(run.figures().get("sampled").asInt()).isEqualTo(10);
    assertThat(run.figures().get("together").asInt()).isEqualTo(5);
    JsonNode comparisons = run.figures().get("comparisons");
    assertThat(comparisons).hasSize(3);
    for (JsonNode comparison : comparisons) {
      assertThat(comparison.get("blocks")).hasSize(2);
      assertThat(comparison.get("speed").get("median").asDouble()).isPositive();
      assertThat(comparison.get("client_cpu").get("median").asDouble()).isPositive();
      for (String costs : List.of("yardstick_per_job", "per_job")) {
        assertThat(comparison.get(costs).get("client_cpu_micros").asDouble()).isPositive();
      }
    }
  }

  @Tag("long")
  @Test
  void everyWayToInsertIsMeasured() {
    Launch run = Launch.of("bench", "insert", "--jobs", "1000", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("one at a time, 16 connections", "insertManyFast, 10,000 at once", "bare COPY")
        .contains("fsync on", "raw figures: " + run.raw());
    checkConditions(run.figures().get("conditions"));
    JsonNode ratios = run.figures().get("ratios");
    assertThat(ratios).hasSize(6);
    assertThat(ratios.get(0).get("bare").asString()).isEqualTo("bare INSERT, 1 connection");
    assertThat(ratios.get(5).get("name").asString()).isEqualTo("insertManyFast, 10,000 at once");
    assertThat(ratios.get(5).get("rounds")).hasSize(1);
  }

  private static void checkConditions(JsonNode conditions) {
    assertThat(conditions.get("cores").asInt()).isPositive();
    assertThat(conditions.get("jdk").asString()).isNotBlank();
    assertThat(conditions.get("time").asString()).startsWith("2");
    assertThat(conditions.get("handler").asString()).isEqualTo("nothing");
    JsonNode server = conditions.get("server");
    assertThat(server.get("postgresql").asString()).isNotBlank();
    assertThat(server.get("fsync").asString()).isEqualTo("on");
    assertThat(server.get("synchronous_commit").asString()).isEqualTo("on");
    assertThat(server.get("shared_buffers").asString()).isEqualTo("128MB");
  }

  @Test
  void anotherServerThanAskedForIsNotMeasured() {
    Launch run = Launch.of("bench", "--postgres", "13");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--postgres 13 works only with ./cairn bench");
  }

  @Test
  void wrongUsageIsRefused() {
    assertThat(Launch.of("bench", "--jobs", "0").err()).contains("--jobs must be 1 to");
    assertThat(Launch.of("bench", "latency", "--seconds", "0").exitCode()).isEqualTo(2);
  }
}
