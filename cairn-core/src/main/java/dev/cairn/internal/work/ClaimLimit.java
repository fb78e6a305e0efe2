package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimedJob;
import java.util.List;

/**
 * How many jobs one claim may ask for: as many as there are free slots, but fewer after a claim
 * with large arguments, or after a failed claim. Called by one thread.
 */
final class ClaimLimit {
  /** The number of characters of arguments and metadata that one claim should not exceed. */
  private static final long CHARACTERS_MAX = 32L << 20;

  private int afterFailure = Integer.MAX_VALUE;
  private int bySize = Integer.MAX_VALUE;

  /** The number of jobs to ask for. */
  int of(int room) {
    return Math.max(Math.min(room, Math.min(afterFailure, bySize)), 1);
  }

  /** Adapts the limit to a claim that has succeeded, and to the size of its jobs. */
  void brought(List<ClaimedJob> jobs) {
    if (afterFailure < Integer.MAX_VALUE / 2) {
      afterFailure *= 2;
    }
    sized(jobs);
  }

  /**
   * Adapts the limit to the size of these jobs, which a claim in the other direction has returned.
   */
  void sized(List<ClaimedJob> jobs) {
    if (jobs.isEmpty()) {
      return;
    }
    long characters = 0;
    for (ClaimedJob job : jobs) {
      characters += job.args().length() + job.metadata().length();
    }
    long each = characters / jobs.size() + 1;
    // At most doubles, because all of the next jobs may be as large as the largest of these.
    long most = Math.min(CHARACTERS_MAX / each, bySize * 2L);
    bySize = Math.clamp(most, 1, Integer.MAX_VALUE);
  }

  /** Reduces the limit after a failed claim, which may have failed because of its size. */
  void failed(int asked) {
    afterFailure = Math.max(asked / 2, 1);
  }

  /** Whether a claim asked for only one job, so that the next one cannot ask for fewer. */
  boolean cannotShrink(int asked) {
    return asked <= 1;
  }
}
