package dev.cairn.benchmarks.processes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ColdCommandTest {
  @Test
  void theFirstJobsOfAProcessAreComparedWithLaterOnes() {
    Launch run = Launch.of("bench", "cold", "--jobs", "500", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    // The class path of the tests has folders, for which the JVM creates no AOT cache.
    assertThat(run.out()).contains("no AOT cache", "default", "first compiler only");
    for (JsonNode lives : run.figures().get("lives")) {
      JsonNode life = lives.get("rounds").get(0);
      assertThat(life.get("first").get("jobs").asInt()).isEqualTo(500);
      assertThat(life.get("compiler_micros").asDouble()).isPositive();
      assertThat(life.get("later")).hasSize(3);
    }
    assertThat(Launch.leftOver(ClientProcess.class)).as("processes left over").isEmpty();
  }

  @Test
  void aWrongNumberIsRefused() {
    assertThat(Launch.of("bench", "cold", "--jobs", "4").exitCode()).isEqualTo(2);
  }
}
