package dev.cairn.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A schedule with a fixed interval.
 *
 * @param interval between one second and a hundred years
 */
public record Every(Duration interval) implements Schedule {
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofDays(36_500);

  public Every {
    if (interval.compareTo(LEAST) < 0 || interval.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          "the interval of a schedule must be between %s and %s, not %s"
              .formatted(LEAST, MOST, interval));
    }
  }

  public static Every of(Duration interval) {
    return new Every(interval);
  }

  @Override
  public Optional<Instant> next(Instant after) {
    return after.isAfter(Instant.MAX.minus(interval))
        ? Optional.empty()
        : Optional.of(after.plus(interval));
  }

  @Override
  public Instant lastUntil(Instant run, Instant until) {
    return until.isBefore(run)
        ? run
        : run.plus(interval.multipliedBy(Duration.between(run, until).dividedBy(interval)));
  }
}
