package dev.cairn.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  @Test
  void everyOtherRoundGoesBackwards() {
    assertThat(Turns.of(1, List.of("a", "b", "c"))).containsExactly("a", "b", "c");
    assertThat(Turns.of(2, List.of("a", "b", "c"))).containsExactly("c", "b", "a");
    assertThat(Turns.of(3, List.of("a", "b", "c"))).containsExactly("a", "b", "c");
  }
}
