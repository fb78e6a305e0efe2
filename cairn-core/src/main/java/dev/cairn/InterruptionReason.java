package dev.cairn;

/**
 * Why an attempt is asked to stop before its worker has returned (R22). May get further constants.
 */
public enum InterruptionReason {
  /** The client stops: the job becomes available at once and no attempt is used up (R18). */
  SHUTDOWN,
  /** Somebody cancelled the job while it ran: it ends as cancelled. */
  CANCELLED,
  /** The attempt ran longer than its timeout: it fails and is retried by the job's policy. */
  TIMEOUT,
  /** Somebody wants the attempt to stop: the job is available at once, no attempt is used up. */
  REQUESTED,
  /** Somebody paused the job: it is pending until it is resumed, no attempt is used up. */
  PAUSED,
  /**
   * The attempt ran as long as {@link ResumePolicy#maxRuntime} allows: the job queues up again
   * behind those that wait, and no attempt is used up.
   */
  MAX_RUNTIME,
  /** The checkpoints have not moved for too long: the attempt fails as after a timeout (R6). */
  PROGRESS_DEADLINE,
  /** The job itself wants to go on later, and gives its slot back until then (R23, R24). */
  SUSPENDED,
  /**
   * The job is no longer this attempt's: it was rescued, claimed again, changed or deleted, and
   * nothing that this attempt still does is written to the job (R5). Or its client could not reach
   * the database for so long that this may be so: if it is not, the job is available again and no
   * attempt is used up.
   */
  LEASE_LOST,
  /**
   * The worker has thrown because the database was taken away from it: its connection broke, or the
   * server was shut down, crashed or is starting. The job is available again and no attempt is used
   * up, five times in a row without progress. Running code is never asked to stop for this reason.
   */
  DATABASE_LOST
}
