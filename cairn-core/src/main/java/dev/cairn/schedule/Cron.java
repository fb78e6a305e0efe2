package dev.cairn.schedule;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A schedule by a cron expression: five fields (minute, hour, day of month, month, day of week), or
 * six with seconds in front, or a name such as {@code @daily}. As in River, {@code
 * CRON_TZ=Europe/Berlin} in front names a time zone; without it, the time zone is UTC. Immutable.
 *
 * <p>A field is a list of numbers, ranges and steps, such as {@code 1-5,30/10}. Months and days of
 * the week also have names, such as {@code JAN} and {@code fri}, the same in every locale; Sunday
 * is 0 and 7. A day of the month can be {@code L} (the last), {@code L-3} (three days before it),
 * {@code 15W} (the weekday nearest to the 15th; in a month without that day, nearest to its last)
 * and {@code LW} (the last weekday); a day of the week {@code 5L} (the last Friday of the month)
 * and {@code 5#2} (the second one). If both restrict the days, five fields allow the days of
 * either, as cron and River do, and six fields only those of both, as Spring does.
 *
 * <p>When the clocks of its zone are put forward, times of day are missing; {@link #whenSkipped}
 * decides about their runs. When the clocks are put back, some times of day occur twice, and the
 * run is at the first of the two. An expression that runs in every hour of the day, such as {@code
 * 30 * * * *}, names no time of day. It runs as if no clock was changed: no run is moved and none
 * is left out.
 */
public final class Cron implements Schedule {
  private static final String ZONE_PREFIX = "CRON_TZ=";

  /** The limits of the search for runs, whatever the offset of the zone. */
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");

  private final String text;
  private final CronExpression expression;
  private final ZoneId zone;
  private final SkippedTime whenSkipped;

  private Cron(String text, CronExpression expression, ZoneId zone, SkippedTime whenSkipped) {
    this.text = text;
    this.expression = expression;
    this.zone = zone;
    this.whenSkipped = whenSkipped;
  }

  /**
   * A schedule in UTC, or in the zone that the expression names.
   *
   * @throws IllegalArgumentException if the expression is not understood, or no date fits it, such
   *     as {@code 0 0 30 2 *}; the message says which and why
   */
  public static Cron of(String expression) {
    String trimmed = expression.strip();
    if (!trimmed.startsWith(ZONE_PREFIX)) {
      return of(trimmed, ZoneOffset.UTC);
    }
    String[] parts = trimmed.substring(ZONE_PREFIX.length()).split("\\s+", 2);
    return of(parts.length == 2 ? parts[1] : "", zone(parts[0], expression));
  }

  /**
   * A schedule in a time zone, which decides what a day is and when the clocks change.
   *
   * @throws IllegalArgumentException if the expression is not understood, or no date fits it, such
   *     as {@code 0 0 30 2 *}; the message says which and why
   */
  public static Cron of(String expression, ZoneId zone) {
    String text = expression.strip();
    return new Cron(text, CronExpression.parse(text), zone, SkippedTime.RUN_AFTER_GAP);
  }

  /**
   * Sets what happens to a run whose time of day the clocks skip when they are put forward, such as
   * 02:30 in Berlin or midnight in Beirut on one day of the year; {@link SkippedTime#RUN_AFTER_GAP}
   * unless set.
   */
  public Cron whenSkipped(SkippedTime choice) {
    return new Cron(text, expression, zone, Objects.requireNonNull(choice, "choice"));
  }

  /** The first run strictly after a moment; empty from the year 9999 on. */
  @Override
  public Optional<Instant> next(Instant after) {
    if (!after.isBefore(LAST)) {
      return Optional.empty();
    }
    // The first full second after it.
    Instant from =
        (after.isBefore(FIRST) ? FIRST : after).truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    Optional<Instant> next =
        expression.runsInEveryHour() ? nextByElapsedTime(from) : nextByTimeOfDay(from);
    return next.filter(run -> run.isBefore(LAST));
  }

  @Override
  public Instant lastUntil(Instant run, Instant until) {
    return LastRun.search(this, run, until);
  }

  /** Between two changes of the clocks there is one offset. */
  private Optional<Instant> nextByElapsedTime(Instant from) {
    ZoneRules rules = zone.getRules();
    Instant begin = from;
    while (begin.isBefore(LAST)) {
      ZoneOffset offset = rules.getOffset(begin);
      ZoneOffsetTransition change = rules.nextTransition(begin);
      Optional<Instant> next =
          expression
              .nextAtOrAfter(LocalDateTime.ofInstant(begin, offset))
              .map(time -> time.toInstant(offset));
      if (change == null || next.filter(run -> run.isBefore(change.getInstant())).isPresent()) {
        return next;
      }
      begin = change.getInstant();
    }
    return Optional.empty();
  }

  private Optional<Instant> nextByTimeOfDay(Instant from) {
    ZoneRules rules = zone.getRules();
    Optional<LocalDateTime> time = expression.nextAtOrAfter(firstTimeOfDay(from));
    while (time.isPresent()) {
      List<ZoneOffset> offsets = rules.getValidOffsets(time.get());
      if (!offsets.isEmpty()) {
        // The first of two is the one before the change.
        return Optional.of(time.get().toInstant(offsets.getFirst()));
      }
      ZoneOffsetTransition gap = rules.getTransition(time.get());
      if (whenSkipped == SkippedTime.RUN_AFTER_GAP) {
        return Optional.of(gap.getInstant());
      }
      time = expression.nextAtOrAfter(gap.getDateTimeAfter());
    }
    return Optional.empty();
  }

  private LocalDateTime firstTimeOfDay(Instant from) {
    ZoneRules rules = zone.getRules();
    ZoneOffsetTransition change = rules.nextTransition(from.minusSeconds(1));
    if (change != null && change.isGap() && change.getInstant().equals(from)) {
      // Runs at the missing times of day take place now.
      return change.getDateTimeBefore();
    }
    ZoneOffset offset = rules.getOffset(from);
    LocalDateTime time = LocalDateTime.ofInstant(from, offset);
    ZoneOffsetTransition overlap = rules.getTransition(time);
    // For a time of day that occurs for the second time, the run has already taken place.
    return overlap != null && overlap.isOverlap() && offset.equals(overlap.getOffsetAfter())
        ? overlap.getDateTimeBefore()
        : time;
  }

  private static ZoneId zone(String name, String expression) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "cron expression '%s' names the unknown time zone '%s' [CAIRN-110]"
              .formatted(expression, name),
          e);
    }
  }

  /** The expression and its time zone. */
  @Override
  public String toString() {
    return text + " (" + zone + ")";
  }
}
