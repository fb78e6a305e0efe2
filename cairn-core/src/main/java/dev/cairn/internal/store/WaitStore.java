package dev.cairn.internal.store;

import dev.cairn.spi.Waits.AwaitedJob;
import dev.cairn.spi.Waits.Signal;
import java.sql.Connection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The waits of jobs, and signals (R24). */
public interface WaitStore {
  /**
   * A signal, if it was given; else it is noted that the job waits for it.
   *
   * @throws ContendedException if a transaction that gives it is open: nothing was noted
   */
  Fenced<Optional<Signal>> awaitSignal(Claim claim, String step, String name);

  /** How another job stands; it is noted that the job waits for it if it has not ended. */
  Fenced<AwaitedJob> awaitJob(Claim claim, String step, long awaitedId);

  /**
   * A job waits for this no longer.
   *
   * @param step null for everything that it waits for
   * @return false if the claim does not hold
   */
  boolean forget(Claim claim, @Nullable String step);

  /**
   * Gives a signal: it is kept, and the jobs that wait for it are woken, a thousand of them at once
   * and the others by {@link #wake}.
   *
   * @param payload JSON
   * @return how many jobs were woken at once
   */
  int signal(String name, @Nullable String payload);

  /** Gives a signal in the caller's transaction. */
  int signal(Connection connection, String name, @Nullable String payload);

  /**
   * Wakes jobs that wait for jobs that have ended, and those that a signal has left asleep.
   *
   * @param limit the most of each
   * @return how many, of the kind that was more; below the limit, there are none left but those
   *     whose rows somebody holds
   */
  int wake(int limit);

  /** Deletes rows of deleted jobs, and old signals. */
  void cleanLeftovers(int limit);
}
