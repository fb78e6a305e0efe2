package dev.cairn.benchmarks.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import dev.cairn.dashboard.Dashboard;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command works, and no read of the dashboard looks at all jobs. Its times are not tested. */
@Timeout(180)
@Tag("long")
class DashboardCommandTest {
  private static final int JOBS = 60_000;

  /** The limit of the dashboard's reads: 20,000 places in a list, and as many rows. */
  private static final int READ_MAX = 45_000;

  private static JsonNode report;

  @BeforeAll
  @Timeout(180)
  static void measure() {
    report =
        Launch.json(
            "bench",
            "dashboard",
            "--jobs",
            Integer.toString(JOBS),
            "--calls",
            "1",
            "--rounds",
            "1",
            "--open",
            "3",
            "--json");
  }

  @Test
  void noReadLooksAtAllJobs() {
    for (JsonNode read : report.get("reads")) {
      String name = read.get("name").asString();
      assertThat(read.get("plan").asString()).as(name).isIn("none", "index");
      assertThat(read.get("entries_read").asLong()).as(name).isLessThan(READ_MAX);
    }
  }

  @Test
  void whatIsReadIsCounted() {
    assertThat(of("/api/jobs").get("entries_read").asLong()).isGreaterThanOrEqualTo(50);
    assertThat(of("/api/jobs").get("indexes").toString()).contains("river_job_pkey");
    assertThat(of("/api/jobs?tag=nobody").get("entries_read").asLong()).isGreaterThan(20_000);
    assertThat(of("/api/audit").get("plan").asString()).isEqualTo("none");
    assertThat(of("/api/overview").get("micros").get("p95").asLong()).isPositive();
  }

  @Test
  void openPagesAreMeasuredBesideNone() {
    JsonNode open = report.get("open");
    assertThat(open).hasSize(4);
    assertThat(open.get(0).get("pages").asString()).isEqualTo("none");
    for (JsonNode cost : open) {
      assertThat(cost.get("transactions_per_second").asDouble()).isLessThan(20);
    }
  }

  private static JsonNode of(String name) {
    for (JsonNode read : report.get("reads")) {
      if (read.get("name").asString().equals(name)) {
        return read;
      }
    }
    throw new AssertionError("no read " + name);
  }

  @Test
  void actionsChangeWhatTheySayAndLeaveTheTableAsItWas() {
    for (JsonNode act : report.get("acts")) {
      String name = act.get("name").asString();
      // All available and cancelled jobs of a queue are fewer than a thousand here.
      double least = name.contains("by a search") ? 50 : 1;
      double most = name.contains("by a search") ? 1_000 : 1;
      assertThat(act.get("changed").asDouble()).as(name).isBetween(least, most);
      assertThat(act.get("micros").get("p95").asLong()).as(name).isPositive();
    }
  }

  @Test
  void eachRequestOfTheApiIsMeasured() throws Exception {
    var described = new TreeSet<String>();
    try (var stream = Dashboard.class.getResourceAsStream("openapi.json")) {
      JsonMapper.shared()
          .readTree(stream)
          .get("paths")
          .properties()
          .forEach(path ->
              path.getValue()
                  .propertyNames()
                  .forEach(method ->
                      described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    }
    // This read does not use the database.
    described.remove("GET /api/openapi.json");
    var measured = new TreeSet<String>();
    report.get("reads").forEach(read -> measured.add(read.get("route").asString()));
    report.get("acts").forEach(act -> measured.add(act.get("route").asString()));
    assertThat(report.get("health").get("p95").asLong()).isPositive();
    measured.add("GET /api/health");
    assertThat(measured).containsAll(described);
  }
}
