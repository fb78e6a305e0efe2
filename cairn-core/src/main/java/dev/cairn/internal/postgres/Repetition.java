package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.internal.store.ContendedException;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Runs a transaction again after a serialization failure or a deadlock. A unique insertion can
 * cause a serialization failure if a pool or a role uses REPEATABLE READ: the second try needs a
 * new snapshot.
 */
final class Repetition {
  /** If many clients insert the same key, at least one of them succeeds in each round. */
  private static final int TRIES_MAX = 100;

  private static final long PAUSE_MAX_MILLIS = 50;

  private Repetition() {}

  /** Runs {@code work}, which begins and ends its own transaction. */
  static <T> T run(Supplier<T> work) {
    for (int tries = 1; ; tries++) {
      try {
        return work.get();
      } catch (ContendedException e) {
        if (tries == TRIES_MAX
            || !isSerializationFailure(e)
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        pause(tries);
      }
    }
  }

  static boolean isSerializationFailure(CairnException e) {
    return e.getCause() instanceof SQLException cause && SqlErrors.isRetryable(cause);
  }

  /**
   * Pauses longer each time, and for a random time, so that two transactions that collided do not
   * collide again. Ends at an interrupt.
   */
  private static void pause(int tries) {
    long most = Math.min(1L << Math.min(tries, 6), PAUSE_MAX_MILLIS);
    LockSupport.parkNanos(
        TimeUnit.MILLISECONDS.toNanos(1) * ThreadLocalRandom.current().nextLong(1, most + 1));
  }
}
