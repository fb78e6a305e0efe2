package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;

/**
 * What rates are made of.
 *
 * @param newest the highest id that there is
 * @param fresh how many jobs there are with ids above the highest one of the last sample
 * @param belated how many there are with ids above {@link Since#floor} and up to that one
 * @param aboveNextFloor how many there are with ids above {@link Since#nextFloor}
 * @param completed how many jobs have completed since the last sample
 * @param discarded how many were discarded since then
 * @param failed how many attempts have failed since then that are to be repeated, as far as they
 *     began since then, too: the database does not know when an attempt has failed
 * @param failedAtLeast whether only some of the jobs that wait to be repeated were looked at
 */
public record RateSample(
    Instant now,
    long newest,
    long fresh,
    long belated,
    long aboveNextFloor,
    long completed,
    long discarded,
    long failed,
    boolean failedAtLeast) {

  /**
   * The last sample, and which ids are looked at.
   *
   * @param at when it was taken
   * @param newest the highest id that there was
   * @param floor above which its jobs were counted
   * @param nextFloor above which jobs are counted for the next sample
   */
  public record Since(Instant at, long newest, long floor, long nextFloor) {
    /** Before the first sample: no job counts as inserted since then. */
    public static Since nothing(Instant now) {
      return new Since(now, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    private long lowest() {
      return Math.min(newest, Math.min(floor, nextFloor));
    }
  }

  private static final int ENDED_MAX = 100_000;

  /** As many ids are looked at, the highest ones first: late ones are missing before new ones. */
  static final int INSERTED_MAX = 120_000;

  /** As many jobs that wait to be repeated are looked at. */
  private static final int RETRYABLE_MAX = 2_000;

  private static final String SAMPLE =
      """
      SELECT now() AS now,
        (SELECT coalesce(max(job.id), 0) FROM {schema}.river_job AS job) AS newest,
        inserted.fresh, inserted.belated, inserted.above_next_floor,
        (SELECT count(*) FROM (%s) AS completed) AS completed,
        (SELECT count(*) FROM (%s) AS discarded) AS discarded,
        retried.failed, retried.seen >= :retryable_max AS failed_at_least
      FROM (
          SELECT count(*) FILTER (WHERE recent.id > :newest) AS fresh,
            count(*) FILTER (WHERE recent.id > :floor AND recent.id <= :newest) AS belated,
            count(*) FILTER (WHERE recent.id > :next_floor) AS above_next_floor
          FROM (
            SELECT job.id FROM {schema}.river_job AS job
            WHERE job.id > :lowest
            ORDER BY job.id DESC
            LIMIT :inserted_max
          ) AS recent
        ) AS inserted,
        (
          SELECT count(*) AS seen,
            count(*) FILTER (WHERE waiting.attempted_at > :since::timestamptz) AS failed
          FROM (
            SELECT job.attempted_at
            FROM {schema}.river_job AS job
            WHERE job.state = 'retryable'
            ORDER BY job.queue, job.priority, job.scheduled_at, job.id
            LIMIT :retryable_max
          ) AS waiting
        ) AS retried
      """
          .formatted(ended(JobState.COMPLETED), ended(JobState.DISCARDED));

  private static String ended(JobState state) {
    return """
    SELECT FROM {schema}.river_job AS job
    WHERE job.state = '%s' AND job.finalized_at > :since::timestamptz
      AND job.finalized_at <= now()
    ORDER BY job.finalized_at
    LIMIT :most\
    """
        .formatted(state.label());
  }

  /** Takes a sample. */
  public static RateSample of(Snapshot snapshot, Since since) throws SQLException {
    return snapshot
        .first(
            SAMPLE,
            Map.of(
                "since", since.at(),
                "newest", since.newest(),
                "floor", since.floor(),
                "next_floor", since.nextFloor(),
                "lowest", since.lowest(),
                "inserted_max", INSERTED_MAX,
                "most", ENDED_MAX,
                "retryable_max", RETRYABLE_MAX),
            row ->
                new RateSample(
                    Snapshot.requiredTime(row, "now"),
                    row.getLong("newest"),
                    row.getLong("fresh"),
                    row.getLong("belated"),
                    row.getLong("above_next_floor"),
                    row.getLong("completed"),
                    row.getLong("discarded"),
                    row.getLong("failed"),
                    row.getBoolean("failed_at_least")))
        .orElseThrow();
  }
}
