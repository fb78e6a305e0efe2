package dev.cairn.internal.store;

import java.time.Instant;
import java.util.Comparator;

/** The place of a job among those of its queue and priority, which are claimed in this order. */
public record ClaimMark(int priority, Instant scheduledAt, long jobId) {
  /** The order within one priority. */
  public static final Comparator<ClaimMark> ORDER =
      Comparator.comparing(ClaimMark::scheduledAt).thenComparingLong(ClaimMark::jobId);

  /** The place of a job. */
  public static ClaimMark of(ClaimedJob job) {
    return new ClaimMark(job.priority(), job.scheduledAt(), job.claim().jobId());
  }
}
