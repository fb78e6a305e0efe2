package dev.cairn.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NanosTest {
  @Test
  void keepsWhatALongHolds() {
    assertThat(Nanos.of(Duration.ofMillis(3))).isEqualTo(3_000_000);
    assertThat(Nanos.of(Duration.ofDays(50_000))).isEqualTo(Duration.ofDays(50_000).toNanos());
  }

  @Test
  void saturatesWhatIsTooLong() {
    assertThat(Nanos.of(ChronoUnit.FOREVER.getDuration())).isEqualTo(Nanos.FOREVER);
    assertThat(Nanos.of(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Nanos.FOREVER);
    assertThat(Nanos.of(Duration.ofNanos(Long.MAX_VALUE))).isEqualTo(Nanos.FOREVER);
  }

  @Test
  void isNeverNegative() {
    assertThat(Nanos.of(Duration.ofNanos(-1))).isZero();
    assertThat(Nanos.of(Duration.ofSeconds(Long.MIN_VALUE))).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  void canBeAddedToEveryMoment(long now) {
    long deadline = now + Nanos.of(ChronoUnit.FOREVER.getDuration());

    assertThat(deadline - now).isEqualTo(Nanos.FOREVER);
    assertThat(deadline + Nanos.FOREVER - now).isPositive();
  }
}
