package dev.cairn.benchmarks.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ResumableBenchCommandTest {
  @Test
  void reportsWhatEachRungOfAResumableJobCosts() {
    Launch run = Launch.of("bench", "resumable", "--scale", "1", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "job with three steps",
            "checkpoint, 100 jobs at once",
            "a row and advanceTx, one job",
            "one UPDATE per advance, 100 jobs");
    Launch one =
        Launch.of(
            "bench", "resumable", "--scale", "1", "--rounds", "1", "--only", "plain", "--json");
    JsonNode report = JsonMapper.shared().readTree(one.out());
    assertThat(report.get("median")).hasSize(1);
    assertThat(report.get("median").get(0).get("operations_per_second").asDouble()).isPositive();
    assertThat(Launch.of("bench", "resumable", "--scale", "0").exitCode()).isNotZero();
  }
}
