package dev.cairn.resumable;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one step is run.
 *
 * @param tries how often the step is tried within one attempt
 * @param pause the pause after the first failed try; twice as long after each further one, up to a
 *     minute
 * @param timeout the time limit of one try; null for none
 * @param isolated whether the step begins in an attempt of its own
 * @param renamedFrom an earlier name, within the same step; null if there is none
 * @param items what happens to items that fail
 */
record StepOptions(
    int tries,
    Duration pause,
    @Nullable Duration timeout,
    boolean isolated,
    @Nullable String renamedFrom,
    ItemPolicy items) {
  /** The longest pause, if the first one is not longer. */
  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  private static final Duration FIRST_PAUSE_MAX = Duration.ofDays(1);

  static final StepOptions DEFAULT =
      new StepOptions(1, Duration.ZERO, null, false, null, ItemPolicy.retryJob());

  StepOptions {
    if (tries < 1) {
      throw new IllegalArgumentException("the number of tries must be at least 1, not " + tries);
    }
    if (pause.isNegative() || pause.compareTo(FIRST_PAUSE_MAX) > 0) {
      throw new IllegalArgumentException(
          "firstPause, between the tries of a step, must be between %s and %s, not %s"
              .formatted(Duration.ZERO, FIRST_PAUSE_MAX, pause));
    }
    if (timeout != null && !timeout.isPositive()) {
      throw new IllegalArgumentException("the timeout of a step must be positive: " + timeout);
    }
  }

  StepOptions withTries(int number, Duration firstPause) {
    return new StepOptions(number, firstPause, timeout, isolated, renamedFrom, items);
  }

  StepOptions withTimeout(Duration time) {
    return new StepOptions(tries, pause, time, isolated, renamedFrom, items);
  }

  StepOptions asIsolated() {
    return new StepOptions(tries, pause, timeout, true, renamedFrom, items);
  }

  StepOptions withFormerName(String name) {
    return new StepOptions(tries, pause, timeout, isolated, name, items);
  }

  StepOptions withItems(ItemPolicy policy) {
    return new StepOptions(tries, pause, timeout, isolated, renamedFrom, policy);
  }

  /** The pause after a number of failed tries. */
  Duration pauseAfter(int failures) {
    Duration most = pause.compareTo(PAUSE_MAX) < 0 ? PAUSE_MAX : pause;
    Duration grown = pause.multipliedBy(1L << Math.min(failures - 1, 16));
    return grown.compareTo(most) < 0 ? grown : most;
  }
}
