package dev.cairn.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cron does when clocks change, in zones with all kinds of changes. */
class CronZonesTest {
  private static final Instant BEGIN = Instant.parse("2026-11-26T00:00:00Z");
  private static final Instant END = Instant.parse("2036-11-26T00:00:00Z");
  private static final Duration QUARTER = Duration.ofMinutes(15);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** The offset of each is a multiple of a quarter of an hour, and so is each of its changes. */
  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Europe/Berlin",
        "Europe/London",
        "America/New_York",
        "America/Santiago", // at midnight
        "America/Havana", // at midnight
        "Asia/Beirut", // at midnight
        "Africa/Casablanca", // for Ramadan
        "Australia/Lord_Howe", // by half an hour
        "Pacific/Chatham", // at 02:45, from 12:45
        "Antarctica/Troll", // by two hours
        "Asia/Kathmandu", // never, 05:45
        "UTC"
      })
  void runsWhenTheClockOnTheWallSaysSoForTenYears(String zone) {
    var random = new Random(15);
    for (int i = 0; i < 4; i++) {
      SlowCron slow = SlowCron.random(random, 15);
      for (SkippedTime skipped : SkippedTime.values()) {
        assertSame(slow, ZoneId.of(zone), BEGIN, END, QUARTER, skipped);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(SkippedTime.class)
  void runsToTheMinuteAroundEveryChange(SkippedTime skipped) {
    var random = new Random(26);
    for (String zone :
        List.of(
            "Europe/Berlin",
            "Asia/Beirut",
            "America/Havana",
            "Africa/Casablanca",
            "Australia/Lord_Howe",
            "Pacific/Chatham",
            "Antarctica/Troll",
            "America/Santiago",
            "Pacific/Easter",
            "Africa/Cairo")) {
      for (Instant change : changes(ZoneId.of(zone))) {
        SlowCron slow = SlowCron.random(random, 1);
        Duration day = Duration.ofDays(1);
        assertSame(slow, ZoneId.of(zone), change.minus(day), change.plus(day), MINUTE, skipped);
      }
    }
  }

  private static List<Instant> changes(ZoneId zone) {
    ZoneRules rules = zone.getRules();
    var changes = new ArrayList<Instant>();
    ZoneOffsetTransition next = rules.nextTransition(BEGIN);
    while (next != null && next.getInstant().isBefore(END)) {
      changes.add(next.getInstant());
      next = rules.nextTransition(next.getInstant());
    }
    return changes;
  }

  private static void assertSame(
      SlowCron slow, ZoneId zone, Instant begin, Instant end, Duration step, SkippedTime skipped) {
    Cron cron = Cron.of(slow.expression(), zone).whenSkipped(skipped);
    List<Instant> runs = new ArrayList<>();
    // The nanosecond before one is as good as any other moment before it.
    Optional<Instant> run = cron.next(begin.minusNanos(1));
    while (run.isPresent() && run.get().isBefore(end)) {
      runs.add(run.get());
      assertThat(cron.next(run.get().minusNanos(1))).as("%s, again", cron).isEqualTo(run);
      run = cron.next(run.get());
    }
    assertThat(runs)
        .as("%s, %s", cron, skipped)
        .isEqualTo(slow.runs(zone, begin, end, step, skipped));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // At 02:00 in Berlin it is 03:00.
        "30 2 * * *|Europe/Berlin|2027-03-27T12:00:00Z|2027-03-28T01:00:00Z|2027-03-29T00:30:00Z",
        "*/10 2 * * *|Europe/Berlin|2027-03-28T00:59:59Z|2027-03-28T01:00:00Z|2027-03-29T00:00:00Z",
        "30 2 28 3 *|Europe/Berlin|2027-01-01T00:00:00Z|2027-03-28T01:00:00Z|2028-03-28T00:30:00Z",
        // At midnight in Beirut it is 01:00.
        "0 0 * * *|Asia/Beirut|2027-03-27T12:00:00Z|2027-03-27T22:00:00Z|2027-03-28T21:00:00Z",
        "0 0 * * 0|Asia/Beirut|2027-03-27T12:00:00Z|2027-03-27T22:00:00Z|2027-04-03T21:00:00Z",
        "@daily|Asia/Beirut|2027-03-27T21:59:59.999Z|2027-03-27T22:00:00Z|2027-03-28T21:00:00Z",
        // At 02:00 in Lord Howe it is 02:30.
        "0,15,45 2 * * *|Australia/Lord_Howe|2027-10-02T12:00:00Z|2027-10-02T15:30:00Z|2027-10-02T15:45:00Z",
        // Apia had no 30 December at all.
        "0 12 * * *|Pacific/Apia|2011-12-29T23:00:00Z|2011-12-30T10:00:00Z|2011-12-30T22:00:00Z",
      })
  void aTimeThatTheClocksSkipRunsRightAfterTheGap(
      String expression, ZoneId zone, Instant after, Instant run, Instant next) {
    Cron cron = Cron.of(expression, zone);

    assertThat(cron.next(after)).contains(run);
    assertThat(cron.next(run.minusNanos(1))).contains(run);
    assertThat(cron.next(run)).contains(next);
    assertThat(cron.whenSkipped(SkippedTime.SKIP).next(after)).contains(next);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // At 03:00 in Berlin it is 02:00.
        "30 2 * * *|Europe/Berlin|2026-10-24T12:00:00Z|2026-10-25T00:30:00Z|2026-10-26T01:30:00Z",
        "30 2 * * *|Europe/Berlin|2026-10-25T01:10:00Z|2026-10-26T01:30:00Z|2026-10-27T01:30:00Z",
        "0 3 * * *|Europe/Berlin|2026-10-24T12:00:00Z|2026-10-25T02:00:00Z|2026-10-26T02:00:00Z",
        // At midnight in Beirut it is 23:00 of the day before.
        "0 0 * * *|Asia/Beirut|2026-10-24T12:00:00Z|2026-10-24T22:00:00Z|2026-10-25T22:00:00Z",
        "30 23 * * *|Asia/Beirut|2026-10-24T12:00:00Z|2026-10-24T20:30:00Z|2026-10-25T21:30:00Z",
      })
  void aTimeThatComesTwiceRunsOnce(
      String expression, ZoneId zone, Instant after, Instant run, Instant next) {
    Cron cron = Cron.of(expression, zone);

    assertThat(cron.next(after)).contains(run);
    assertThat(cron.next(run)).contains(next);
  }

  @ParameterizedTest
  @ValueSource(strings = {"* * * * *", "*/5 * * * *", "30 * * * *", "0 */10 0-23 * * *"})
  void whatRunsInEveryHourGoesOnAsIfNoClockWasChanged(String expression) {
    Cron berlin = Cron.of(expression, ZoneId.of("Europe/Berlin"));
    Cron utc = Cron.of(expression);

    for (String change : List.of("2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z")) {
      Instant end = Instant.parse(change).plus(Duration.ofHours(4));
      Instant now = Instant.parse(change).minus(Duration.ofHours(4));
      while (now.isBefore(end)) {
        Instant next = utc.next(now).orElseThrow();
        assertThat(berlin.next(now)).contains(next);
        now = next;
      }
    }
  }
}
