package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimedJob;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/*
 * A claimed job leaves a dead entry at the head of the index. While some transaction, anywhere in the
 * database, has a snapshot from before the claim, nothing clears it away, and a claim that begins at
 * the head walks over all of them: the more were claimed, the longer. So a claim begins behind the
 * last job that was claimed. Jobs may become available before that place: retried ones, those
 * inserted by a long transaction or for a time in the past, those that another client hands back.
 * They are found by a full look, which comes the more often the cheaper it is.
 */

/** How far the claims of one queue have come, for each priority. Called by one thread. */
final class ClaimMarks {
  private static final Comparator<ClaimMark> ORDER =
      Comparator.comparing(ClaimMark::scheduledAt).thenComparingLong(ClaimMark::jobId);

  /**
   * How long a job that becomes available before a mark may have to wait, where looks are cheap.
   */
  private static final long FULL_LOOK_NANOS = Duration.ofMillis(100).toNanos();

  /** Full looks take one part in so many of the time. */
  private static final int FULL_LOOK_PARTS = 20;

  private final Map<Integer, ClaimMark> marks = new HashMap<>();
  private long nextFullLookNanos;

  /**
   * No marks yet, so that the first look is a full one.
   *
   * @param nowNanos this and all times below in {@link System#nanoTime()}
   */
  ClaimMarks(long nowNanos) {
    nextFullLookNanos = nowNanos;
  }

  /** Where to begin now; empty for a full look. */
  List<ClaimMark> begin(long nowNanos) {
    return nowNanos - nextFullLookNanos >= 0 ? List.of() : List.copyOf(marks.values());
  }

  /**
   * Takes note of a look.
   *
   * @param from where it began
   * @param claimed what it brought, most urgent first
   * @param limited whether there may be more
   */
  void looked(
      List<ClaimMark> from,
      List<ClaimedJob> claimed,
      boolean limited,
      long beganNanos,
      long endedNanos) {
    for (ClaimedJob job : claimed) {
      marks.merge(job.priority(), ClaimMark.of(job), ClaimMarks::later);
    }
    if (from.isEmpty()) {
      if (limited) {
        // What comes behind the last one was not looked at, even if it is before the mark.
        ClaimedJob last = claimed.getLast();
        marks.put(last.priority(), ClaimMark.of(last));
      }
      long taken = endedNanos - beganNanos;
      nextFullLookNanos = endedNanos + Math.max(FULL_LOOK_NANOS, taken * FULL_LOOK_PARTS);
    }
  }

  private static ClaimMark later(ClaimMark one, ClaimMark other) {
    return ORDER.compare(one, other) >= 0 ? one : other;
  }

  /** How long until the next look is to be a full one. */
  Duration untilFullLook(long nowNanos) {
    return Duration.ofNanos(Math.max(nextFullLookNanos - nowNanos, 0));
  }
}
