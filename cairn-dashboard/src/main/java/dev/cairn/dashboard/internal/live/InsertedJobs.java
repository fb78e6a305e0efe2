package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.internal.read.RateSample;
import dev.cairn.dashboard.internal.read.RateSample.Since;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Counts the rows that were inserted between two samples. Used by one thread.
 *
 * <p>Ids alone do not say how many: an insertion that was rolled back, or that found another job,
 * has got one as well. Nor are all new jobs above the highest id of the last sample: a transaction
 * that takes longer shows its jobs only when others have higher ids. So those below are counted
 * twice, in both samples. Jobs that were deleted meanwhile hide only such late ones.
 */
final class InsertedJobs {
  /** A minute of samples: jobs of a transaction that takes longer may be missing. */
  private static final int SAMPLES = 12;

  /** As many ids, at most, are counted again in each sample. */
  private static final long IDS_MAX = 20_000;

  /** The highest ids of the last samples, the oldest first. */
  private final Deque<Long> newest = new ArrayDeque<>();

  private @Nullable RateSample last;
  private Since since = Since.nothing(Instant.EPOCH);

  /** What the next sample is to count. */
  Since since() {
    RateSample before = last;
    if (before == null) {
      since = Since.nothing(Instant.now());
    } else {
      // Before the first sample, nothing was counted above a floor.
      long floor = newest.size() == 1 ? before.newest() : since.nextFloor();
      since = new Since(before.now(), before.newest(), floor, floor());
    }
    return since;
  }

  /** The highest id of long ago, above which there are not too many. */
  private long floor() {
    long highest = newest.getLast();
    return newest.stream().filter(id -> highest - id <= IDS_MAX).findFirst().orElse(highest);
  }

  /**
   * How many rows were inserted since the sample before; 0 for the first one. Null if the highest
   * id may be one that somebody has written by hand: then all others are below it, and none is
   * seen.
   */
  @Nullable Long add(RateSample sample) {
    RateSample before = last;
    long belated = before == null ? 0 : sample.belated() - before.aboveNextFloor();
    last = sample;
    newest.addLast(sample.newest());
    if (newest.size() > SAMPLES) {
      newest.removeFirst();
    }
    if (sample.newestUnsure()) {
      return null;
    }
    return before == null ? 0 : sample.fresh() + Math.max(belated, 0);
  }
}
