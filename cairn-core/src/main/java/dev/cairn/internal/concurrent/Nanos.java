package dev.cairn.internal.concurrent;

import java.time.Duration;

/** Durations in nanoseconds, for arithmetic with {@link System#nanoTime}. */
public final class Nanos {
  /**
   * For ever: 146 years. Half of what a {@code long} holds, so that the difference between two
   * moments never overflows, not even when such a time was added to one of them twice.
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
