package dev.cairn.benchmarks.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WaitingCommandTest {
  @Test
  void allJobsRunAtOnceAndWaitInALittleHeap() {
    JsonNode report =
        Launch.json("bench", "waiting", "--jobs", "300", "--heap", "64", "--rounds", "1", "--json");

    assertThat(report.get("runs")).hasSize(3);
    for (JsonNode run : report.get("runs")) {
      JsonNode figures = run.get("figures");
      assertThat(figures.get("at_once").asInt()).as(run.toString()).isEqualTo(300);
      assertThat(figures.get("start_nanos").asLong()).isPositive();
      assertThat(figures.get("held_bytes").asLong()).isBetween(100_000L, 64L << 20);
      assertThat(figures.get("peak_bytes").asLong())
          .isBetween(figures.get("held_bytes").asLong(), 64L << 20);
    }
    assertThat(Launch.leftOver(WaitingProcess.class)).as("processes left over").isEmpty();
  }

  @Test
  void moreThanAQueueMayWorkAreRefused() {
    assertThat(Launch.of("bench", "waiting", "--jobs", "10001").err())
        .contains("--jobs must be 1 to 10000");
  }
}
