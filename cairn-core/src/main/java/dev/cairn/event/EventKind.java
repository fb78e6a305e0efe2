package dev.cairn.event;

/**
 * The kinds of events: of jobs and queues as in River, of the client, and of steps. May get further
 * constants.
 */
public enum EventKind {
  /** A job was completed. */
  JOB_COMPLETED,

  /** An attempt failed; the job is retried, or was discarded. */
  JOB_FAILED,
  /**
   * A job was discarded: it has failed for the last time, or another job has taken its unique key.
   * Published by the client that discards the job, after {@link #JOB_FAILED}, {@link #JOB_SNOOZED}
   * or {@link #JOB_INTERRUPTED} if the client has worked the job. It comes alone if the client
   * takes the job away from another one, because clients have died or the job was stuck; if it sets
   * the job apart because of its row; or if it hands the job back. Duplicates that the leader
   * discards when their retry is due are not published. A job that is retried and discarded again
   * has two events. The event is lost if the client dies or loses its connection right then.
   */
  JOB_DISCARDED,
  /** A running job ended as cancelled. */
  JOB_CANCELLED,

  /** An attempt ended with a snooze; the job runs again later. */
  JOB_SNOOZED,
  /**
   * An attempt was interrupted, for one of the reasons in {@link dev.cairn.InterruptionReason}, and
   * the job continues later.
   */
  JOB_INTERRUPTED,
  /** A queue, or all queues, were paused: a {@link QueueEvent}. */
  QUEUE_PAUSED,

  /** A queue, or all queues, were resumed: a {@link QueueEvent}. */
  QUEUE_RESUMED,
  /** The client claimed jobs from a queue: a {@link FetchEvent}. Possibly very frequent. */
  JOBS_FETCHED,
  /** The client leads, and is about to insert periodic jobs: a {@link LeaderEvent}. */
  LEADER_ELECTED,
  /** An attempt begins. */
  JOB_STARTED,
  /** An attempt continues where an earlier one stopped. */
  JOB_RESUMED,
  /** The code of a step begins. */
  STEP_STARTED,

  /** An earlier attempt has finished the step. */
  STEP_SKIPPED,
  /** An earlier attempt finished a step that the code no longer has. */
  STEP_REMOVED,
  /** A step has finished. */
  STEP_FINISHED,

  /**
   * The code of a step failed. Not published if the step was interrupted or snoozed, or stops
   * because another branch failed.
   */
  STEP_FAILED,
  /**
   * A step ended, and neither finished nor failed: it was interrupted or snoozed, waits, or stops
   * because another branch failed.
   */
  STEP_STOPPED,
  /** A checkpoint is durable. Not published for checkpoints in a transaction of the worker. */
  CHECKPOINT_SAVED,
  /**
   * An attempt ends at a point of interruption, or because an outage of the database cut it off.
   */
  ATTEMPT_INTERRUPTED,
  /** Several attempts in a row ended at the checkpoint at which they began. */
  NO_PROGRESS,
  /** An item was put aside so that the others can continue. */
  ITEM_QUARANTINED;

  /**
   * Whether the event is about the end of an attempt or about a queue. {@code subscribe()} delivers
   * these events by default.
   */
  public boolean isOfJobs() {
    return compareTo(JOBS_FETCHED) < 0;
  }

  /**
   * Whether the event is a {@link StepEvent}, published while an attempt runs. Possibly very
   * frequent.
   */
  public boolean isOfSteps() {
    return compareTo(JOB_STARTED) >= 0;
  }
}
