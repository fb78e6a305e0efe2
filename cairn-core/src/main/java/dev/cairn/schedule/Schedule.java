package dev.cairn.schedule;

import java.time.Instant;
import java.util.Optional;

/** Says when a periodic job is due. Immutable. */
@FunctionalInterface
public interface Schedule {
  /** The first run strictly after a moment; empty if there is none. */
  Optional<Instant> next(Instant after);

  /**
   * The last run after {@code run} that is not after {@code until}; {@code run} itself if there is
   * none. Called when runs were missed.
   *
   * <p>The default goes from run to run. If there are more than 100,000 runs, it searches by {@link
   * #next}. The result is then close to {@code until}, and it is the last run if the schedule's
   * runs do not depend on earlier ones.
   */
  default Instant lastUntil(Instant run, Instant until) {
    return LastRun.walk(this, run, until);
  }
}
