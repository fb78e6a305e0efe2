package dev.cairn.internal.store;

import dev.cairn.InterruptionReason;
import org.jspecify.annotations.Nullable;

/**
 * How a claim stands.
 *
 * @param requested why somebody wants the attempt to stop; null if nobody does
 */
public record ClaimStatus(long jobId, Standing standing, @Nullable InterruptionReason requested) {
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
