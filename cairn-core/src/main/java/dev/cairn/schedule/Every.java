package dev.cairn.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A schedule with a fixed interval.
 *
 * @param interval at least one second
 */
public record Every(Duration interval) implements Schedule {
  public Every {
    if (interval.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("an interval must be at least 1 s, not " + interval);
    }
  }

  public static Every of(Duration interval) {
    return new Every(interval);
  }

  @Override
  public Optional<Instant> next(Instant after) {
    return Optional.of(after.plus(interval));
  }
}
