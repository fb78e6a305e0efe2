package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimedJob;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The two directions in which the jobs of a queue are looked for: ahead of the marks, and back
 * before them. The jobs found in the two directions differ, so each direction has its own limit and
 * its own single claims. Called by one thread.
 */
final class ClaimDirections {
  private final ClaimMarks marks;
  private final Direction ahead;
  private final Direction back;

  private record Direction(ClaimLimit limit, LoneClaims alone) {}

  /**
   * Directions without marks: the first look covers all jobs.
   *
   * @param claims claims single jobs, and sets them apart
   * @param nowNanos this and all times below are in {@link System#nanoTime()}
   */
  ClaimDirections(String queue, LoneClaims.Claims claims, long nowNanos) {
    this.marks = new ClaimMarks(nowNanos);
    this.ahead = new Direction(new ClaimLimit(), new LoneClaims(queue, claims));
    this.back = new Direction(new ClaimLimit(), new LoneClaims(queue, claims));
  }

  private Direction of(ClaimRange range) {
    return range.isBack() ? back : ahead;
  }

  /** The range of the next look; see {@link ClaimMarks#next}. */
  ClaimRange next(boolean called, long nowNanos) {
    return marks.next(called, nowNanos);
  }

  boolean hasMoreAhead() {
    return marks.hasMoreAhead();
  }

  /** The number of jobs to ask for in a range. */
  int limit(ClaimRange range, int room) {
    return of(range).limit().of(room);
  }

  /** Records a look; see {@link ClaimMarks#looked}. */
  void looked(
      ClaimRange range,
      List<ClaimedJob> claimed,
      boolean limited,
      long beganNanos,
      long endedNanos) {
    marks.looked(range, claimed, limited, beganNanos, endedNanos);
  }

  /** Adapts both limits to a claim that has succeeded. */
  void brought(ClaimRange range, List<ClaimedJob> claimed) {
    of(range).limit().brought(claimed);
    (range.isBack() ? ahead : back).limit().sized(claimed);
    of(range).alone().notNeeded();
  }

  /**
   * Asks for fewer jobs after a failed claim.
   *
   * @return whether the claim asked for only one job, so that it cannot ask for fewer
   */
  boolean failed(ClaimRange range, int asked) {
    ClaimLimit limit = of(range).limit();
    limit.failed(asked);
    return limit.cannotShrink(asked);
  }

  /** Claims due jobs one by one; see {@link LoneClaims#claim}. */
  boolean claimAlone(ClaimRange range, IntFunction<List<Long>> due, Throwable reason) {
    return of(range).alone().claim(due, reason);
  }

  /** How long to rest; see {@link ClaimMarks#rest}. */
  Duration rest(Duration pollInterval, long nowNanos) {
    return marks.rest(pollInterval, nowNanos);
  }
}
