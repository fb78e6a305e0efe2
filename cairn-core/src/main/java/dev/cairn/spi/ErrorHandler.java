package dev.cairn.spi;

import dev.cairn.Job;
import java.time.Duration;
import java.time.Instant;

/**
 * Is called for every failed attempt, and for attempts that do not end. Decides what happens to the
 * job. Called by many threads at once, so it must be thread-safe.
 */
@FunctionalInterface
public interface ErrorHandler {
  /**
   * Called on the job's thread after its worker has failed; not for snoozes, cancellations and
   * interruptions. An exception of this method is added to the failure, and the job proceeds as
   * without a handler.
   *
   * @param job its arguments are their JSON text if they were not decoded: the kind is unknown,
   *     they do not fit, or the codec did not return within the attempt's timeout
   */
  Decision onFailure(Job<?> job, Throwable failure);

  /**
   * Called once for an attempt whose code keeps running long after its timeout or progress
   * deadline, although it was asked to stop and interrupted. Runs on a thread of its own. Only the
   * end of the process ends such code. The default keeps the slot. If the code is a codec that does
   * not return, the job's arguments are their JSON text.
   *
   * @param runningFor how long the attempt has been running
   */
  default SlotDecision onStuck(Job<?> job, Duration runningFor) {
    return SlotDecision.KEEP_SLOT;
  }

  /** What happens to a job that has failed. May get further types. */
  sealed interface Decision {
    /** The job's worker and the retry policy decide. */
    static Decision proceed() {
      return new Proceed();
    }

    /** The job is cancelled: no retry can help. */
    static Decision cancel() {
      return new Cancel();
    }

    /** The job is discarded, whatever attempts it has left: it has failed for good. */
    static Decision discard() {
      return new Discard();
    }

    /** The job is retried at this time, if it has attempts left. */
    static Decision retryAt(Instant time) {
      return new RetryAt(time);
    }
  }

  /** See {@link Decision#proceed()}. */
  record Proceed() implements Decision {}

  /** See {@link Decision#cancel()}. */
  record Cancel() implements Decision {}

  /** See {@link Decision#discard()}. */
  record Discard() implements Decision {}

  /** See {@link Decision#retryAt(Instant)}. */
  record RetryAt(Instant time) implements Decision {}

  /** What happens to the slot of a stuck job. May get further constants. */
  enum SlotDecision {
    /** The slot stays taken until the code ends. */
    KEEP_SLOT,
    /** Another job may run in its place, so the queue exceeds its maximum by the stuck job. */
    OPEN_SLOT
  }
}
