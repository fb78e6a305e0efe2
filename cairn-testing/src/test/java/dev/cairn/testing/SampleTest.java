package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleTest {
  private static Sample<Integer> of(int most, int count, long seed) {
    var sample = new Sample<Integer>(most, new Random(seed));
    IntStream.range(0, count).forEach(sample::offer);
    return sample;
  }

  @Test
  void keepsAllOfAFewAndNoMoreThanWantedOfMany() {
    assertThat(of(5, 3, 1).chosen()).containsExactly(0, 1, 2);
    assertThat(of(5, 100_000, 1).chosen()).hasSize(5).doesNotHaveDuplicates();
    assertThat(of(5, 1_000, 1).chosen()).isEqualTo(of(5, 1_000, 1).chosen());
    assertThat(of(0, 10, 1).chosen()).isEmpty();
    assertThat(of(-1, 10, 1).chosen()).isEmpty();
  }

  @Test
  void eachElementIsAsLikelyAsAnyOther() {
    var counts = new int[10];
    var random = new Random(1);
    for (int round = 0; round < 10_000; round++) {
      var sample = new Sample<Integer>(2, random);
      IntStream.range(0, counts.length).forEach(sample::offer);
      sample.chosen().forEach(element -> counts[element]++);
    }
    for (int count : counts) {
      assertThat(count).isBetween(1_800, 2_200);
    }
  }
}
