package dev.cairn.schedule;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A schedule with a fixed interval. Immutable. */
public final class Every implements Schedule {
  private static final Option<Duration> INTERVAL = Option.required("interval");

  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofDays(36_500);

  private final Options options;

  private Every(Options options) {
    this.options = options;
  }

  /**
   * A run after each interval.
   *
   * @param interval between one second and a hundred years
   * @throws IllegalArgumentException if it is shorter or longer
   */
  public static Every of(Duration interval) {
    if (interval.compareTo(LEAST) < 0 || interval.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          "the interval of a schedule must be between %s and %s, not %s"
              .formatted(LEAST, MOST, interval));
    }
    return new Every(Options.none().with(INTERVAL, interval));
  }

  /** The time from one run to the next. */
  public Duration interval() {
    return options.get(INTERVAL);
  }

  @Override
  public Optional<Instant> next(Instant after) {
    return after.isAfter(Instant.MAX.minus(interval()))
        ? Optional.empty()
        : Optional.of(after.plus(interval()));
  }

  @Override
  public Instant lastUntil(Instant run, Instant until) {
    return until.isBefore(run)
        ? run
        : run.plus(interval().multipliedBy(Duration.between(run, until).dividedBy(interval())));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Every that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("Every");
  }
}
