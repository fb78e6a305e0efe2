package dev.cairn.internal.options;

import java.time.Instant;

/** The limits of what an inserted job may have, and of what it may be changed to. */
public final class JobLimits {
  private static final int QUEUE_LENGTH_MAX = 127;
  private static final int MAX_ATTEMPTS_LIMIT = Short.MAX_VALUE;
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("+10000-01-01T00:00:00Z");

  private JobLimits() {}

  /** Requires a name of a queue that the table can hold. */
  public static String queue(String name) {
    if (name.isEmpty() || name.length() > QUEUE_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "queue must have 1 to %d characters, not %d".formatted(QUEUE_LENGTH_MAX, name.length()));
    }
    return name;
  }

  /** Requires a priority that River knows. */
  public static int priority(int urgency) {
    if (urgency < 1 || urgency > 4) {
      throw new IllegalArgumentException("priority must be 1 to 4, not " + urgency);
    }
    return urgency;
  }

  /** Requires a number of attempts that the table can hold. */
  public static int maxAttempts(int attempts) {
    if (attempts < 1 || attempts > MAX_ATTEMPTS_LIMIT) {
      throw new IllegalArgumentException(
          "maxAttempts must be 1 to %d, not %d".formatted(MAX_ATTEMPTS_LIMIT, attempts));
    }
    return attempts;
  }

  /**
   * Requires a time that all programs can read.
   *
   * @param instead what to do for a job without such a time
   */
  public static Instant scheduledAt(Instant due, String instead) {
    if (due.isBefore(EARLIEST) || !due.isBefore(LATEST)) {
      throw new IllegalArgumentException(
          "scheduledAt must be in the years 1 to 9999, not %s: %s".formatted(due, instead));
    }
    return due;
  }
}
