package dev.cairn.benchmarks.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class KillCommandTest {
  @Test
  void allJobsRunAgainFromWhereTheyWere() {
    JsonNode report =
        Launch.json("bench", "kill", "--jobs", "20", "--timeout", "4", "--rounds", "1", "--json");

    assertThat(report.get("deaths")).hasSize(1);
    JsonNode death = report.get("deaths").get(0);
    assertThat(death.get("first_seconds").asDouble()).isPositive();
    assertThat(death.get("last_seconds").asDouble())
        .isGreaterThanOrEqualTo(death.get("first_seconds").asDouble());
    assertThat(death.get("lost_millis")).hasSize(20);
    for (JsonNode lost : death.get("lost_millis")) {
      // A cursor that restarted at the beginning would have lost the years since 1970.
      assertThat(lost.asLong()).isBetween(0L, 3_600_000L);
    }
    assertThat(Launch.leftOver(WalkingProcess.class)).as("processes left over").isEmpty();
  }

  @Test
  void aTimeoutThatNoClientMayHaveIsRefused() {
    assertThat(Launch.of("bench", "kill", "--timeout", "0").err())
        .contains("--timeout must be 1 to 600");
  }
}
