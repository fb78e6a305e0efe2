package dev.cairn.benchmarks.steady;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.Launch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("long")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SnapshotCommandTest {
  @Test
  void jobsAreWorkedWhileASnapshotIsHeld() {
    Launch run = Launch.of("bench", "snapshot", "--jobs", "1000", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("Cairn, snapshot held", "plain SQL, snapshot held");
  }
}
