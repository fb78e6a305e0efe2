package dev.cairn;

import dev.cairn.internal.options.Durations;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How long finished jobs stay in the table. Start with {@link #defaults()}. The settings of the
 * leader apply. Immutable.
 */
public final class Retention {
  /** No limit. The value is a thousand years; longer times mean the same. */
  public static final Duration FOREVER = Duration.ofDays(365_000);

  private static final Option<Duration> COMPLETED = Option.of("completed", Duration.ofDays(1));
  private static final Option<Duration> CANCELLED = Option.of("cancelled", Duration.ofDays(1));
  private static final Option<Duration> DISCARDED = Option.of("discarded", Duration.ofDays(7));
  private static final Option<Map<String, Retention>> QUEUES = Option.of("queues", Map.of());

  private static final Retention DEFAULTS = new Retention(Options.none());

  private final Options options;

  private Retention(Options options) {
    this.options = options;
  }

  /** As in River: a day for completed and cancelled jobs, a week for discarded jobs. */
  public static Retention defaults() {
    return DEFAULTS;
  }

  private Retention withTime(Option<Duration> state, Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException(
          "the retention of %s jobs must not be negative: %s".formatted(state, time));
    }
    return new Retention(options.with(state, Durations.atMost(FOREVER, time)));
  }

  /** How long completed jobs stay. */
  public Duration completed() {
    return options.get(COMPLETED);
  }

  /**
   * How long completed jobs stay, at most {@link #FOREVER}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Retention withCompleted(Duration time) {
    return withTime(COMPLETED, time);
  }

  /** How long cancelled jobs stay. */
  public Duration cancelled() {
    return options.get(CANCELLED);
  }

  /**
   * How long cancelled jobs stay, at most {@link #FOREVER}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Retention withCancelled(Duration time) {
    return withTime(CANCELLED, time);
  }

  /** How long discarded jobs stay. */
  public Duration discarded() {
    return options.get(DISCARDED);
  }

  /**
   * How long discarded jobs stay, at most {@link #FOREVER}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Retention withDiscarded(Duration time) {
    return withTime(DISCARDED, time);
  }

  /** The times of single queues, by the name of the queue. */
  public Map<String, Retention> queues() {
    return options.get(QUEUES);
  }

  /**
   * How long the jobs of one queue stay, instead of the times for all queues. Replaces earlier
   * times of the queue.
   */
  public Retention withQueue(String name, Retention times) {
    var all = new HashMap<>(queues());
    all.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(times, "times"));
    return new Retention(options.with(QUEUES, Map.copyOf(all)));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Retention that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("Retention");
  }
}
