package dev.cairn.internal.options;

import java.time.Duration;

/** Checks settings that are durations, and limits those that are too long for a clock. */
public final class Durations {
  /** A hundred years. Longer times mean the same. */
  public static final Duration FOREVER = Duration.ofDays(36_500);

  private static final Duration SHORTEST = Duration.ofNanos(1);

  private Durations() {}

  /** Returns {@code time}, at most {@link #FOREVER}. */
  public static Duration positive(String name, Duration time) {
    if (time.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(name + " must be positive, not " + time);
    }
    return atMost(FOREVER, time);
  }

  /** Returns {@code time}, for settings that must have a limit. */
  public static Duration positive(String name, Duration most, Duration time) {
    if (time.compareTo(SHORTEST) < 0 || time.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s must be positive and at most %s, not %s".formatted(name, most, time));
    }
    return time;
  }

  /** Returns {@code time}, at most {@link #FOREVER}. */
  public static Duration notNegative(String name, Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative: " + time);
    }
    return atMost(FOREVER, time);
  }

  /** Returns {@code time}, for settings that must have a limit. */
  public static Duration between(Duration least, Duration most, String name, Duration time) {
    if (time.compareTo(least) < 0 || time.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s must be between %s and %s, not %s".formatted(name, least, most, time));
    }
    return time;
  }

  public static Duration atMost(Duration most, Duration time) {
    return time.compareTo(most) < 0 ? time : most;
  }
}
