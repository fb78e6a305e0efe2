package dev.cairn.benchmarks.backlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class UpkeepProbeTest {
  @Test
  void theTimeOfALookThatSucceedsCounts() throws Exception {
    double seconds =
        UpkeepProbe.secondsUntil(
            () -> {
              TimeUnit.MILLISECONDS.sleep(200);
              return true;
            },
            System.nanoTime(),
            Duration.ofMinutes(1));

    assertThat(seconds).isGreaterThanOrEqualTo(0.2);
  }

  @Test
  void upkeepThatIsNeverDoneHasNoTime() {
    assertThatThrownBy(
            () -> UpkeepProbe.secondsUntil(() -> false, System.nanoTime(), Duration.ofMillis(50)))
        .isInstanceOf(TimeoutException.class);
  }
}
