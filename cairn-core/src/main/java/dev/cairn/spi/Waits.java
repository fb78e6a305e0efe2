package dev.cairn.spi;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a running job waits without holding a thread, a slot or a transaction (R24). Its attempt
 * ends. Another attempt starts when the time, the signal or the job has come. Thread-safe.
 */
public interface Waits {
  /**
   * The time by which this job waits: that of the database's clock, which is the same for every
   * client, unless {@link #shift} has changed it.
   */
  Instant now();

  /**
   * Has this attempt wait by a clock that differs from that of the database. For test kits, whose
   * clock a test moves.
   *
   * @param ahead by how much that clock is ahead; negative if it is behind
   */
  void shift(Duration ahead);

  /**
   * Ends the attempt without using it up. The job runs again after {@code delay}.
   *
   * @param wakeable whether the job runs earlier if a signal or job arrives that it waits for
   * @throws JobInterruption always, with {@link InterruptionReason#SUSPENDED}
   */
  JobInterruption suspend(Duration delay, boolean wakeable);

  /**
   * Checks for a signal. If the signal has not been given, notes that this job waits for it. The
   * signal then wakes the job, even while its attempt is ending.
   *
   * @param step a name for this wait, unique within the job
   */
  Optional<Signal> signal(String step, String name);

  /** Checks whether another job has ended. If not, notes that this job waits for it. */
  AwaitedJob job(String step, long jobId);

  /** Ends one wait of this job. */
  void forget(String step);

  /** Ends all waits of this job, including those of earlier attempts. */
  void forgetAll();

  /**
   * A signal that was given.
   *
   * @param payload JSON
   */
  record Signal(@Nullable String payload) {}

  /**
   * Another job.
   *
   * @param ended whether the job has ended
   * @param state null if it was deleted
   */
  record AwaitedJob(boolean ended, @Nullable JobState state) {}
}
