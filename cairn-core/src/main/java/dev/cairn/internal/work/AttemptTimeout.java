package dev.cairn.internal.work;

import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The timeout of an attempt.
 *
 * @param time zero for no limit
 * @param setting the name of the setting, for messages
 * @param endsWithSteps whether the timeout no longer applies once the attempt uses steps; from then
 *     on, the progress deadline applies (R6)
 */
record AttemptTimeout(Duration time, String setting, boolean endsWithSteps) {
  static final AttemptTimeout NONE = new AttemptTimeout(Duration.ZERO, "none", true);

  private static final Duration UNLESS_SET = Duration.ofMinutes(1);

  /**
   * The timeout of a job.
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

  /** The timeout if none is set. */
  static AttemptTimeout unlessSet(Duration time) {
    return new AttemptTimeout(
        time, "the default of CairnBuilder.jobTimeout for a job that has not used steps", true);
  }

  /** Whether a timeout was set explicitly. */
  boolean isSet() {
    return !endsWithSteps;
  }

  /** With its setting, such as {@code timeout of 30 s (Worker.timeout)}. */
  @Override
  public String toString() {
    return "timeout of %s (%s)".formatted(DurationText.of(time), setting);
  }
}
