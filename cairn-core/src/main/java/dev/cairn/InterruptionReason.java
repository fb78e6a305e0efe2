package dev.cairn;

/** Why an attempt is asked to stop before its worker has returned. May get further constants. */
public enum InterruptionReason {
  /** The client stops: the job becomes available at once and no attempt is used up. */
  SHUTDOWN,
  /** The job was cancelled while it ran: it ends as cancelled. */
  CANCELLED,
  /** The attempt ran longer than its timeout: it fails and is retried by the job's policy. */
  TIMEOUT,
  /**
   * An operator or the worker asked the attempt to stop: the job is available at once, and no
   * attempt is used up.
   */
  REQUESTED,
  /**
   * The job or its queue was paused: the job continues when that is resumed, and no attempt is used
   * up.
   */
  PAUSED,
  /**
   * The attempt ran as long as {@link ResumePolicy#maxRuntime} allows: the job goes to the end of
   * the queue, and no attempt is used up.
   */
  MAX_RUNTIME,
  /** The checkpoints have not moved for too long: the attempt fails as after a timeout. */
  PROGRESS_DEADLINE,
  /** The job continues later, and frees its slot until then. */
  SUSPENDED,
  /**
   * The job no longer belongs to this attempt: it was rescued, claimed again, changed or deleted.
   * Nothing that this attempt still does is written to the job. Also used if the client could not
   * reach the database for so long that another client may have taken the job. If none has, the job
   * is available again and no attempt is used up.
   */
  LEASE_LOST,
  /**
   * The worker has thrown because of an outage of the database: its connection broke, or the server
   * was shut down, crashed or is starting. The job is available again. No attempt is used up,
   * unless this has happened five times in a row without progress. Running code is never asked to
   * stop for this reason.
   */
  DATABASE_LOST
}
