package dev.cairn.benchmarks.loops;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LoopTest {
  private static Loop endsAt(long value) {
    return new Loop("items", 10, () -> {}, steps -> {}, () -> value, 10);
  }

  @Test
  void aLoopThatEndsTooEarlyIsNotMeasured() {
    assertThatCode(() -> endsAt(10).check()).doesNotThrowAnyException();
    assertThatThrownBy(() -> endsAt(9).check())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ended at 9 instead of 10");
  }
}
