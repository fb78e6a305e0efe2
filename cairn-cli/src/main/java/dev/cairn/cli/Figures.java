package dev.cairn.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers and times as people read them in a terminal. */
public final class Figures {
  private static final Instant FIRST_OF_DATABASE = Instant.parse("-4713-11-24T00:00:00Z");
  private static final Instant LAST_OF_DATABASE = Instant.parse("+294276-12-31T23:59:59.999999Z");

  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Figures() {}

  /** For example {@code 12,345}. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** For example {@code 12,345}, or {@code 100,000+} if the count stopped there. */
  public static String countUpTo(long number, long most) {
    return count(number) + (number >= most ? "+" : "");
  }

  /** For example {@code 7.5/s}. */
  public static String rate(double perSecond) {
    return perSecond < 10
        ? String.format(Locale.ROOT, "%.1f/s", perSecond)
        : count(Math.round(perSecond)) + "/s";
  }

  /** For example {@code 0:07}, {@code 1:02:03} or {@code 3 d 4 h}. */
  public static String clock(Duration duration) {
    if (duration.toDays() > 0) {
      return "%d d %d h".formatted(duration.toDays(), duration.toHoursPart());
    }
    return duration.toHours() > 0
        ? "%d:%02d:%02d"
            .formatted(duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart())
        : "%d:%02d".formatted(duration.toMinutes(), duration.toSecondsPart());
  }

  /** Like {@link #clock}, but short ones to the hundredth of a second. */
  public static String spent(Duration duration) {
    return duration.toSeconds() < 10
        ? String.format(Locale.ROOT, "%.2f s", duration.toMillis() / 1000.0)
        : clock(duration);
  }

  /** For example {@code 12 B}, {@code 3.4 KiB} or {@code 1.2 GiB}. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** For example {@code 40 %}; rounded down. */
  public static String percent(double share) {
    return (int) (share * 100) + " %";
  }

  /** From one moment to a later one, as {@link #clock}; a dash if either is unknown. */
  public static String between(@Nullable Instant from, @Nullable Instant to) {
    return from == null || to == null
        ? "-"
        : clock(to.isAfter(from) ? Duration.between(from, to) : Duration.ZERO);
  }

  /** To the second, in UTC; a dash if unknown. Infinite times are named as PostgreSQL does. */
  public static String moment(@Nullable Instant instant) {
    if (instant == null) {
      return "-";
    }
    if (instant.isAfter(LAST_OF_DATABASE)) {
      return "infinity";
    }
    return instant.isBefore(FIRST_OF_DATABASE)
        ? "-infinity"
        : instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Null for the infinite times of the database. */
  static @Nullable Instant finite(@Nullable Instant instant) {
    return instant == null
            || instant.isAfter(LAST_OF_DATABASE)
            || instant.isBefore(FIRST_OF_DATABASE)
        ? null
        : instant;
  }
}
