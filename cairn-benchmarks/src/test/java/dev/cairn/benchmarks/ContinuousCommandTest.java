package dev.cairn.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("once")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ContinuousCommandTest {
  @Test
  void jobsAreInsertedAndWorkedAtTheSameTimeWithAndWithoutASnapshot() {
    JsonNode report =
        Launch.json(
            "bench", "continuous", "--seconds", "1", "--snapshot", "--rounds", "1", "--json");

    JsonNode stretches = report.get("stretches");
    assertThat(stretches).hasSize(4);
    for (JsonNode stretch : stretches) {
      assertThat(stretch.get("jobs").asLong()).as(stretch.toString()).isPositive();
      assertThat(stretch.get("tenths")).hasSize(10);
      assertThat(stretch.get("wal_bytes_per_job").asDouble()).isGreaterThan(100);
      assertThat(stretch.get("waiting").get("most").asLong()).isBetween(1_000L, 50_000L);
      assertThat(stretch.get("until_work").isNull()).isTrue();
    }
    assertThat(stretches.get(1).get("snapshot").asBoolean()).isTrue();
    JsonNode disturbances = report.get("disturbances");
    assertThat(disturbances).hasSize(2);
    assertThat(disturbances.get(0).get("overall").asDouble()).isPositive();
  }

  @Test
  void aRateIsKeptAndTheLatencyIsMeasured() {
    JsonNode report =
        Launch.json(
            "bench", "continuous", "--seconds", "2", "--rate", "500", "--rounds", "1", "--json");

    for (JsonNode stretch : report.get("stretches")) {
      // All that was inserted has been worked, apart from what came in the last moment.
      assertThat(stretch.get("jobs").asLong()).as(stretch.toString()).isBetween(100L, 1_000L);
      assertThat(stretch.get("until_work").get("p50").asLong()).isPositive();
    }
    assertThat(report.get("disturbances")).isEmpty();
  }

  @Test
  void printsTablesForPeople() {
    Launch run =
        Launch.of("bench", "continuous", "--seconds", "1", "--rate", "100", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("Cairn, round 1", "plain SQL, round 1", "until work");
    assertThat(Launch.of("bench", "continuous", "--rate", "-1").exitCode()).isEqualTo(2);
  }
}
