package dev.cairn.internal.store;

import dev.cairn.InterruptionReason;
import org.jspecify.annotations.Nullable;

/**
 * The state of a claim.
 *
 * @param requested the reason of a request to stop the attempt; null if there is none
 */
public record ClaimStatus(Claim claim, Standing standing, @Nullable InterruptionReason requested) {
  /** The states of a claim. */
  public enum Standing {
    /** The job is running under this claim. */
    HELD,
    /** The job was completed under this claim. */
    COMPLETED,
    /**
     * The job no longer runs, and no other claim was made since: an outcome of this claim was
     * written, or the job was rescued.
     */
    ENDED,
    /**
     * The job is running under this claim, but the database has lost writes that the attempt
     * follows.
     */
    REWOUND,
    /** Another claim of the job was made, or the job is gone. */
    LOST
  }
}
