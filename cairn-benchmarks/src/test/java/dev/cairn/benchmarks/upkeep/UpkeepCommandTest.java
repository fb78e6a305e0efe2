package dev.cairn.benchmarks.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class UpkeepCommandTest {
  @Test
  void eachKindOfUpkeepIsDoneToAllJobsInBatchesBesideInsertions() {
    JsonNode runs =
        Launch.json("bench", "upkeep", "--jobs", "11000", "--rounds", "1", "--json").get("runs");

    assertThat(runs).hasSize(12);
    for (JsonNode run : runs) {
      assertThat(run.get("seconds").asDouble()).as(run.toString()).isPositive();
      assertThat(run.get("longest_millis").asDouble()).isPositive();
      assertThat(run.get("insert_micros").get("p99").asLong()).isPositive();
    }
    JsonNode signal = runs.get(3);
    assertThat(signal.get("name").asString()).isEqualTo("jobs woken by a signal");
    assertThat(signal.get("statements").asInt()).as("a thousand, ten thousand, none").isEqualTo(3);
  }
}
