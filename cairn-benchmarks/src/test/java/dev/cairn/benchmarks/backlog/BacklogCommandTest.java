package dev.cairn.benchmarks.backlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BacklogCommandTest {
  @Test
  void jobsAreWorkedBesideManyRowsThatStayAsTheyAre() {
    JsonNode report =
        Launch.json(
            "bench", "backlog", "--rows", "5001", "--jobs", "500", "--rounds", "1", "--json");

    JsonNode runs = report.get("runs");
    assertThat(runs).hasSize(4);
    assertThat(runs.get(2).get("name").asString()).isEqualTo("Cairn");
    assertThat(runs.get(2).get("others").asInt()).isEqualTo(5_001);
    assertThat(runs.get(2).get("cost").get("jobs").asInt()).isEqualTo(500);
    for (JsonNode run : report.get("upkeep")) {
      assertThat(run.get("seconds").get("worked").asDouble()).isPositive();
      assertThat(run.get("seconds").get("cleaned").asDouble()).isPositive();
    }
    assertThat(report.get("gauges")).hasSize(2);
    JsonNode gauges = report.get("gauges").get(1);
    assertThat(gauges.get("others").asInt()).isEqualTo(5_001);
    assertThat(gauges.get("cost").get("seconds")).hasSize(10);
    assertThat(gauges.get("cost").get("pages").asLong()).isPositive();
    // Of the other rows, those that are scheduled: completed jobs are not counted.
    assertThat(gauges.get("cost").get("counted").asLong()).isEqualTo(2_501);
  }
}
