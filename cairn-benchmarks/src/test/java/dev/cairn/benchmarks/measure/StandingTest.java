package dev.cairn.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.DatabaseCounters.Rows;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StandingTest {
  private record Named(String name) implements Contender {
    @Override
    public String setting() {
      return "none";
    }

    @Override
    public void fill(int jobs) {}

    @Override
    public void work(int jobs, Progress progress) {}

    @Override
    public int finished() {
      return 0;
    }
  }

  private static Standing standing(String name, int jobs, Duration time, Duration start) {
    return Standing.of(
        new Named(name),
        List.of(
            new Cost(
                jobs,
                time,
                start,
                1,
                1,
                List.of(),
                new Rows(0, 0, 0),
                Duration.ZERO,
                null,
                null,
                null)));
  }

  private final Standing cairn = standing("Cairn", 1_000, Duration.ofSeconds(1), Duration.ZERO);
  private final Standing slow =
      standing("slow", 1_000, Duration.ofSeconds(4), Duration.ofMillis(1_500));
  private final Standing fewer = standing("fewer", 10, Duration.ofSeconds(1), Duration.ZERO);

  @Test
  void ratesOfTheSameNumberOfJobsAreCompared() {
    assertThat(slow.ratioTo(cairn).median()).isEqualTo(0.25);
    assertThat(slow.start()).isEqualTo(1.5);
  }

  @Test
  void ratesOfDifferentNumbersOfJobsAreNotCompared() {
    assertThatThrownBy(() -> fewer.ratioTo(cairn))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fewer and Cairn");
    assertThat(Standing.table(List.of(cairn, fewer), cairn).toString()).contains("other jobs");
  }
}
