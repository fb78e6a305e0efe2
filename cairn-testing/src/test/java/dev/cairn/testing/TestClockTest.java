package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestClockTest {
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

  private final TestClock clock = TestClock.at(START);

  @Test
  void standsStillUntilItIsMoved() {
    assertThat(clock.instant()).isEqualTo(START);
    assertThat(clock.advance(Duration.ofMinutes(5))).isEqualTo(START.plusSeconds(300));
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(300));

    clock.set(START.minusSeconds(1));

    assertThat(clock.instant()).isEqualTo(START.minusSeconds(1));
    assertThat(clock).hasToString("TestClock[2026-03-01T09:59:59Z]");
  }

  @Test
  void doesNotAdvanceBackwards() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clock.advance(Duration.ofSeconds(-1)))
        .withMessageContaining("use set to go back");
  }

  @Test
  void advancesByNoMoreThanAHundredYears() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clock.advance(ChronoUnit.FOREVER.getDuration()))
        .withMessageContaining("PT876000H");
    assertThat(clock.advance(Duration.ofDays(36_500))).isAfter(START);
  }

  @Test
  void isTheSameClockInAnotherZone() {
    Clock there = clock.withZone(ZoneId.of("Asia/Kathmandu"));

    clock.advance(Duration.ofHours(1));

    assertThat(there.instant()).isEqualTo(START.plusSeconds(3600));
    assertThat(there.getZone()).isEqualTo(ZoneId.of("Asia/Kathmandu"));
    assertThat(clock.getZone()).isEqualTo(ZoneOffset.UTC);
  }

  @Test
  void losesNothingOfWhatManyThreadsAdvance() {
    IntStream.range(0, 1_000).parallel().forEach(i -> clock.advance(Duration.ofSeconds(1)));

    assertThat(clock.instant()).isEqualTo(START.plusSeconds(1_000));
  }
}
