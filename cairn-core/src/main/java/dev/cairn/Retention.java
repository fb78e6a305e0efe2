package dev.cairn;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How long finished jobs stay in the table. Begin with {@link #defaults()}. The leader's settings
 * count. Immutable.
 *
 * @param queues other times for some queues; theirs have none in turn
 */
public record Retention(
    Duration completed, Duration cancelled, Duration discarded, Map<String, Retention> queues) {
  /** As long as nobody deletes them: a thousand years. Whatever is longer means this. */
  public static final Duration FOREVER = Duration.ofDays(365_000);

  private static final Retention DEFAULTS =
      new Retention(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(7), Map.of());

  public Retention {
    completed = kept("completed", completed);
    cancelled = kept("cancelled", cancelled);
    discarded = kept("discarded", discarded);
    queues = Map.copyOf(queues);
  }

  private static Duration kept(String state, Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException(
          "the retention of %s jobs must not be negative: %s".formatted(state, time));
    }
    return Durations.atMost(FOREVER, time);
  }

  /** As River: a day, a day, and a week for discarded jobs. */
  public static Retention defaults() {
    return DEFAULTS;
  }

  public Retention withCompleted(Duration time) {
    return new Retention(time, cancelled, discarded, queues);
  }

  public Retention withCancelled(Duration time) {
    return new Retention(completed, time, discarded, queues);
  }

  public Retention withDiscarded(Duration time) {
    return new Retention(completed, cancelled, time, queues);
  }

  /** Other times for the jobs of one queue. */
  public Retention withQueue(String name, Retention times) {
    var all = new HashMap<>(queues);
    all.put(name, times);
    return new Retention(completed, cancelled, discarded, all);
  }
}
