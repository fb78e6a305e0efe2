package dev.cairn.internal.store;

import dev.cairn.InterruptionReason;
import org.jspecify.annotations.Nullable;

/**
 * How a claim stands.
 *
 * @param requested why somebody wants the attempt to stop; null if nobody does
 */
public record ClaimStatus(Claim claim, Standing standing, @Nullable InterruptionReason requested) {
  /** What has become of a claim. */
  public enum Standing {
    /** The job is running under this claim. */
    HELD,
    /** The job was completed under this claim. */
    COMPLETED,
    /**
     * The job does not run any more, and nobody has claimed it since: an outcome of this claim was
     * written, or the job was rescued.
     */
    ENDED,
    /** The job is running under this claim, but the database has lost what the attempt follows. */
    REWOUND,
    /** Somebody else has claimed the job, or it is gone. */
    LOST
  }
}
