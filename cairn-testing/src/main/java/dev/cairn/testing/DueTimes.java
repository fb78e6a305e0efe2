package dev.cairn.testing;

import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.foreign.ForeignFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * When jobs are due by a test's clock. The database writes retries and snoozes by its own clock, so
 * this keeps how far in the future they were. Thread-safe.
 */
final class DueTimes {
  private final Map<Long, Known> byJob = new ConcurrentHashMap<>();

  /**
   * What the test kit knows about a job.
   *
   * @param ahead how far the clock that it waits by is ahead of the test's
   */
  private record Known(Instant scheduledAt, Instant due, Duration ahead) {}

  /**
   * Records when a job that has just been worked is due again.
   *
   * @param taken the time from before its claim until after its end
   * @param now what the test's clock shows
   */
  void worked(WorkedJob worked, Duration taken, Instant now) {
    JobRow job = worked.job();
    if (job.attemptedAt() == null || job.state().isFinal()) {
      return;
    }
    // The end of the attempt is not in its row. This is too little by some milliseconds, but never
    // too much: who advances the clock by the whole delay finds the job due.
    Duration delay = Duration.between(job.attemptedAt(), job.scheduledAt()).minus(taken);
    // What it waits for must be over by then, though its own time is longer by those milliseconds.
    Duration ahead = ahead(job.id());
    boolean waits =
        worked
            .failure()
            .filter(end -> new ForeignFailure(end).find(JobInterruption.class) != null)
            .isPresent();
    byJob.put(
        job.id(),
        new Known(
            job.scheduledAt(),
            delay.isNegative() ? now : now.plus(delay),
            waits ? ahead.plus(taken) : ahead));
  }

  private Duration ahead(long jobId) {
    Known known = byJob.get(jobId);
    return known == null ? Duration.ZERO : known.ahead();
  }

  /**
   * The time by which a job waits.
   *
   * @param now what the test's clock shows
   */
  Instant now(JobRow job, Instant now) {
    return now.plus(ahead(job.id()));
  }

  /**
   * When the job is due by the test's clock.
   *
   * @param isDueByDatabase whether a job is due by the clock of the database, which has written its
   *     time and may be ahead of the one of this machine
   */
  Instant of(JobRow job, Predicate<JobRow> isDueByDatabase) {
    Known known = byJob.get(job.id());
    if (known != null && known.scheduledAt().equals(job.scheduledAt())) {
      return known.due();
    }
    return isDueAtOnce(job, isDueByDatabase) ? Instant.MIN : job.scheduledAt();
  }

  /** Inserted without a time, retried by hand, or scheduled and made available by a leader. */
  private static boolean isDueAtOnce(JobRow job, Predicate<JobRow> isDueByDatabase) {
    return job.state() == JobState.AVAILABLE
        && (job.scheduledAt().equals(job.createdAt())
            || (job.scheduledAt().isAfter(job.createdAt())
                && (!job.scheduledAt().isAfter(Instant.now()) || isDueByDatabase.test(job))));
  }
}
