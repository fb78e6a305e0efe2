package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimedJob;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/*
 * A claimed job leaves a dead entry at the head of the index. While any transaction in the database
 * has a snapshot from before the claim, the entry cannot be removed. A claim that begins at the
 * head of the index has to skip all dead entries, so it takes longer the more jobs were claimed.
 * Therefore, a claim begins after the last claimed job.
 *
 * Jobs may become available before that mark: retried jobs, jobs that were inserted by a long
 * transaction or for a time in the past, jobs that another client hands back. Looks back find such
 * jobs. These looks go from the beginning to the marks, again and again. Each look covers as many
 * sections of the trail as it can search in a moment. While dead entries are being removed, that is
 * the whole trail.
 */

/** The places that the claims of one queue have reached, per priority. Called by one thread. */
final class ClaimMarks {
  /** How long a job before the marks may wait if one look back covers the whole trail. */
  private static final long LOOK_BACK_NANOS = Duration.ofMillis(100).toNanos();

  /** Looks back take at most this fraction of the time: 1/20. */
  private static final int LOOK_BACK_PARTS = 20;

  /**
   * The longest rest after a single slow look back. A single slow look probably had to wait for
   * something, so the next one may be fast. After several slow looks in a row, the trail really is
   * long.
   */
  private static final long REST_MOST_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long REST_MOST_IN_A_ROW_NANOS = Duration.ofSeconds(5).toNanos();

  /**
   * If a look back takes longer than this, the next one covers fewer sections. If it takes less
   * than half of this, the next one covers more.
   */
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

  /** Whether a look back that was due has been postponed for a call. */
  private boolean gaveWay;

  /**
   * Creates marks that are not set: the first look covers all jobs.
   *
   * @param nowNanos this and all times below are in {@link System#nanoTime()}
   */
  ClaimMarks(long nowNanos) {
    nextLookBackNanos = nowNanos + LOOK_BACK_NANOS;
  }

  /**
   * The range of the next look. A look back is postponed for one call, but not for a second,
   * because on a busy queue there is always a call.
   *
   * @param called whether there was a notification of new jobs, which are ahead of the marks
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

  /** Whether the last look ahead reached its limit, so that there may be more jobs. */
  boolean hasMoreAhead() {
    return moreAhead;
  }

  private List<ClaimMark> places() {
    return List.copyOf(marks.values());
  }

  /**
   * Records a look.
   *
   * @param claimed the claimed jobs, most urgent first
   * @param limited whether there may be more jobs
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
      if (trail.claimed(claimed.size(), marks)) {
        section /= 2;
        sections = Math.max(sections / 2, 1);
      }
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
      // The look reached its limit, so there may be more jobs after the last one. Claims continue
      // from there, in the order of priorities.
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

  /** How long to rest after a look that found fewer jobs than its limit, unless there is a call. */
  Duration rest(Duration pollInterval, long nowNanos) {
    if (moreAhead) {
      return Duration.ZERO;
    }
    boolean lookedEverywhere = marks.isEmpty() || (lookedBack && section == 0);
    Duration lookBack = Duration.ofNanos(Math.max(nextLookBackNanos - nowNanos, 0));
    return lookedEverywhere || lookBack.compareTo(pollInterval) > 0 ? pollInterval : lookBack;
  }
}
