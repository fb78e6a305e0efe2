package dev.cairn.benchmarks.processes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import dev.cairn.benchmarks.measure.ChildJvm;
import dev.cairn.embedded.FreshDatabase;
import java.io.BufferedReader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ProcessesCommandTest {
  @Test
  void severalProcessesShareTheWorkAndAreEnded() {
    Launch run = Launch.of("bench", "processes", "--jobs", "500", "--most", "2", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("plain SQL", "1 process", "2 processes");
    for (JsonNode standing : run.figures().get("standings")) {
      JsonNode round = standing.get("rounds").get(0);
      assertThat(round.get("jobs").asInt()).isEqualTo(500);
      assertThat(round.get("rows").get("updated").asInt()).isGreaterThanOrEqualTo(1_000);
      assertThat(round.get("fifths").get(4).asLong()).isPositive();
    }
    assertThat(Launch.leftOver(ClientProcess.class)).as("processes left over").isEmpty();
  }

  @Test
  void aWorkerProcessEndsWithItsParent() throws Exception {
    var nowhere = new FreshDatabase("127.0.0.1", 1, "none", "nobody", "none");
    Process process =
        ChildJvm.of(ClientProcess.class, 64, nowhere, "1")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = process.inputReader()) {
      assertThat(lines.readLine()).isEqualTo(ClientProcess.READY);
      assertThat(process.isAlive()).isTrue();

      process.getOutputStream().close();

      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
  }
}
