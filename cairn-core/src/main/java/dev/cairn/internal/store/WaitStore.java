package dev.cairn.internal.store;

import dev.cairn.spi.Waits.AwaitedJob;
import dev.cairn.spi.Waits.Signal;
import java.sql.Connection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The waits of jobs, and signals (R24). */
public interface WaitStore {
  /**
   * Returns a signal if it was sent. Otherwise records that the job waits for it.
   *
   * @throws ContendedException if an open transaction sends the signal: nothing was recorded
   */
  Fenced<Optional<Signal>> awaitSignal(Claim claim, String step, String name);

  /**
   * Returns the state of another job. If that job has not ended, records that this job waits for
   * it.
   */
  Fenced<AwaitedJob> awaitJob(Claim claim, String step, long awaitedId);

  /**
   * Deletes waits of a job.
   *
   * @param step null for all waits of the job
   * @return false if the claim does not hold
   */
  boolean forget(Claim claim, @Nullable String step);

  /**
   * Sends a signal. The signal is stored, and wakes the jobs that wait for it: the first thousand
   * at once, and the others by {@link #wake}. If the database refuses to wake one of them, {@link
   * #wake} wakes all of them.
   *
   * @param payload the payload as JSON; null for none
   * @return how many jobs were woken at once
   */
  int signal(String name, @Nullable String payload);

  /**
   * Sends a signal in the caller's transaction.
   *
   * @throws dev.cairn.CairnException if the database refuses to wake one of the jobs
   */
  int signal(Connection connection, String name, @Nullable String payload);

  /**
   * Wakes jobs that wait for jobs that have ended, and jobs that a signal has not woken yet. A job
   * that the database refuses to wake, for example because of a trigger, does not stop the others.
   * A job whose unique key does not count in the state scheduled only becomes due: the scheduler
   * then makes it available or discards it.
   *
   * @param limit the maximum number of each
   * @return the larger of the two numbers of woken jobs; if it is below the limit, only jobs whose
   *     rows are locked are left. If some were refused, others may be left for the next turns
   */
  int wake(int limit);
}
