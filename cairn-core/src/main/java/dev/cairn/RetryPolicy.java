package dev.cairn;

import dev.cairn.internal.options.Durations;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Decides how long a failed job waits for its next attempt. Called by many threads at once. */
@FunctionalInterface
public interface RetryPolicy {
  /**
   * The time from the end of the failed attempt to the next attempt.
   *
   * @param failures how many failures the job has had, this one included; at least 1, and at most
   *     101, because no more than 100 errors are kept. With {@link
   *     ResumePolicy#renewedByProgress()}, an attempt with progress begins at 1 again
   */
  Duration delay(Job<?> job, int failures);

  /**
   * River's policy, the default: the number of failures to the fourth power, in seconds, with 10 %
   * jitter. One second after the first failure, 16 after the second, and almost three hours after
   * the tenth. 25 attempts take three weeks in total.
   */
  static RetryPolicy river() {
    return (job, failures) -> riverDelay(failures);
  }

  /** The delay of {@link #river()}, with 10 % random jitter; at most 292 years. */
  static Duration riverDelay(int failures) {
    double seconds = Math.pow(failures, 4) * ThreadLocalRandom.current().nextDouble(0.9, 1.1);
    return Duration.ofNanos((long) Math.min(seconds * 1e9, Long.MAX_VALUE));
  }

  /**
   * The same delay after each failure, with 10 % jitter.
   *
   * @param delay more than a hundred years mean a hundred years
   * @throws IllegalArgumentException if it is not positive
   */
  static RetryPolicy fixed(Duration delay) {
    long nanos = Durations.positive("delay", delay).toNanos();
    return (job, failures) ->
        Duration.ofNanos((long) (nanos * ThreadLocalRandom.current().nextDouble(0.9, 1.1)));
  }

  /**
   * A delay that grows by the same factor with each failure, with 10 % jitter. {@code
   * exponential(Duration.ofSeconds(1), 2, Duration.ofHours(1))} waits for a second after the first
   * failure, for two after the second, for four after the third, and for an hour from the
   * thirteenth on.
   *
   * @param first the delay after the first failure
   * @param factor how many times as long each further delay is; 1 or more
   * @param max the longest delay. The jitter makes it shorter by up to 10 %, but never longer
   * @throws IllegalArgumentException if {@code first} is not positive, if {@code factor} is less
   *     than 1 or not finite, or if {@code max} is less than {@code first}
   */
  static RetryPolicy exponential(Duration first, double factor, Duration max) {
    long firstNanos = Durations.positive("first", first).toNanos();
    long maxNanos = Durations.positive("max", max).toNanos();
    if (!(factor >= 1) || Double.isInfinite(factor)) {
      throw new IllegalArgumentException("factor must be 1 or more, and finite, not " + factor);
    }
    if (maxNanos < firstNanos) {
      throw new IllegalArgumentException(
          "max must be at least as long as first, %s, not %s".formatted(first, max));
    }
    return (job, failures) -> {
      double random = ThreadLocalRandom.current().nextDouble();
      // Infinite after many failures, and then limited.
      double grown = firstNanos * Math.pow(factor, failures - 1.0) * (0.9 + 0.2 * random);
      return Duration.ofNanos((long) Math.min(grown, maxNanos * (0.9 + 0.1 * random)));
    };
  }
}
