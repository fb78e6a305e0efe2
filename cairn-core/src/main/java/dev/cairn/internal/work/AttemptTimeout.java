package dev.cairn.internal.work;

import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long an attempt may take by the clock.
 *
 * @param time zero for without limit
 * @param setting what says so
 * @param endsWithSteps whether it holds only until the attempt uses steps, whose progress is
 *     watched from then on (R6)
 */
record AttemptTimeout(Duration time, String setting, boolean endsWithSteps) {
  static final AttemptTimeout NONE = new AttemptTimeout(Duration.ZERO, "none", true);

  private static final Duration UNLESS_SET = Duration.ofMinutes(1);

  /**
   * The one that holds for a job.
   *
   * @param ofClient null if it was not set
   */
  static AttemptTimeout of(Optional<Duration> ofWorker, @Nullable Duration ofClient) {
    if (ofWorker.isPresent()) {
      return new AttemptTimeout(ofWorker.get(), "Worker.timeout", false);
    }
    return ofClient == null
        ? unlessSet(UNLESS_SET)
        : new AttemptTimeout(ofClient, "CairnBuilder.jobTimeout", false);
  }

  /** What holds where nothing is set. */
  static AttemptTimeout unlessSet(Duration time) {
    return new AttemptTimeout(
        time, "the default of CairnBuilder.jobTimeout for a job that has not used steps", true);
  }

  /** Whether somebody has set it. */
  boolean isSet() {
    return !endsWithSteps;
  }

  /** With its setting, such as {@code timeout of 30 s (Worker.timeout)}. */
  @Override
  public String toString() {
    return "timeout of %s (%s)".formatted(DurationText.of(time), setting);
  }
}
