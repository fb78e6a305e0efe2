package dev.cairn.benchmarks.latency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LatencyCommandTest {
  @Test
  void yardsticksAreMeasuredInTheSameRunAtEachRate() {
    JsonNode report =
        Launch.json(
            "bench", "latency", "--seconds", "1", "--rates", "20,1000", "--rounds", "1", "--json");

    JsonNode latencies = report.get("latencies");
    JsonNode yardsticks = report.get("yardsticks");
    assertThat(latencies).hasSize(2);
    assertThat(yardsticks).hasSize(4);
    for (int rate = 0; rate < 2; rate++) {
      int perSecond = rate == 0 ? 20 : 1_000;
      checkCairn(latencies.get(rate), perSecond);
      checkByHand(yardsticks.get(2 * rate), perSecond);
      checkDbScheduler(yardsticks.get(2 * rate + 1), perSecond);
    }
  }

  private static void checkCairn(JsonNode latency, int perSecond) {
    assertThat(latency.get("per_second").asInt()).isEqualTo(perSecond);
    assertThat(latency.get("achieved_per_second").asDouble()).isBetween(1.0, (double) perSecond);
    assertThat(latency.get("until_work").get("p50").asLong()).isPositive();
    assertThat(latency.get("until_completed").get("p50").asLong()).isPositive();
  }

  private static void checkByHand(JsonNode yardstick, int perSecond) {
    assertThat(yardstick.get("name").asString()).isEqualTo("LISTEN and plain SQL");
    assertThat(yardstick.get("kept_up").asBoolean()).isTrue();
    assertThat(yardstick.get("latency").get("per_second").asInt()).isEqualTo(perSecond);
    assertThat(yardstick.get("latency").get("until_completed").get("p50").asLong()).isPositive();
  }

  private static void checkDbScheduler(JsonNode yardstick, int perSecond) {
    assertThat(yardstick.get("name").asString()).startsWith("db-scheduler");
    assertThat(yardstick.get("kept_up").asBoolean()).isTrue();
    assertThat(yardstick.get("latency").get("per_second").asInt()).isEqualTo(perSecond);
    assertThat(yardstick.get("latency").get("until_work").get("p50").asLong()).isPositive();
    assertThat(yardstick.get("latency").get("until_completed").isNull()).isTrue();
  }

  @Test
  void thereAreThreeRatesUnlessGiven() {
    assertThat(Launch.of("bench", "latency", "--help").out()).contains("10,100,1000");
  }

  @Test
  void ratesMustBePositive() {
    assertThat(Launch.of("bench", "latency", "--rates", "10,0").err())
        .contains("--rates must be 1 to");
  }
}
