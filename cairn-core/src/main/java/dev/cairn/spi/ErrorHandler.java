package dev.cairn.spi;

import dev.cairn.Job;
import java.time.Instant;

/** Is told of every failed attempt, and may say what becomes of the job. Thread-safe. */
@FunctionalInterface
public interface ErrorHandler {
  /**
   * Called on the job's thread once its worker has failed; not for snoozes, cancellations and
   * interruptions. What it throws is added to the failure, and changes nothing else.
   */
  Decision onFailure(Job<?> job, Throwable failure);

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
}
