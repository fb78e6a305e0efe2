package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimedJob;
import java.util.List;

/**
 * How many jobs one claim may ask for: as many as there is room for, but fewer once their arguments
 * have turned out to be large, or a claim has failed. Called by one thread.
 */
final class ClaimLimit {
  /** The most characters of arguments and metadata that one claim should bring. */
  private static final long CHARACTERS_MAX = 32L << 20;

  private int afterFailure = Integer.MAX_VALUE;
  private int bySize = Integer.MAX_VALUE;

  /** What to ask for. */
  int of(int room) {
    return Math.max(Math.min(room, Math.min(afterFailure, bySize)), 1);
  }

  /** A claim has brought these jobs. */
  void brought(List<ClaimedJob> jobs) {
    if (afterFailure < Integer.MAX_VALUE / 2) {
      afterFailure *= 2;
    }
    if (jobs.isEmpty()) {
      return;
    }
    long characters = 0;
    for (ClaimedJob job : jobs) {
      characters += job.args().length() + job.metadata().length();
    }
    long each = characters / jobs.size() + 1;
    // Grows slowly: the next ones may be as large as the largest of these.
    long most = Math.min(CHARACTERS_MAX / each, bySize * 2L);
    bySize = Math.clamp(most, 1, Integer.MAX_VALUE);
  }

  /** A claim of so many has failed, perhaps for their number or size. */
  void failed(int asked) {
    afterFailure = Math.max(asked / 2, 1);
  }

  /** Whether the last claim has failed although it asked for one job only. */
  boolean cannotShrink(int asked) {
    return asked <= 1;
  }
}
