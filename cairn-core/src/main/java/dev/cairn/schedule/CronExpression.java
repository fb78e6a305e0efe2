package dev.cairn.schedule;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.BitSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The dates and times of day that a cron expression allows, in any time zone. Immutable. */
final class CronExpression {
  private static final Map<String, String> NAMES =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");
  private static final int FIELDS = 5;
  private static final int FIELDS_WITH_SECONDS = 6;

  /** The calendar repeats itself after this many years. */
  private static final int YEARS_OF_CALENDAR = 400;

  private static final int HOURS_OF_DAY = 24;

  private final BitSet seconds;
  private final BitSet minutes;
  private final BitSet hours;
  private final BitSet months;
  private final CronDays days;

  private CronExpression(String[] fields, boolean eitherDaySuffices) {
    seconds = CronField.SECOND.numbers(fields[0]);
    minutes = CronField.MINUTE.numbers(fields[1]);
    hours = CronField.HOUR.numbers(fields[2]);
    days = CronDays.of(fields[3], fields[5], eitherDaySuffices);
    months = CronField.MONTH.numbers(fields[4]);
  }

  /**
   * Reads five fields, six, or a name.
   *
   * @throws IllegalArgumentException if it cannot be read, or no date fits it
   */
  static CronExpression parse(String expression) {
    String[] fields = NAMES.getOrDefault(expression, expression).split("\\s+");
    if (fields.length != FIELDS && fields.length != FIELDS_WITH_SECONDS) {
      throw new IllegalArgumentException(
          "cron expression '%s' must have five fields, six with seconds, or be one of %s [CAIRN-110]"
              .formatted(expression, NAMES.keySet().stream().sorted().toList()));
    }
    CronExpression parsed = read(expression, fields);
    if (parsed.nextDate(LocalDate.EPOCH).isEmpty()) {
      throw new IllegalArgumentException(
          "cron expression '%s' would never run: no date has its day of month, month and day of week [CAIRN-110]"
              .formatted(expression));
    }
    return parsed;
  }

  private static CronExpression read(String expression, String[] fields) {
    try {
      boolean hasSeconds = fields.length == FIELDS_WITH_SECONDS;
      String text = (hasSeconds ? "" : "0 ") + String.join(" ", fields);
      return new CronExpression(text.toUpperCase(Locale.ROOT).split(" "), !hasSeconds);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "cron expression '%s' is not understood: %s [CAIRN-110]"
              .formatted(expression, e.getMessage()),
          e);
    }
  }

  /** Whether every hour of a day that it allows has a run. */
  boolean runsInEveryHour() {
    return hours.cardinality() == HOURS_OF_DAY;
  }

  /** The first time at or after another one, which is taken to the full second. */
  Optional<LocalDateTime> nextAtOrAfter(LocalDateTime time) {
    if (isAllowed(time.toLocalDate())) {
      LocalTime today = nextTime(time.toLocalTime());
      if (today != null) {
        return Optional.of(time.toLocalDate().atTime(today));
      }
    }
    return nextDate(time.toLocalDate().plusDays(1))
        .map(
            date -> date.atTime(hours.nextSetBit(0), minutes.nextSetBit(0), seconds.nextSetBit(0)));
  }

  private @Nullable LocalTime nextTime(LocalTime time) {
    int second = seconds.nextSetBit(time.getSecond());
    int minute = minutes.nextSetBit(second < 0 ? time.getMinute() + 1 : time.getMinute());
    int hour = hours.nextSetBit(minute < 0 ? time.getHour() + 1 : time.getHour());
    if (hour < 0) {
      return null;
    }
    boolean isHourKept = hour == time.getHour();
    boolean isMinuteKept = isHourKept && minute == time.getMinute();
    return LocalTime.of(
        hour,
        isHourKept ? minute : minutes.nextSetBit(0),
        isMinuteKept ? second : seconds.nextSetBit(0));
  }

  private Optional<LocalDate> nextDate(LocalDate from) {
    LocalDate end = from.plusYears(YEARS_OF_CALENDAR);
    LocalDate date = from;
    while (date.isBefore(end)) {
      if (isAllowed(date)) {
        return Optional.of(date);
      }
      date = months.get(date.getMonthValue()) ? date.plusDays(1) : nextMonth(date);
    }
    return Optional.empty();
  }

  private static LocalDate nextMonth(LocalDate date) {
    return date.withDayOfMonth(1).plusMonths(1);
  }

  private boolean isAllowed(LocalDate date) {
    return months.get(date.getMonthValue()) && days.allow(date);
  }
}
