package dev.cairn.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A schedule by a cron expression: five fields (minute, hour, day of month, month, day of week), or
 * six with seconds in front, or a name such as {@code @daily}. As in River, {@code
 * CRON_TZ=Europe/Berlin} in front names a time zone; else it is UTC.
 */
public final class Cron implements Schedule {
  private static final String ZONE_PREFIX = "CRON_TZ=";
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

  private final String expression;
  private final ZoneId zone;
  private final ExecutionTime times;

  private Cron(String expression, ZoneId zone) {
    this.expression = expression;
    this.zone = zone;
    this.times = times(expression);
  }

  /**
   * A schedule in UTC, or in the zone that the expression names.
   *
   * @throws IllegalArgumentException if the expression is not understood; says where
   */
  public static Cron of(String expression) {
    String trimmed = expression.strip();
    if (!trimmed.startsWith(ZONE_PREFIX)) {
      return new Cron(trimmed, ZoneOffset.UTC);
    }
    String[] parts = trimmed.substring(ZONE_PREFIX.length()).split("\\s+", 2);
    return of(parts.length == 2 ? parts[1] : "", zone(parts[0], expression));
  }

  /** A schedule in a time zone, which decides what a day is, and when a clock change moves it. */
  public static Cron of(String expression, ZoneId zone) {
    return new Cron(expression.strip(), zone);
  }

  @Override
  public Optional<Instant> next(Instant after) {
    return times
        .nextExecution(after.atZone(zone))
        .map(ZonedDateTime::toInstant)
        .filter(next -> next.isAfter(after));
  }

  private static ExecutionTime times(String expression) {
    String fields = NAMES.getOrDefault(expression, expression);
    CronType type =
        switch (fields.split("\\s+").length) {
          case FIELDS -> CronType.UNIX;
          case FIELDS_WITH_SECONDS -> CronType.SPRING53;
          default ->
              throw new IllegalArgumentException(
                  "cron expression '%s' must have five fields, six with seconds, or be one of %s"
                      .formatted(expression, NAMES.keySet().stream().sorted().toList()));
        };
    try {
      var parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(type));
      return ExecutionTime.forCron(parser.parse(fields.toUpperCase(Locale.ROOT)).validate());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "cron expression '%s' is not understood: %s".formatted(expression, e.getMessage()), e);
    }
  }

  private static ZoneId zone(String name, String expression) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "cron expression '%s' names the time zone '%s', which is not known"
              .formatted(expression, name),
          e);
    }
  }

  /** The expression and its time zone. */
  @Override
  public String toString() {
    return expression + " (" + zone + ")";
  }
}
