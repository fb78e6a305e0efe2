package dev.cairn;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a job may go on, and how often it may be stopped before it is given up. Begin with
 * {@link #defaults()}. Immutable.
 *
 * @param maxRuntime after this time an attempt stops at its next checkpoint and the job queues up
 *     again behind those that wait, so that long jobs do not starve others; null for no limit
 * @param progressDeadline an attempt that uses steps and whose checkpoints have not moved for so
 *     long is stopped and counts as failed (R6); null for ten minutes, or for no limit if a timeout
 *     is set. Attempts without steps are limited by their timeout instead
 * @param progressRenewsAttempts whether an attempt that finished a step, or moved an ordered cursor
 *     forward, starts the count of attempts anew when it fails (R19)
 * @param interruptionsMax after how many interruptions the job is discarded
 * @param attemptsMax after how many failed attempts in its whole life the job is discarded, however
 *     often they were renewed
 * @param noProgressAfter after how many attempts in a row that ended where they began {@link
 *     EventKind#NO_PROGRESS} is told
 * @param jobRowForGo whether a checkpoint in a transaction is written into the job's row too, as
 *     River does, so that a client of River for Go that takes the job over by the clock goes on
 *     from it (R7)
 */
public record ResumePolicy(
    @Nullable Duration maxRuntime,
    @Nullable Duration progressDeadline,
    boolean progressRenewsAttempts,
    int interruptionsMax,
    int attemptsMax,
    int noProgressAfter,
    boolean jobRowForGo) {
  public ResumePolicy {
    maxRuntime = maxRuntime == null ? null : Durations.positive("maxRuntime", maxRuntime);
    progressDeadline =
        progressDeadline == null ? null : Durations.positive("progressDeadline", progressDeadline);
    requirePositive("interruptionsMax", interruptionsMax);
    requirePositive("attemptsMax", attemptsMax);
    requirePositive("noProgressAfter", noProgressAfter);
  }

  /**
   * No maximum runtime, and a progress deadline of ten minutes unless a timeout is set on the
   * client or the worker, which then is what holds; progress renews nothing; 1,000 interruptions,
   * 1,000 failed attempts, and no progress told after 3 attempts; checkpoints in Cairn's own table
   * only.
   */
  public static ResumePolicy defaults() {
    return new ResumePolicy(null, null, false, 1_000, 1_000, 3, false);
  }

  public ResumePolicy withMaxRuntime(Duration time) {
    return new ResumePolicy(
        time,
        progressDeadline,
        progressRenewsAttempts,
        interruptionsMax,
        attemptsMax,
        noProgressAfter,
        jobRowForGo);
  }

  /** For steps that work longer between two checkpoints, or should be found sooner. */
  public ResumePolicy withProgressDeadline(Duration time) {
    return withProgress(time);
  }

  /** For steps that may work for any time between two checkpoints. */
  public ResumePolicy withoutProgressDeadline() {
    return withProgress(ChronoUnit.FOREVER.getDuration());
  }

  private ResumePolicy withProgress(Duration deadline) {
    return new ResumePolicy(
        maxRuntime,
        deadline,
        progressRenewsAttempts,
        interruptionsMax,
        attemptsMax,
        noProgressAfter,
        jobRowForGo);
  }

  /** With attempts that progress renews. */
  public ResumePolicy renewedByProgress() {
    return new ResumePolicy(
        maxRuntime,
        progressDeadline,
        true,
        interruptionsMax,
        attemptsMax,
        noProgressAfter,
        jobRowForGo);
  }

  public ResumePolicy withInterruptionsMax(int count) {
    return new ResumePolicy(
        maxRuntime,
        progressDeadline,
        progressRenewsAttempts,
        count,
        attemptsMax,
        noProgressAfter,
        jobRowForGo);
  }

  public ResumePolicy withAttemptsMax(int count) {
    return new ResumePolicy(
        maxRuntime,
        progressDeadline,
        progressRenewsAttempts,
        interruptionsMax,
        count,
        noProgressAfter,
        jobRowForGo);
  }

  public ResumePolicy withNoProgressAfter(int attempts) {
    return new ResumePolicy(
        maxRuntime,
        progressDeadline,
        progressRenewsAttempts,
        interruptionsMax,
        attemptsMax,
        attempts,
        jobRowForGo);
  }

  /**
   * For kinds that workers in Go work too: with checkpoints in transactions that such a worker can
   * go on from at any time, not only from the end of an attempt. Each then rewrites the job's row,
   * and transactions of parallel steps wait for each other.
   */
  public ResumePolicy withJobRowForGo() {
    return new ResumePolicy(
        maxRuntime,
        progressDeadline,
        progressRenewsAttempts,
        interruptionsMax,
        attemptsMax,
        noProgressAfter,
        true);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive, not " + value);
    }
  }
}
