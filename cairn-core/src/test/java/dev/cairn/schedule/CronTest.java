package dev.cairn.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("once")
class CronTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * *|2026-11-24T10:00:00Z|2026-11-24T10:01:00Z",
        "*/15 * * * *|2026-11-24T10:01:00Z|2026-11-24T10:15:00Z",
        "0 3 * * *|2026-11-24T03:00:00Z|2026-11-25T03:00:00Z",
        "30 8 1 * *|2026-11-24T00:00:00Z|2026-12-01T08:30:00Z",
        "0 0 * * 0|2026-11-24T00:00:00Z|2026-11-29T00:00:00Z",
        "0 0 * * 1-5|2026-11-27T00:00:00Z|2026-11-30T00:00:00Z",
        "@daily|2026-11-24T10:00:00Z|2026-11-25T00:00:00Z",
        "@hourly|2026-11-24T10:00:00Z|2026-11-24T11:00:00Z",
        "@weekly|2026-11-24T10:00:00Z|2026-11-29T00:00:00Z",
        "*/10 * * * * *|2026-11-24T10:00:01Z|2026-11-24T10:00:10Z",
        "CRON_TZ=Europe/Berlin 0 3 * * *|2026-11-24T10:00:00Z|2026-11-25T02:00:00Z",
        "CRON_TZ=Asia/Kathmandu @daily|2026-11-24T10:00:00Z|2026-11-24T18:15:00Z",
      })
  void findsTheNextMoment(String expression, Instant after, Instant next) {
    assertThat(Cron.of(expression).next(after)).contains(next);
  }

  @Test
  void aDayIsOneOfTheTimeZoneAlsoWhenClocksChange() {
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    Cron midnight = Cron.of("0 0 * * *", berlin);

    Instant before = midnight.next(Instant.parse("2026-10-24T12:00:00Z")).orElseThrow();
    Instant after = midnight.next(before).orElseThrow();

    assertThat(Duration.between(before, after)).isEqualTo(Duration.ofHours(25));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "* * *", "61 * * * *", "@never", "a b c d e", "CRON_TZ=Nowhere/Town @daily"})
  void whatIsNotUnderstoodIsRefusedByItsText(String expression) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cron.of(expression))
        .withMessageContaining("'" + expression.strip() + "'");
  }

  @Test
  void anIntervalHasALeastLength() {
    Instant now = Instant.parse("2026-11-24T10:00:00Z");

    assertThat(Every.of(Duration.ofMinutes(5)).next(now)).contains(now.plusSeconds(300));
    assertThatIllegalArgumentException().isThrownBy(() -> Every.of(Duration.ofMillis(999)));
  }
}
