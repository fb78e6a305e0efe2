package dev.cairn;

import dev.cairn.internal.options.Durations;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How a client works one queue. Start with {@link #of}. Immutable. */
public final class QueueOptions {
  private static final Option<Integer> MAX_WORKERS = Option.required("maxWorkers");
  private static final Option<@Nullable Duration> POLL_INTERVAL = Option.of("pollInterval");
  private static final Option<@Nullable Duration> FETCH_COOLDOWN = Option.of("fetchCooldown");
  private static final Option<@Nullable Duration> MAX_RUNTIME = Option.of("maxRuntime");
  private static final Option<Boolean> INTERRUPTED_BY_PAUSE =
      Option.of("interruptedByPause", false);

  private static final Duration DAY = Duration.ofDays(1);

  private final Options options;

  private QueueOptions(Options options) {
    this.options = options;
  }

  /**
   * Options with the intervals of the client and no maximum runtime.
   *
   * @param maxWorkers how many of its jobs may run at once in this client, 1 to 10,000
   */
  public static QueueOptions of(int maxWorkers) {
    return new QueueOptions(Options.none().with(MAX_WORKERS, maxWorkers));
  }

  private <T extends @Nullable Object> QueueOptions with(Option<T> option, T value) {
    return new QueueOptions(options.with(option, value));
  }

  /** How many jobs of the queue may run at once in this client. */
  public int maxWorkers() {
    return options.get(MAX_WORKERS);
  }

  /**
   * How many jobs of the queue may run at once in this client, 1 to 10,000. Checked when the queue
   * is added to a client.
   */
  public QueueOptions withMaxWorkers(int number) {
    return with(MAX_WORKERS, number);
  }

  /** How often the queue is polled while it is idle; null for the client's interval. */
  public @Nullable Duration pollInterval() {
    return options.get(POLL_INTERVAL);
  }

  /**
   * How often the queue is polled while it is idle; the client's {@code pollInterval} unless set.
   * At most one day.
   *
   * @throws IllegalArgumentException if it is not positive, or longer than one day
   */
  public QueueOptions withPollInterval(Duration interval) {
    return with(POLL_INTERVAL, Durations.positive("pollInterval", DAY, interval));
  }

  /** The shortest time between two claims; null for the client's cooldown. */
  public @Nullable Duration fetchCooldown() {
    return options.get(FETCH_COOLDOWN);
  }

  /**
   * The shortest time between two claims from the queue; the client's {@code fetchCooldown} unless
   * set. At most one day.
   *
   * @throws IllegalArgumentException if it is negative, or longer than one day
   */
  public QueueOptions withFetchCooldown(Duration cooldown) {
    return with(FETCH_COOLDOWN, Durations.between(Duration.ZERO, DAY, "fetchCooldown", cooldown));
  }

  /**
   * How long an attempt may hold a slot of this queue; null for no limit other than that of {@link
   * ResumePolicy}.
   */
  public @Nullable Duration maxRuntime() {
    return options.get(MAX_RUNTIME);
  }

  /**
   * How long an attempt may hold a slot of the queue. After that, it stops at its next checkpoint,
   * and its job goes to the end of the queue. Not limited unless set.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public QueueOptions withMaxRuntime(Duration time) {
    return with(MAX_RUNTIME, Durations.positive("maxRuntime", time));
  }

  /**
   * Whether a pause of the queue also stops its running jobs, at their next checkpoint; they
   * continue when the queue is resumed.
   */
  public boolean interruptedByPause() {
    return options.get(INTERRUPTED_BY_PAUSE);
  }

  /**
   * Lets a pause of the queue stop its running jobs too, at their next checkpoint. Without
   * notifications, they stop up to a quarter of the heartbeat timeout later.
   */
  public QueueOptions withInterruptionByPause() {
    return with(INTERRUPTED_BY_PAUSE, true);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof QueueOptions that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("QueueOptions");
  }
}
