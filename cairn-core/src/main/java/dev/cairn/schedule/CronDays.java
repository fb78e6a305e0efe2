package dev.cairn.schedule;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The days that a cron expression allows, by day of month and day of week. Immutable. */
final class CronDays {
  /** The 15W: the weekday nearest to the 15th. */
  private static final Pattern NEAREST_WEEKDAY = Pattern.compile("([0-9]{1,2})W");

  /** The L-3: three days before the last one. */
  private static final Pattern BEFORE_LAST = Pattern.compile("L-([0-9]{1,2})");

  /** The 5L and FRIL: the last Friday. */
  private static final Pattern LAST_OF_WEEKDAY = Pattern.compile("([0-9A-Z]{1,3})L");

  /** The 5#2 and FRI#2: the second Friday. */
  private static final Pattern NTH_OF_WEEKDAY = Pattern.compile("([0-9A-Z]{1,3})#([1-5])");

  private static final int DAYS_OF_WEEK = 7;

  private final Predicate<LocalDate> allowed;

  private CronDays(Predicate<LocalDate> allowed) {
    this.allowed = allowed;
  }

  /**
   * The days that two fields allow.
   *
   * @param eitherSuffices whether a day that one of them allows is enough if both are restricted
   */
  static CronDays of(String dayOfMonth, String dayOfWeek, boolean eitherSuffices) {
    Predicate<LocalDate> ofMonth = any(dayOfMonth, CronDays::dayOfMonth);
    Predicate<LocalDate> ofWeek = any(dayOfWeek, CronDays::dayOfWeek);
    boolean either = eitherSuffices && isRestricted(dayOfMonth) && isRestricted(dayOfWeek);
    return new CronDays(either ? ofMonth.or(ofWeek) : ofMonth.and(ofWeek));
  }

  boolean allow(LocalDate date) {
    return allowed.test(date);
  }

  private static boolean isRestricted(String field) {
    return CronField.parts(field).stream()
        .noneMatch(part -> CronField.isAny(part) || part.equals("*/1"));
  }

  /** Makes a condition of a part that has a special meaning, or of numbers. */
  private interface Condition {
    Predicate<LocalDate> of(String part);
  }

  private static Predicate<LocalDate> any(String text, Condition condition) {
    List<Predicate<LocalDate>> conditions = new ArrayList<>();
    CronField.parts(text).forEach(part -> conditions.add(condition.of(part)));
    return date -> conditions.stream().anyMatch(each -> each.test(date));
  }

  private static Predicate<LocalDate> dayOfMonth(String part) {
    if (part.equals("L")) {
      return date -> date.getDayOfMonth() == date.lengthOfMonth();
    }
    if (part.equals("LW")) {
      return date -> date.equals(weekdayNearest(date, date.lengthOfMonth()));
    }
    Matcher nearest = NEAREST_WEEKDAY.matcher(part);
    if (nearest.matches()) {
      int day = CronField.DAY_OF_MONTH.number(nearest.group(1));
      return date -> date.equals(weekdayNearest(date, day));
    }
    Matcher before = BEFORE_LAST.matcher(part);
    if (before.matches()) {
      int days = Integer.parseInt(before.group(1));
      return date -> date.getDayOfMonth() == date.lengthOfMonth() - days;
    }
    BitSet days = CronField.DAY_OF_MONTH.range(part);
    return date -> days.get(date.getDayOfMonth());
  }

  /** In a month without that day, the weekday nearest to its last day. */
  private static LocalDate weekdayNearest(LocalDate month, int day) {
    LocalDate date = month.withDayOfMonth(Math.min(day, month.lengthOfMonth()));
    return switch (date.getDayOfWeek()) {
      case SATURDAY -> date.getDayOfMonth() == 1 ? date.plusDays(2) : date.minusDays(1);
      case SUNDAY ->
          date.getDayOfMonth() == date.lengthOfMonth() ? date.minusDays(2) : date.plusDays(1);
      default -> date;
    };
  }

  private static Predicate<LocalDate> dayOfWeek(String part) {
    if (part.equals("L")) {
      return date -> date.getDayOfWeek() == DayOfWeek.SUNDAY;
    }
    Matcher last = LAST_OF_WEEKDAY.matcher(part);
    if (last.matches()) {
      DayOfWeek day = weekday(last.group(1));
      return date -> date.equals(date.with(TemporalAdjusters.lastInMonth(day)));
    }
    Matcher nth = NTH_OF_WEEKDAY.matcher(part);
    if (nth.matches()) {
      DayOfWeek day = weekday(nth.group(1));
      int week = Integer.parseInt(nth.group(2));
      return date ->
          date.getDayOfWeek() == day && (date.getDayOfMonth() - 1) / DAYS_OF_WEEK == week - 1;
    }
    BitSet days = CronField.DAY_OF_WEEK.range(part);
    return date -> days.get(date.getDayOfWeek().getValue() % DAYS_OF_WEEK);
  }

  private static DayOfWeek weekday(String text) {
    return DayOfWeek.SUNDAY.plus(CronField.DAY_OF_WEEK.number(text));
  }
}
