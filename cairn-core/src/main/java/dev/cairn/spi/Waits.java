package dev.cairn.spi;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a running job waits without holding a thread, a slot or a transaction (R24): its attempt
 * ends, and another one begins when the time has come, or what it waits for. Thread-safe.
 */
public interface Waits {
  /** The time by the database's clock, so that every client agrees on it. */
  Instant now();

  /**
   * Ends the attempt. It uses up nothing, and the job runs again after {@code delay}.
   *
   * @param wakeable whether it runs earlier if a signal or job arrives for which it has asked
   * @throws JobInterruption always, with {@link InterruptionReason#SUSPENDED}
   */
  JobInterruption suspend(Duration delay, boolean wakeable);

  /**
   * Looks for a signal. If it was not given yet, it is noted that this job waits for it: the job is
   * woken when it comes, even while its attempt is ending.
   *
   * @param step a name for this wait, unique within the job
   */
  Optional<Signal> signal(String step, String name);

  /** Looks whether another job has ended, and notes that this one waits for it if not. */
  AwaitedJob job(String step, long jobId);

  /** Something is waited for no longer. */
  void forget(String step);

  /** Nothing is waited for any longer, whatever earlier attempts have asked for. */
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
   * @param ended whether nothing will happen to it by itself any more
   * @param state null if it was deleted
   */
  record AwaitedJob(boolean ended, @Nullable JobState state) {}
}
