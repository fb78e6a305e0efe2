package dev.cairn.spi;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets a running job wait without holding a thread, a slot or a transaction. Its attempt ends.
 * Another attempt starts when the time has passed, the signal has arrived, or the other job has
 * ended. Thread-safe.
 */
public interface Waits {
  /**
   * The current time for this job's waits. It is the time of the database's clock, which is the
   * same for every client, unless {@link #shift} has changed it.
   */
  Instant now();

  /**
   * Makes this attempt wait by a clock that differs from the database's clock. For test kits, whose
   * clock is moved by a test.
   *
   * @param ahead how much that clock is ahead; negative if it is behind
   */
  void shift(Duration ahead);

  /**
   * Ends the attempt without using it up. The job runs again after {@code delay}.
   *
   * @param wakeable whether the job runs earlier if its signal arrives or its awaited job ends
   * @throws JobInterruption always, with {@link InterruptionReason#SUSPENDED}
   */
  JobInterruption suspend(Duration delay, boolean wakeable);

  /**
   * Checks for a signal. If the signal was not sent, notes that this job waits for it. The signal
   * then wakes the job, even while its attempt is ending.
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
   * A signal that was sent. May get further components.
   *
   * @param payload the payload as JSON; null if there is none
   */
  record Signal(@Nullable String payload) {}

  /**
   * The state of another job. May get further components.
   *
   * @param ended whether the job has ended
   * @param state its state; null if it was deleted
   */
  record AwaitedJob(boolean ended, @Nullable JobState state) {}
}
