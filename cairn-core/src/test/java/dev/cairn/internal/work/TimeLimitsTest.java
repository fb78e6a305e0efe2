package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cairn.BusyCarriers;
import dev.cairn.TimeLimitException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimeLimitsTest {
  private static final Duration LIMIT = Duration.ofMillis(50);

  private final TimeLimits limits = new TimeLimits(new InterruptGate(Thread.currentThread()));

  private boolean checkFor(Duration most) {
    long end = System.nanoTime() + most.toNanos();
    while (System.nanoTime() < end) {
      limits.check();
      Thread.onSpinWait();
    }
    return true;
  }

  /** Seen before: jobs that only compute had no end, as many of them as there are processors. */
  @Test
  void aPointOfInterruptionSeesTheTimeThoughNoTimerGetsAProcessor() {
    try (var busy = new BusyCarriers()) {
      assertThatExceptionOfType(TimeLimitException.class)
          .isThrownBy(() -> limits.run(LIMIT, "job 1", () -> checkFor(Duration.ofSeconds(20))))
          .withMessageContaining("job 1 ran longer than the 50 ms");
      assertThat(busy).isNotNull();
    }
  }

  @Test
  void theTimeOfAnOuterPartIsSeenInAnInnerOne() {
    assertThatExceptionOfType(TimeLimitException.class)
        .isThrownBy(() ->
            limits.run(
                LIMIT,
                "outer",
                () ->
                    limits.run(
                        Duration.ofMinutes(1), "inner", () -> checkFor(Duration.ofSeconds(20)))))
        .withMessageContaining("outer ran longer");
  }
}
