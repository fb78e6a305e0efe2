package dev.cairn.benchmarks.micro;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MicroCommandTest {
  @Test
  void innerPartsAreMeasured() {
    Launch run = Launch.of("bench", "micro", "--quick", "--only", "(encodeNumber|attempt)");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("CodecBenchmark.encodeNumber", "MiddlewareBenchmark.attempt, 10 middleware");
    assertThat(run.figures().get("parts")).hasSize(4);
    for (JsonNode part : run.figures().get("parts")) {
      assertThat(part.get("nanos").asDouble()).isPositive();
    }
  }
}
