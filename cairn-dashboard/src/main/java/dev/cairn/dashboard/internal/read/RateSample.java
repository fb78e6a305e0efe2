package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;

/**
 * What rates are made of.
 *
 * @param newest the highest id that the sequence has given, as far as that is readable: a row with
 *     a higher one, written by hand, would hide all that come after it
 * @param newestUnsure whether that is not readable, and the highest id is far above all others
 * @param fresh how many jobs there are with ids above the highest one of the last sample
 * @param freshAtLeast whether there may be more: not all were looked at
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
    boolean newestUnsure,
    long fresh,
    boolean freshAtLeast,
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

  /** As many ids without a row, below the highest one, are those of no sequence. */
  private static final long GAP_MAX = 1_000_000_000;

  /** As many jobs that wait to be repeated are looked at. */
  private static final int RETRYABLE_MAX = 2_000;

  private static final String SAMPLE =
      """
      WITH sequence AS MATERIALIZED (
          SELECT known.readable,
            CASE WHEN known.readable THEN pg_sequence_last_value(known.id) END AS last_id
          FROM (
            SELECT ids.id, coalesce(has_sequence_privilege(ids.id, 'USAGE, SELECT'), false)
              AS readable
            FROM (
              SELECT pg_get_serial_sequence('{schema}.river_job', 'id')::regclass::oid AS id
            ) AS ids
          ) AS known
        ),
        newest AS MATERIALIZED (
          SELECT coalesce(max(job.id), 0) AS id
          FROM {schema}.river_job AS job
          WHERE job.id <= (SELECT coalesce(last_id, :id_max) FROM sequence)
        )
      SELECT now() AS now, newest.id AS newest,
        NOT sequence.readable AND coalesce(newest.id - :gap_max > (
          SELECT max(job.id) FROM {schema}.river_job AS job WHERE job.id < newest.id
        ), false) AS newest_unsure,
        inserted.fresh, inserted.fresh >= :inserted_max AS fresh_at_least,
        inserted.belated, inserted.above_next_floor,
        (SELECT count(*) FROM (%s) AS completed) AS completed,
        (SELECT count(*) FROM (%s) AS discarded) AS discarded,
        retried.failed, retried.seen >= :retryable_max AS failed_at_least
      FROM sequence, newest,
        (
          SELECT count(*) FILTER (WHERE recent.id > :newest) AS fresh,
            count(*) FILTER (WHERE recent.id > :floor AND recent.id <= :newest) AS belated,
            count(*) FILTER (WHERE recent.id > :next_floor) AS above_next_floor
          FROM (
            SELECT job.id FROM {schema}.river_job AS job
            WHERE job.id > :lowest AND job.id <= (SELECT id FROM newest)
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
            Map.ofEntries(
                Map.entry("since", since.at()),
                Map.entry("newest", since.newest()),
                Map.entry("floor", since.floor()),
                Map.entry("next_floor", since.nextFloor()),
                Map.entry("lowest", since.lowest()),
                Map.entry("id_max", Long.MAX_VALUE),
                Map.entry("gap_max", GAP_MAX),
                Map.entry("inserted_max", INSERTED_MAX),
                Map.entry("most", ENDED_MAX),
                Map.entry("retryable_max", RETRYABLE_MAX)),
            row ->
                new RateSample(
                    Snapshot.requiredTime(row, "now"),
                    row.getLong("newest"),
                    row.getBoolean("newest_unsure"),
                    row.getLong("fresh"),
                    row.getBoolean("fresh_at_least"),
                    row.getLong("belated"),
                    row.getLong("above_next_floor"),
                    row.getLong("completed"),
                    row.getLong("discarded"),
                    row.getLong("failed"),
                    row.getBoolean("failed_at_least")))
        .orElseThrow();
  }
}
