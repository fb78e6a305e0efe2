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
   * No attempt is used up: for any other reason than the ones below and above, also for an outage
   * of the database, and if the job belongs to another attempt by now.
   */
  INTERRUPTED,
  /** The job waits, for a time, a signal or another job. */
  SUSPENDED
}
