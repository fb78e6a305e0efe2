package dev.cairn.benchmarks.figures;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedianIntervalTest {
  private static List<Double> upTo(int figures) {
    return IntStream.rangeClosed(1, figures).asDoubleStream().boxed().toList();
  }

  /** The ranks in the usual tables of the sign test. */
  @ParameterizedTest
  @CsvSource({"6, 1, 6", "8, 1, 8", "9, 2, 8", "10, 2, 9", "20, 6, 15", "50, 18, 33"})
  void boundsAreTheFiguresOfTheSignTest(int figures, double low, double high) {
    MedianInterval interval = MedianInterval.of(upTo(figures).reversed());

    assertThat(interval.median()).isEqualTo((figures + 1) / 2.0);
    assertThat(interval.low()).isEqualTo(low);
    assertThat(interval.high()).isEqualTo(high);
  }

  @Test
  void fiveFiguresGiveNoInterval() {
    MedianInterval interval = MedianInterval.of(upTo(5));

    assertThat(interval.low()).isNull();
    assertThat(interval.high()).isNull();
    assertThat(interval.toString(1)).isEqualTo("3.0 (too few rounds)");
  }

  @Test
  void aDisturbedRoundMovesNothing() {
    List<Double> figures = new ArrayList<>(upTo(20));
    figures.set(19, 1_000_000.0);

    assertThat(MedianInterval.of(figures)).isEqualTo(MedianInterval.of(upTo(20)));
    assertThat(MedianInterval.of(figures).toString(2)).isEqualTo("10.50 (6.00 to 15.00)");
  }

  /** Figures that are far from a normal distribution: squares, whose true median is 1/4. */
  @Test
  void containsTheTrueMedianInNineteenOfTwentyExperiments() {
    var random = new Random(1);
    int hits = 0;
    for (int i = 0; i < 4_000; i++) {
      MedianInterval interval =
          MedianInterval.of(
              DoubleStream.generate(random::nextDouble).limit(12).map(x -> x * x).boxed().toList());
      Double low = interval.low();
      Double high = interval.high();
      if (low != null && high != null && low <= 0.25 && high >= 0.25) {
        hits++;
      }
    }
    assertThat(hits / 4_000.0).isBetween(0.95, 0.98);
  }
}
