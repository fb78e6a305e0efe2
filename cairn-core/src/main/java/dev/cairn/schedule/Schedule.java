package dev.cairn.schedule;

import java.time.Instant;
import java.util.Optional;

/** Says when a periodic job is due. Immutable. */
@FunctionalInterface
public interface Schedule {
  /** The first moment strictly after another one; empty if there is none. */
  Optional<Instant> next(Instant after);

  /**
   * The last run that is not after {@code until}, of those that follow {@code run}; {@code run}
   * itself if none does. Asked when runs were missed.
   *
   * <p>Unless overridden, goes from run to run, and searches by {@link #next} where there are more
   * than 100,000 of them: then the result is close to {@code until}, and it is the last run if the
   * schedule's runs do not depend on the ones before.
   */
  default Instant lastUntil(Instant run, Instant until) {
    return LastRun.walk(this, run, until);
  }
}
