package dev.cairn;

import java.time.Duration;

/**
 * Thrown by a worker to run its job again later, without using up an attempt. As in River, the
 * number of snoozes is counted in the metadata key {@code snoozes}.
 */
public final class JobSnoozeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Duration delay;

  /**
   * Ends the attempt.
   *
   * @param delay how long the job sleeps, from now; zero makes it available at once
   * @throws IllegalArgumentException if {@code delay} is negative
   */
  public JobSnoozeException(Duration delay) {
    super("snoozed for " + delay);
    if (delay.isNegative()) {
      throw new IllegalArgumentException("a job cannot be snoozed for " + delay);
    }
    this.delay = delay;
  }

  /** How long the job sleeps, from the moment the attempt ends. */
  public Duration delay() {
    return delay;
  }
}
