package dev.cairn.internal.store;

/**
 * How a claim stands.
 *
 * @param cancelRequested whether somebody has asked for the job to be cancelled
 */
public record ClaimStatus(long jobId, Standing standing, boolean cancelRequested) {
  /** What has become of a claim. */
  public enum Standing {
    /** The job is running under this claim. */
    HELD,
    /** The job was completed under this claim, by a transaction of the worker. */
    COMPLETED,
    /** The job was taken away, or is gone. */
    LOST
  }
}
