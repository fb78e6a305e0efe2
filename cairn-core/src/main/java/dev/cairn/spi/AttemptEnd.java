package dev.cairn.spi;

/**
 * How an attempt ends: see {@link MiddlewareContext#foreseeEnd}. What follows for the job, such as
 * the time of a retry, is decided later. May get further constants.
 */
public enum AttemptEnd {
  /** The worker has returned. */
  COMPLETED,
  /** An exception, a timeout, a missed progress deadline, or one interruption too many. */
  FAILED,

  /** The worker has asked for a snooze. */
  SNOOZED,

  /** The worker has cancelled the job, or an operator has. */
  CANCELLED,
  /**
   * No attempt is used up. The reason is none of the others here: for example, an outage of the
   * database, or the job now belongs to another attempt.
   */
  INTERRUPTED,
  /** The job waits, for a time, a signal or another job. */
  SUSPENDED
}
