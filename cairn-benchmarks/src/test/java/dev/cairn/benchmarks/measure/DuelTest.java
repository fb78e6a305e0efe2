package dev.cairn.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.DatabaseCounters.Rows;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DuelTest {
  private static Cost turn(double seconds, double cpuSeconds) {
    return new Cost(
        1_000,
        nanos(seconds),
        Duration.ZERO,
        1,
        1,
        List.of(),
        new Rows(0, 0, 0),
        nanos(cpuSeconds),
        null,
        null,
        null);
  }

  private static Duration nanos(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  @Test
  void aMachineThatBecomesSlowerFavoursNeither() {
    // Each turn takes a tenth longer than the one before.
    var equals =
        new Duel.Block(
            List.of(turn(1.0, 1.0), turn(1.3, 1.3)), List.of(turn(1.1, 1.1), turn(1.2, 1.2)));

    assertThat(equals.speed()).isCloseTo(1, within(1e-9));
    assertThat(equals.clientCpu()).isCloseTo(1, within(1e-9));
  }

  @Test
  void aContenderThatTakesLongerIsSlower() {
    var block =
        new Duel.Block(List.of(turn(1, 2), turn(1, 2)), List.of(turn(1.25, 2.2), turn(1.25, 2.2)));

    assertThat(block.speed()).isCloseTo(0.8, within(1e-9));
    assertThat(block.clientCpu()).isCloseTo(1.1, within(1e-9));
  }
}
