package dev.cairn.testing;

import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits until one job satisfies a condition, whatever the transaction that the test is in: only
 * what is committed is worked.
 */
record JobWait(Cairn client, long jobId, Duration timeout) {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(10);

  /**
   * Waits until the job satisfies the condition.
   *
   * @param wish what was wanted, after "should"
   * @param hopeless whether a job that is not as wanted will never be
   */
  JobRow until(String wish, Predicate<JobRow> wanted, Predicate<JobRow> hopeless) {
    try {
      Optional<JobRow> last =
          await()
              .pollInterval(POLL_INTERVAL)
              .pollDelay(Duration.ZERO)
              .atMost(timeout)
              .until(
                  () -> client.outside().jobs().find(jobId),
                  job -> job.isPresent() && (wanted.test(job.get()) || hopeless.test(job.get())));
      return last.filter(wanted).orElseThrow(() -> failure(wish, "has ended otherwise", null));
    } catch (ConditionTimeoutException e) {
      throw failure(wish, "did not within " + timeout.toMillis() + " ms", e);
    }
  }

  private AssertionError failure(String wish, String outcome, @Nullable Throwable cause) {
    String job =
        client.outside().jobs().find(jobId).map(JobRow::toString).orElse("there is no such job");
    return new AssertionError(
        "job %d should %s and %s: %s".formatted(jobId, wish, outcome, job), cause);
  }
}
