package dev.cairn.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Cron as one would do it by hand: look at the clock on the wall again and again. Knows nothing of
 * offsets and their changes, only what time the clock shows.
 *
 * @param days of the month
 * @param weekdays Monday is 1
 */
record SlowCron(
    Set<Integer> minutes,
    Set<Integer> hours,
    Set<Integer> days,
    Set<Integer> months,
    Set<Integer> weekdays) {

  static SlowCron random(Random random, int minuteStep) {
    boolean restrictsDays = random.nextInt(3) == 0;
    return new SlowCron(
        some(random, 0, 59, minuteStep, random.nextInt(3)),
        // Most runs are where clocks change.
        random.nextInt(4) == 0 ? all(0, 23) : some(random, 0, 4, 1, random.nextInt(3)),
        restrictsDays && random.nextBoolean() ? some(random, 1, 31, 1, 9) : all(1, 31),
        random.nextInt(4) == 0 ? some(random, 1, 12, 1, 4) : all(1, 12),
        restrictsDays ? some(random, 1, 7, 1, 2) : all(1, 7));
  }

  private static Set<Integer> some(Random random, int least, int most, int step, int more) {
    var some = new TreeSet<Integer>();
    for (int i = 0; i <= more; i++) {
      some.add(least + random.nextInt((most - least) / step + 1) * step);
    }
    return some;
  }

  private static Set<Integer> all(int least, int most) {
    return IntStream.rangeClosed(least, most).boxed().collect(Collectors.toSet());
  }

  /** As an expression of five fields. */
  String expression() {
    return String.join(
        " ",
        text(minutes, 60),
        text(hours, 24),
        text(days, 31),
        text(months, 12),
        text(weekdays, 7));
  }

  private static String text(Set<Integer> numbers, int all) {
    return numbers.size() == all
        ? "*"
        : numbers.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** The runs from {@code begin} to just before {@code end}, looking again after each step. */
  List<Instant> runs(ZoneId zone, Instant begin, Instant end, Duration step, SkippedTime skipped) {
    boolean inEveryHour = hours.size() == 24;
    var runs = new ArrayList<Instant>();
    LocalDateTime before = LocalDateTime.ofInstant(begin.minus(step), zone);
    LocalDateTime latest = before;
    for (Instant now = begin; now.isBefore(end); now = now.plus(step)) {
      LocalDateTime clock = LocalDateTime.ofInstant(now, zone);
      boolean comesAgain = !clock.isAfter(latest);
      boolean isRun = allows(clock) && (inEveryHour || !comesAgain);
      if (!inEveryHour && skipped == SkippedTime.RUN_AFTER_GAP) {
        isRun |= allowsAnyBetween(before, clock, step);
      }
      if (isRun) {
        runs.add(now);
      }
      before = clock;
      latest = comesAgain ? latest : clock;
    }
    return runs;
  }

  /** Whether the clock has jumped over a run. */
  private boolean allowsAnyBetween(LocalDateTime before, LocalDateTime clock, Duration step) {
    LocalDateTime missing = before.plus(step);
    while (missing.isBefore(clock)) {
      if (allows(missing)) {
        return true;
      }
      missing = missing.plus(step);
    }
    return false;
  }

  private boolean allows(LocalDateTime clock) {
    return minutes.contains(clock.getMinute())
        && hours.contains(clock.getHour())
        && months.contains(clock.getMonthValue())
        && allowsDay(clock);
  }

  /** Of either field if both are restricted. */
  private boolean allowsDay(LocalDateTime clock) {
    boolean ofMonth = days.contains(clock.getDayOfMonth());
    boolean ofWeek = weekdays.contains(clock.getDayOfWeek().getValue());
    boolean both = days.size() < 31 && weekdays.size() < 7;
    return both ? (ofMonth || ofWeek) : (ofMonth && ofWeek);
  }
}
