package dev.cairn;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a client works one queue. Begin with {@link #of}. Immutable.
 *
 * @param maxWorkers how many of its jobs may run at once in this client, 1 to 10,000
 * @param pollInterval how often it is looked at while idle, at least once a day; null for the
 *     client's
 * @param fetchCooldown the least time between two claims, at most one day; null for the client's
 * @param maxRuntime how long an attempt may take a slot of this queue before it stops at a
 *     checkpoint and queues up again; null for no limit but that of {@link ResumePolicy}
 * @param interruptedByPause whether a pause of the queue also stops its running jobs, at their next
 *     checkpoint; they go on when it is resumed
 */
public record QueueOptions(
    int maxWorkers,
    @Nullable Duration pollInterval,
    @Nullable Duration fetchCooldown,
    @Nullable Duration maxRuntime,
    boolean interruptedByPause) {
  private static final Duration DAY = Duration.ofDays(1);

  public QueueOptions {
    pollInterval =
        pollInterval == null ? null : Durations.positive("pollInterval", DAY, pollInterval);
    fetchCooldown =
        fetchCooldown == null
            ? null
            : Durations.between(Duration.ZERO, DAY, "fetchCooldown", fetchCooldown);
    maxRuntime = maxRuntime == null ? null : Durations.positive("maxRuntime", maxRuntime);
  }

  /** With the client's times. */
  public static QueueOptions of(int maxWorkers) {
    return new QueueOptions(maxWorkers, null, null, null, false);
  }

  public QueueOptions withPollInterval(Duration interval) {
    return new QueueOptions(maxWorkers, interval, fetchCooldown, maxRuntime, interruptedByPause);
  }

  public QueueOptions withFetchCooldown(Duration cooldown) {
    return new QueueOptions(maxWorkers, pollInterval, cooldown, maxRuntime, interruptedByPause);
  }

  public QueueOptions withMaxRuntime(Duration time) {
    return new QueueOptions(maxWorkers, pollInterval, fetchCooldown, time, interruptedByPause);
  }

  /** A pause of the queue stops its running jobs too, if notifications arrive. */
  public QueueOptions withInterruptionByPause() {
    return new QueueOptions(maxWorkers, pollInterval, fetchCooldown, maxRuntime, true);
  }
}
