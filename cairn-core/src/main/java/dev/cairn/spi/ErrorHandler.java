package dev.cairn.spi;

import dev.cairn.Job;
import java.time.Duration;
import java.time.Instant;

/**
 * Is told of every attempt that has failed, and of those that do not end, and may say what becomes
 * of the job. Thread-safe.
 */
@FunctionalInterface
public interface ErrorHandler {
  /**
   * Called on the job's thread once its worker has failed; not for snoozes, cancellations and
   * interruptions. What it throws is added to the failure, and changes nothing else.
   */
  Decision onFailure(Job<?> job, Throwable failure);

  /**
   * Called once for an attempt whose code goes on long after its timeout or progress deadline
   * although it was asked to stop and interrupted; on a thread of its own. Nothing ends such code
   * but the end of the process. Keeps the slot unless overridden.
   *
   * @param runningFor how long the attempt runs by now
   */
  default SlotDecision onStuck(Job<?> job, Duration runningFor) {
    return SlotDecision.KEEP_SLOT;
  }

  /** What becomes of a job that has failed. May get further types. */
  sealed interface Decision {
    /** What its worker and the retry policy say. */
    static Decision proceed() {
      return new Proceed();
    }

    /** It is cancelled: no retry can help. */
    static Decision cancel() {
      return new Cancel();
    }

    /** It is retried at this time, if it has attempts left. */
    static Decision retryAt(Instant time) {
      return new RetryAt(time);
    }
  }

  /** See {@link Decision#proceed()}. */
  record Proceed() implements Decision {}

  /** See {@link Decision#cancel()}. */
  record Cancel() implements Decision {}

  /** See {@link Decision#retryAt(Instant)}. */
  record RetryAt(Instant time) implements Decision {}

  /** What becomes of the slot that a stuck job holds. May get further constants. */
  enum SlotDecision {
    /** It stays taken until the code ends. */
    KEEP_SLOT,
    /** Another job may run in its place, and the queue exceeds its maximum by the stuck one. */
    OPEN_SLOT
  }
}
