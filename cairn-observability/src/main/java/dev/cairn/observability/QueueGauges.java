package dev.cairn.observability;

import dev.cairn.CairnBuilder;
import dev.cairn.spi.Plugin;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Objects;

/**
 * Gauges of the backlog: the jobs that wait in the queues of a schema. Only the leader publishes
 * them, so that they can be summed over all processes. When a client is no longer the leader, its
 * gauges disappear within a second, also while the database does not answer. They disappear too if
 * the backlog could not be read for two intervals and 15 seconds. Each interval takes one statement
 * of bounded cost.
 *
 * <ul>
 *   <li>{@code cairn.queue.jobs}, by {@code queue} and {@code state}: {@code available}, {@code
 *       scheduled}, {@code retryable}, {@code pending}, {@code running}, and {@code discarded} for
 *       dead letters. Counted up to 100,000, or up to fewer if there are many queues
 *   <li>{@code cairn.queue.oldest}, by {@code queue} and {@code state}: the seconds since the
 *       oldest due job became due, for {@code available}, {@code retryable} and {@code scheduled}
 *       jobs
 *   <li>{@code cairn.queue.paused}, by {@code queue}: 1 or 0
 *   <li>{@code cairn.quarantine.items}: the items in quarantine
 *   <li>{@code cairn.backlog.complete}: 1 if all queues were looked at. 0 if there are more than
 *       1,000 pairs of a queue and a state: then the last queues by name have no gauges
 *   <li>{@code cairn.leader}: 1 while the client is the leader, whether or not it can read the
 *       backlog; otherwise 0. Every client publishes it that has started and may become the leader.
 *       Clients that share a registry share it too
 * </ul>
 *
 * <p>Immutable. If two clients on different schemas share a registry, give each its own tags, with
 * the same keys: a registry tells a gauge from one with further tags, but Prometheus does not.
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
   * How often the leader reads the backlog; every 15 seconds unless set.
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
   * Adds tags to all gauges, for example the schema. Keeps earlier ones.
   *
   * @param keyValues keys and values, alternating
   */
  public QueueGauges withTags(String... keyValues) {
    return new QueueGauges(registry, interval, tags.and(keyValues));
  }

  @Override
  public void install(CairnBuilder client) {
    client.leaderTask(new BacklogReader(new BacklogGauges(registry, tags, interval), interval));
  }
}
