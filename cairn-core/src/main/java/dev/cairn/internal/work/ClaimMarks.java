package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimedJob;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/*
 * A claimed job leaves a dead entry at the head of the index. While some transaction, anywhere in the
 * database, has a snapshot from before the claim, nothing clears it away, and a claim that begins at
 * the head walks over all of them: the more were claimed, the longer. So a claim begins behind the
 * last job that was claimed.
 *
 * Jobs may become available before that place: retried ones, those inserted by a long transaction or
 * for a time in the past, those that another client hands back. They are found by looks back, again
 * and again from the beginning to the marks, each over as many sections of the way as it can walk in
 * a moment. While dead entries are cleared away that is all of them at once.
 */

/** How far the claims of one queue have come, for each priority. Called by one thread. */
final class ClaimMarks {
  /** How long a job before the marks may have to wait if one look back covers the whole way. */
  private static final long LOOK_BACK_NANOS = Duration.ofMillis(100).toNanos();

  /** Looks back take at most one part in so many of the time. */
  private static final int LOOK_BACK_PARTS = 20;

  /**
   * A single look back that took longer had to wait for something, which says nothing of the next
   * one. Several in a row have a long way to walk.
   */
  private static final long REST_MOST_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long REST_MOST_IN_A_ROW_NANOS = Duration.ofSeconds(5).toNanos();

  /** A look back that takes longer covers less the next time; one of less than half of it, more. */
  private static final long LOOK_BACK_MOST_NANOS = Duration.ofMillis(10).toNanos();

  private final Map<Integer, ClaimMark> marks = new HashMap<>();
  private final ClaimTrail trail = new ClaimTrail();
  private long nextLookBackNanos;

  /** Where the next look back begins and how much it covers, in sections of the trail. */
  private int section;

  private int sections = 1;
  private boolean wasSlowBack;
  private boolean lookedBack;
  private boolean moreAhead;

  /** A look back that was due has given way to a call. */
  private boolean gaveWay;

  /**
   * No marks yet: the first look is over all jobs.
   *
   * @param nowNanos this and all times below in {@link System#nanoTime()}
   */
  ClaimMarks(long nowNanos) {
    nextLookBackNanos = nowNanos + LOOK_BACK_NANOS;
  }

  /**
   * Where to look now. A look back gives way to one call and to no second one, because on a busy
   * queue somebody calls all the time.
   *
   * @param called whether somebody has told of new jobs, which are ahead
   */
  ClaimRange next(boolean called, long nowNanos) {
    if (marks.isEmpty() || lookedBack || nowNanos - nextLookBackNanos < 0) {
      return ClaimRange.from(places());
    }
    if (called && !gaveWay) {
      gaveWay = true;
      return ClaimRange.from(places());
    }
    gaveWay = false;
    int end = section + sections;
    return new ClaimRange(
        trail.place(section), end < trail.sections() ? trail.place(end) : places());
  }

  /** Whether the last look ahead had no room for all that there was. */
  boolean hasMoreAhead() {
    return moreAhead;
  }

  private List<ClaimMark> places() {
    return List.copyOf(marks.values());
  }

  /**
   * Takes note of a look.
   *
   * @param claimed what it brought, most urgent first
   * @param limited whether there may be more
   */
  void looked(
      ClaimRange range,
      List<ClaimedJob> claimed,
      boolean limited,
      long beganNanos,
      long endedNanos) {
    lookedBack = range.isBack();
    if (!lookedBack) {
      moreAhead = limited;
      for (ClaimedJob job : claimed) {
        marks.merge(job.priority(), ClaimMark.of(job), ClaimMarks::later);
      }
      trail.claimed(claimed.size(), marks);
    } else {
      tookBack(claimed, limited, endedNanos - beganNanos);
      nextLookBackNanos = endedNanos + lookBackRest((endedNanos - beganNanos) * LOOK_BACK_PARTS);
    }
  }

  private long lookBackRest(long nanos) {
    long most = wasSlowBack ? REST_MOST_IN_A_ROW_NANOS : REST_MOST_NANOS;
    wasSlowBack = nanos > REST_MOST_NANOS;
    return Math.clamp(nanos, LOOK_BACK_NANOS, most);
  }

  private void tookBack(List<ClaimedJob> claimed, boolean limited, long nanos) {
    if (limited) {
      // There was no room for all: claims go on from here, in the order of priorities.
      ClaimMark last = ClaimMark.of(claimed.getLast());
      marks.put(last.priority(), last);
      trail.cutBehind(last);
    }
    section += sections;
    if (limited || section >= trail.sections()) {
      section = 0;
    }
    if (nanos > LOOK_BACK_MOST_NANOS) {
      sections = Math.max(sections / 2, 1);
    } else if (nanos < LOOK_BACK_MOST_NANOS / 2) {
      sections = Math.min(sections * 2, trail.sections());
    }
  }

  private static ClaimMark later(ClaimMark one, ClaimMark other) {
    return ClaimMark.ORDER.compare(one, other) >= 0 ? one : other;
  }

  /** How long to rest if the last look had room for more than there was, and nobody calls. */
  Duration rest(Duration pollInterval, long nowNanos) {
    if (moreAhead) {
      return Duration.ZERO;
    }
    boolean lookedEverywhere = marks.isEmpty() || (lookedBack && section == 0);
    Duration lookBack = Duration.ofNanos(Math.max(nextLookBackNanos - nowNanos, 0));
    return lookedEverywhere || lookBack.compareTo(pollInterval) > 0 ? pollInterval : lookBack;
  }
}
