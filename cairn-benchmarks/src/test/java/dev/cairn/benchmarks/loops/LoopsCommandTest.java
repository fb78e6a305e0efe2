package dev.cairn.benchmarks.loops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LoopsCommandTest {
  @Test
  void reportsEachLoopBesideTheOneByHand() {
    Launch run = Launch.of("bench", "loops", "--items", "3000", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("3,000 items", "rows by key, each copied");
    assertThat(run.figures().get("standings").valueStream().map(it -> it.get("items").asInt()))
        .containsExactly(3_000, 3_000, 3_000, 300, 3_000, 3_000, 3_000);
    for (JsonNode standing : run.figures().get("standings")) {
      JsonNode round = standing.get("rounds").get(0);
      assertThat(round.get("by_hand").get("items_per_second").asDouble()).isPositive();
      assertThat(round.get("in_steps").get("items_per_second").asDouble()).isPositive();
    }
  }

  @Test
  void wrongUsageIsRefused() {
    assertThat(Launch.of("bench", "loops", "--items", "0").exitCode()).isEqualTo(2);
  }
}
