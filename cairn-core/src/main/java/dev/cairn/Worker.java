package dev.cairn;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Does the work of one kind of job. One instance works all jobs of the kind, many at once, so it
 * must be thread-safe.
 *
 * @param <A> the type of the arguments
 */
@FunctionalInterface
public interface Worker<A> {
  /**
   * Works one attempt, on a virtual thread of its own. Returning completes the job; throwing fails
   * the attempt, and the job is retried until {@code maxAttempts} is reached.
   *
   * @throws JobCancelException to cancel the job
   * @throws JobSnoozeException to run the job again later
   */
  void work(Job<A> job, WorkContext context) throws Exception;

  /**
   * How long an attempt may take, even if it uses steps. {@link Duration#ZERO} means no limit, and
   * empty means {@linkplain CairnBuilder#jobTimeout the client's job timeout}. When the time is
   * over, the attempt is interrupted with {@link InterruptionReason#TIMEOUT}.
   */
  default Optional<Duration> timeout(Job<A> job) {
    return Optional.empty();
  }

  /** How long jobs may run and how often they may be stopped; empty means the client's policy. */
  default Optional<ResumePolicy> resumePolicy(Job<A> job) {
    return Optional.empty();
  }

  /**
   * When to retry after this failure. If this is empty or has passed, the client's {@link
   * RetryPolicy} decides.
   */
  default Optional<Instant> nextRetry(Job<A> job, Throwable failure) {
    return Optional.empty();
  }
}
