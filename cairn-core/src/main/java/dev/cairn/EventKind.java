package dev.cairn;

/** The kinds of events, as in River. */
public enum EventKind {
  JOB_COMPLETED,
  /** An attempt failed; the job is retried, or was discarded. */
  JOB_FAILED,
  JOB_CANCELLED,
  JOB_SNOOZED,
  /** The client stopped before the job had ended; the job is available again. */
  JOB_INTERRUPTED,
  /** Several attempts in a row have ended where they began (R19). */
  NO_PROGRESS,
  QUEUE_PAUSED,
  QUEUE_RESUMED
}
