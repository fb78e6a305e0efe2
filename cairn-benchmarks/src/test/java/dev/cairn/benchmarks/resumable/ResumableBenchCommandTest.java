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
  void scenariosOfOneRoundAreMeasuredNextToEachOther() {
    Launch run =
        Launch.of("bench", "resumable", "--scale", "1", "--rounds", "2", "--only", "three");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.figures().get("all").valueStream().map(it -> it.get("name").asString()))
        .containsExactly(
            "job with three steps",
            "job with three INSERTs",
            "three INSERTs in three steps",
            "three INSERTs in three steps",
            "job with three INSERTs",
            "job with three steps");
    JsonNode ratios = run.figures().get("ratios");
    assertThat(ratios).hasSize(1);
    assertThat(ratios.get(0).get("yardstick").asString()).isEqualTo("job with three INSERTs");
    assertThat(ratios.get(0).get("rounds")).hasSize(2);
    assertThat(run.out()).contains("time of an operation, in the same round");
  }

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
