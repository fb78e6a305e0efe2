package dev.cairn.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A range of time; either end may be open. Gets no further components.
 *
 * @param from the earliest, inclusive
 * @param to the latest, exclusive
 */
public record TimeRange(@Nullable Instant from, @Nullable Instant to) {
  /** All of time. */
  public static final TimeRange ANY = new TimeRange(null, null);
}
