package dev.cairn;

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
   * River's policy: the number of failures to the fourth power, in seconds, with 10 % jitter. One
   * second after the first failure, 16 after the second, and almost three hours after the tenth. 25
   * attempts take three weeks in total.
   */
  static RetryPolicy exponential() {
    return (job, failures) -> exponentialDelay(failures);
  }

  /** The delay of {@link #exponential()}, with 10 % random jitter; at most 292 years. */
  static Duration exponentialDelay(int failures) {
    double seconds = Math.pow(failures, 4) * ThreadLocalRandom.current().nextDouble(0.9, 1.1);
    return Duration.ofNanos((long) Math.min(seconds * 1e9, Long.MAX_VALUE));
  }
}
