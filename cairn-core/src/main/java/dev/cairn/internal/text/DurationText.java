package dev.cairn.internal.text;

import java.time.Duration;
import java.util.Locale;

/** Durations in readable form, the same in every locale. */
public final class DurationText {
  private static final long NANOS_OF_MILLI = 1_000_000;

  private DurationText() {}

  /**
   * For example {@code 0.2 ms}, {@code 250 ms}, {@code 17.4 s}, {@code 10 min}, {@code 1 min 30 s},
   * {@code 2 h 5 min} and {@code 3 d 4 h}: rounded, with at most two units.
   */
  public static String of(Duration duration) {
    if (duration.isNegative()) {
      return duration.equals(Duration.ofSeconds(Long.MIN_VALUE))
          ? duration.toString()
          : "-" + of(duration.negated());
    }
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      return rounded((double) duration.toNanos() / NANOS_OF_MILLI) + " ms";
    }
    if (duration.compareTo(Duration.ofMinutes(1)) < 0) {
      return rounded((double) duration.toMillis() / 1_000) + " s";
    }
    if (duration.compareTo(Duration.ofHours(1)) < 0) {
      return units(duration.toMinutes(), "min", duration.toSecondsPart(), "s");
    }
    return duration.compareTo(Duration.ofDays(1)) < 0
        ? units(duration.toHours(), "h", duration.toMinutesPart(), "min")
        : units(duration.toDays(), "d", duration.toHoursPart(), "h");
  }

  /** Rounded to a tenth; whole numbers and numbers of three digits have no decimal. */
  private static String rounded(double number) {
    long tenths = Math.round(number * 10);
    return tenths % 10 == 0 || tenths >= 1_000
        ? Long.toString(Math.round(tenths / 10.0))
        : String.format(Locale.ROOT, "%.1f", tenths / 10.0);
  }

  private static String units(long large, String unit, int small, String smallUnit) {
    return large + " " + unit + (small == 0 ? "" : " " + small + " " + smallUnit);
  }
}
