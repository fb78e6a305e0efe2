package dev.cairn.benchmarks.latency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("once")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LatencyCommandTest {
  @Test
  void yardsticksAreMeasuredInTheSameRun() {
    JsonNode report =
        Launch.json(
            "bench", "latency", "--seconds", "1", "--rates", "20", "--rounds", "1", "--json");

    assertThat(report.get("latencies")).hasSize(1);
    JsonNode cairn = report.get("latencies").get(0);
    assertThat(cairn.get("per_second").asInt()).isEqualTo(20);
    assertThat(cairn.get("until_work").get("p50").asLong()).isPositive();
    assertThat(cairn.get("until_completed").get("p50").asLong()).isPositive();
    JsonNode yardsticks = report.get("yardsticks");
    assertThat(yardsticks).hasSize(2);
    JsonNode byHand = yardsticks.get(0);
    assertThat(byHand.get("name").asString()).isEqualTo("LISTEN and plain SQL");
    assertThat(byHand.get("kept_up").asBoolean()).isTrue();
    assertThat(byHand.get("latency").get("until_completed").get("p50").asLong()).isPositive();
    JsonNode dbScheduler = yardsticks.get(1);
    assertThat(dbScheduler.get("name").asString()).startsWith("db-scheduler");
    assertThat(dbScheduler.get("kept_up").asBoolean()).isTrue();
    assertThat(dbScheduler.get("latency").get("until_work").get("p50").asLong()).isPositive();
    assertThat(dbScheduler.get("latency").get("until_completed").isNull()).isTrue();
  }

  @Test
  void latencyIsMeasuredAtEachRate() {
    JsonNode latencies =
        Launch.json("bench", "latency", "--seconds", "1", "--rounds", "1", "--json")
            .get("latencies");
    assertThat(latencies).hasSize(3);
    assertThat(latencies.get(0).get("until_work").get("p50").asLong()).isPositive();
  }

  @Test
  void ratesMustBePositive() {
    assertThat(Launch.of("bench", "latency", "--rates", "10,0").err())
        .contains("--rates must be 1 to");
  }
}
