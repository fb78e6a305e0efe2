package dev.cairn.internal.concurrent;

import java.time.Duration;

/** Durations in nanoseconds, for arithmetic with {@link System#nanoTime}. */
public final class Nanos {
  /**
   * No limit: 146 years. This is half of the range of a {@code long}, so the difference between two
   * moments never overflows, even if such a time was added to one of them twice.
   */
  public static final long FOREVER = Long.MAX_VALUE / 2;

  private static final Duration MOST = Duration.ofNanos(FOREVER);

  private Nanos() {}

  /** Returns {@code duration}, but no less than 0 and no more than {@link #FOREVER}. */
  public static long of(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    return duration.compareTo(MOST) < 0 ? duration.toNanos() : FOREVER;
  }
}
