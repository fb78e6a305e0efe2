package dev.cairn.spi;

import dev.cairn.Job;
import java.time.Duration;

/**
 * Is told of jobs whose code goes on long after their timeout or progress deadline although it was
 * asked to stop and interrupted. Nothing ends such code but the end of the process. Thread-safe.
 */
@FunctionalInterface
public interface StuckJobHandler {
  /**
   * Called once for an attempt, on a thread of its own.
   *
   * @param runningFor how long the attempt runs by now
   */
  Decision onStuck(Job<?> job, Duration runningFor);

  /** What becomes of the slot that a stuck job holds. May get further constants. */
  enum Decision {
    /** It stays taken until the code ends. */
    KEEP_SLOT,
    /** Another job may run in its place, and the queue exceeds its maximum by the stuck one. */
    OPEN_SLOT
  }
}
