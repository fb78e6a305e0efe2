package dev.cairn.observability;

import dev.cairn.CairnBuilder;
import dev.cairn.spi.Plugin;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Objects;

/**
 * Gauges of what waits in the queues of a schema. Only the client that leads publishes them, so
 * that a sum over all processes is right; when it leads no more, they vanish, and when they could
 * not be read for a while they are {@code NaN}. One statement of bounded cost for each interval.
 *
 * <ul>
 *   <li>{@code cairn.queue.jobs}, by {@code queue} and {@code state}: {@code available}, {@code
 *       scheduled}, {@code retryable}, {@code pending}, {@code running}, and {@code discarded} for
 *       dead letters; up to 100,000, or fewer if there are many queues
 *   <li>{@code cairn.queue.oldest}, by {@code queue} and {@code state}: how long the oldest job
 *       that is due has been due, in seconds; of {@code available}, {@code retryable} and {@code
 *       scheduled} jobs
 *   <li>{@code cairn.queue.paused}, by {@code queue}: 1 or 0
 *   <li>{@code cairn.quarantine.items}: items that were put aside
 *   <li>{@code cairn.leader}: 1 while the client leads, else 0; of every client
 * </ul>
 *
 * <p>Immutable. Of two clients on two schemas in one registry, each needs tags of its own.
 */
public final class QueueGauges implements Plugin {
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  private final MeterRegistry registry;
  private final Duration interval;
  private final Tags tags;

  private QueueGauges(MeterRegistry registry, Duration interval, Tags tags) {
    this.registry = registry;
    this.interval = interval;
    this.tags = tags;
  }

  /** Gauges in this registry, read every 15 seconds. */
  public static QueueGauges of(MeterRegistry registry) {
    return new QueueGauges(Objects.requireNonNull(registry, "registry"), INTERVAL, Tags.empty());
  }

  /**
   * How often the leader reads; every 15 seconds unless set.
   *
   * @throws IllegalArgumentException if it is not between a second and an hour
   */
  public QueueGauges withInterval(Duration time) {
    if (time.compareTo(Duration.ofSeconds(1)) < 0 || time.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "the interval of the queue gauges must be between a second and an hour, not " + time);
    }
    return new QueueGauges(registry, time, tags);
  }

  /**
   * Tags of all gauges, such as the schema. Adds to earlier ones.
   *
   * @param keyValues keys and values in turn
   */
  public QueueGauges withTags(String... keyValues) {
    return new QueueGauges(registry, interval, tags.and(keyValues));
  }

  @Override
  public void install(CairnBuilder client) {
    client.leaderTask(new BacklogReader(new BacklogGauges(registry, tags, interval), interval));
  }
}
