package dev.cairn.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
  @CsvSource(
      delimiter = '|',
      value = {
        "1-5/2,30 * * * *|2026-11-24T10:00:00Z|10:01 10:03 10:05 10:30 11:01",
        "50/5 10 * * *|2026-11-24T10:00:00Z|10:50 10:55 2026-11-25T10:50",
        "0 0 * nov,DEC mon-Fri/2|2026-11-24T10:00:00Z|2026-11-25T00:00 2026-11-27T00:00 2026-11-30T00:00",
        "0 0 * * FRI-SUN|2026-11-24T10:00:00Z|2026-11-27T00:00 2026-11-28T00:00 2026-11-29T00:00 2026-12-04T00:00",
        "0 0 * * 5-7|2026-11-24T10:00:00Z|2026-11-27T00:00 2026-11-28T00:00 2026-11-29T00:00 2026-12-04T00:00",
        "0 0 * * SUN-TUE|2026-11-24T10:00:00Z|2026-11-29T00:00 2026-11-30T00:00 2026-12-01T00:00 2026-12-06T00:00",
        "0 0 29 2 *|2026-11-24T10:00:00Z|2028-02-29T00:00 2032-02-29T00:00",
        "0 0 31 * *|2026-11-24T10:00:00Z|2026-12-31T00:00 2027-01-31T00:00 2027-03-31T00:00",
        // Of either field, as cron does; of both, as Spring does.
        "0 0 13 * 5|2026-11-24T10:00:00Z|2026-11-27T00:00 2026-12-04T00:00 2026-12-11T00:00 2026-12-13T00:00",
        "0 0 0 13 * 5|2026-11-24T10:00:00Z|2027-08-13T00:00 2028-10-13T00:00",
        "0 0 0 ? * ?|2026-11-24T10:00:00Z|2026-11-25T00:00 2026-11-26T00:00",
        "0 0 0 L,15 * *|2026-11-24T10:00:00Z|2026-11-30T00:00 2026-12-15T00:00 2026-12-31T00:00",
        "0 0 0 L-3 2 *|2026-11-24T10:00:00Z|2027-02-25T00:00 2028-02-26T00:00",
        "0 0 0 LW * *|2026-11-24T10:00:00Z|2026-11-30T00:00 2026-12-31T00:00 2027-01-29T00:00 2027-02-26T00:00",
        "0 0 0 1W * *|2027-04-24T10:00:00Z|2027-05-03T00:00 2027-06-01T00:00",
        "0 0 0 15W * *|2026-11-24T10:00:00Z|2026-12-15T00:00 2027-01-15T00:00 2027-02-15T00:00",
        // Also in months that have no 31st, and none that ends on a weekday.
        "0 0 0 31W * *|2027-01-01T10:00:00Z|2027-01-29T00:00 2027-02-26T00:00 2027-03-31T00:00 2027-04-30T00:00",
        "0 0 0 * * FRIL|2026-11-24T10:00:00Z|2026-11-27T00:00 2026-12-25T00:00 2027-01-29T00:00",
        "0 0 0 * * 5#2|2026-11-24T10:00:00Z|2026-12-11T00:00 2027-01-08T00:00",
        "0 0 0 * * FRI#5|2026-11-24T10:00:00Z|2027-01-29T00:00 2027-04-30T00:00",
        "0 0 0 * * L|2026-11-24T10:00:00Z|2026-11-29T00:00 2026-12-06T00:00",
        "59 59 23 31 12 *|2026-12-31T23:59:59Z|2027-12-31T23:59:59 2028-12-31T23:59:59",
      })
  void findsOneAfterTheOther(String expression, Instant after, String runs) {
    Cron cron = Cron.of(expression);
    LocalDateTime day = after.atOffset(ZoneOffset.UTC).toLocalDate().atStartOfDay();

    Instant last = after;
    for (String run : List.of(runs.split(" "))) {
      Instant next = cron.next(last).orElseThrow();
      LocalDateTime expected =
          run.length() == 5 ? day.with(LocalTime.parse(run)) : LocalDateTime.parse(run);
      assertThat(next).as("after %s", last).isEqualTo(expected.toInstant(ZoneOffset.UTC));
      last = next;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\"|must have five fields",
        "* * *|must have five fields",
        "@never|must have five fields",
        "61 * * * *|minute '61' is not 0 to 59",
        "-1 * * * *|minute '' is not 0 to 59",
        "0 24 * * *|hour '24' is not 0 to 23",
        "0 22-2 * * *|hour '22-2' ends before it begins",
        "0 1-2-3 * * *|hour '1-2-3' is not a range",
        "*/0 * * * *|minute '0' is not a step from 1 to 59",
        "*/90 * * * *|minute '90' is not a step from 1 to 59",
        "*/2/3 * * * *|minute '*/2/3' has more than one step",
        "1, * * * *|minute '' is not 0 to 59",
        "0 0 0 * *|day of month '0' is not 1 to 31",
        "0 0 * 13 *|month '13' is not 1 to 12 or JAN to DEC",
        "0 0 * january *|month 'JANUARY' is not 1 to 12 or JAN to DEC",
        "0 0 * * fri-mon|day of week 'FRI-MON' ends before it begins",
        "0 0 * * 8|day of week '8' is not 0 to 7 or SUN to SAT",
        "0 0 0 * * 5#6|day of week '5#6'",
        "0 0 0 W * *|day of month 'W'",
        "0 0 0 10-15W * *|day of month '15W'",
        "0 0 0 32W * *|day of month '32' is not 1 to 31",
        "a b c d e|minute 'A' is not 0 to 59",
        "CRON_TZ=Nowhere/Town @daily|names the unknown time zone 'Nowhere/Town'",
        // A date that there never is.
        "0 0 30 2 *|would never run",
        "0 0 31 4,6,9,11 *|would never run",
        "0 0 0 L-31 * *|would never run",
        "0 0 0 31 1 FRI#2|would never run",
        "CRON_TZ=Europe/Berlin 0 0 30 feb *|would never run",
      })
  void whatIsNotUnderstoodOrNeverRunsIsRefusedWithItsTextAndTheReason(
      String expression, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cron.of(expression))
        .withMessageContaining("'" + expression.replace("CRON_TZ=Europe/Berlin ", "") + "'")
        .withMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"tr", "ar-EG", "fa-IR", "th-TH-u-ca-buddhist-nu-thai", "ja-JP-u-ca-japanese"})
  @ResourceLock(Resources.LOCALE)
  void namesAndDigitsAreTheSameInEveryLocale(String tag) {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(tag));
    try {
      Instant next =
          Cron.of("15 7 * jan fri").next(Instant.parse("2026-11-24T10:00:00Z")).orElseThrow();

      assertThat(next).isEqualTo("2027-01-01T07:15:00Z");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Cron.of("0 0 32 * fri"))
          .withMessageContaining("day of month '32' is not 1 to 31");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void thereIsAnAnswerForEveryMoment() {
    Cron daily = Cron.of("@daily", ZoneId.of("Europe/Berlin"));

    assertThat(daily.next(Instant.MIN)).isPresent();
    assertThat(daily.next(Instant.parse("9999-12-30T23:30:00Z"))).isEmpty();
    assertThat(daily.next(Instant.MAX)).isEmpty();
  }

  @Test
  void anIntervalHasALeastLength() {
    Instant now = Instant.parse("2026-11-24T10:00:00Z");

    assertThat(Every.of(Duration.ofMinutes(5)).next(now)).contains(now.plusSeconds(300));
    assertThatIllegalArgumentException().isThrownBy(() -> Every.of(Duration.ofMillis(999)));
  }
}
