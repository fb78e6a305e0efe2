package dev.cairn.benchmarks.steady;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.OS;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ContinuousCommandTest {
  @Test
  void jobsAreInsertedAndWorkedAtTheSameTimeWithAndWithoutASnapshot() {
    JsonNode report =
        Launch.json(
            "bench",
            "continuous",
            "--seconds",
            "1",
            "--waiting",
            "5000",
            "--snapshot",
            "--rounds",
            "1",
            "--json");

    JsonNode stretches = report.get("stretches");
    assertThat(stretches).hasSize(4);
    for (JsonNode stretch : stretches) {
      assertThat(stretch.get("jobs").asLong()).as(stretch.toString()).isPositive();
      assertThat(stretch.get("tenths")).hasSize(10);
      assertThat(stretch.get("wal_bytes_per_job").asDouble()).isGreaterThan(100);
      if (OS.LINUX.isCurrentOs()) {
        assertThat(stretch.get("server_cpu_micros").asDouble()).isPositive();
      }
      assertThat(stretch.get("waiting").get("most").asLong()).isBetween(1_000L, 5_000L);
      assertThat(stretch.get("until_work").isNull()).isTrue();
    }
    assertThat(stretches.get(1).get("snapshot").asBoolean()).isTrue();
    JsonNode disturbances = report.get("disturbances");
    assertThat(disturbances).hasSize(2);
    assertThat(disturbances.get(0).get("overall").asDouble()).isPositive();
    assertThat(disturbances.get(0).get("median_tenth").asDouble()).isPositive();
  }

  @Test
  void latencyIsMeasuredAtARate() {
    Launch run =
        Launch.of("bench", "continuous", "--seconds", "1", "--rate", "200", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("until work", "jobs per second in each tenth")
        .doesNotContain("snapshot")
        .containsPattern("Cairn, round 1 +[0-9.]+ / [0-9.]+ / [0-9.]+ / [0-9.]+")
        .containsPattern("plain SQL, round 1 +[0-9.]+ / [0-9.]+ / [0-9.]+ / [0-9.]+");
    assertThat(Launch.of("bench", "continuous", "--rate", "-1").exitCode()).isEqualTo(2);
  }
}
