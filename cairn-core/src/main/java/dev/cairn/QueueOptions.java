package dev.cairn;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a client works one queue. Begin with {@link #of}. Immutable.
 *
 * @param maxWorkers how many of its jobs may run at once in this client, 1 to 10,000
 * @param pollInterval how often it is looked at while idle; null for the client's
 * @param fetchCooldown the least time between two claims; null for the client's
 */
public record QueueOptions(
    int maxWorkers, @Nullable Duration pollInterval, @Nullable Duration fetchCooldown) {
  public QueueOptions {
    if (pollInterval != null && (pollInterval.isNegative() || pollInterval.isZero())) {
      throw new IllegalArgumentException("pollInterval must be positive, not " + pollInterval);
    }
    if (fetchCooldown != null && fetchCooldown.isNegative()) {
      throw new IllegalArgumentException("fetchCooldown must not be negative: " + fetchCooldown);
    }
  }

  /** With the client's times. */
  public static QueueOptions of(int maxWorkers) {
    return new QueueOptions(maxWorkers, null, null);
  }

  public QueueOptions withPollInterval(Duration interval) {
    return new QueueOptions(maxWorkers, interval, fetchCooldown);
  }

  public QueueOptions withFetchCooldown(Duration cooldown) {
    return new QueueOptions(maxWorkers, pollInterval, cooldown);
  }
}
