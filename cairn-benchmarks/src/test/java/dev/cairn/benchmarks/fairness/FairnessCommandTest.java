package dev.cairn.benchmarks.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FairnessCommandTest {
  @Test
  void whatJobsSufferFromOthersIsMeasured() {
    JsonNode report =
        Launch.json(
            "bench", "fairness", "--jobs", "5000", "--seconds", "1", "--rounds", "1", "--json");

    assertThat(report.get("probes")).hasSize(4);
    for (JsonNode probes : report.get("probes")) {
      JsonNode waits = probes.get("waits");
      assertThat(waits.get("probes").asInt()).as(probes.toString()).isPositive();
      assertThat(waits.get("until_work").get("p50").asLong()).isPositive();
      assertThat(waits.get("crowd_left").asInt()).isBetween(0, waits.get("crowd").asInt());
    }
    JsonNode beside = report.get("beside");
    assertThat(beside).hasSize(2);
    assertThat(beside.get(1).get("slow").asInt()).isEqualTo(1_000);
    assertThat(beside.get(1).get("jobs_per_second").asDouble()).isPositive();
  }
}
