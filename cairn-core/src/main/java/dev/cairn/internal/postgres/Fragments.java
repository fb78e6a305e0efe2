package dev.cairn.internal.postgres;

/** Pieces of SQL that several statements share, so that they cannot drift apart. */
final class Fragments {
  private Fragments() {}

  /** The client that claimed the job last: half of the fence. */
  static final String LAST_CLIENT = "job.attempted_by[cardinality(job.attempted_by)]";

  /** What the metadata's resumable keys amount to; equal for missing and null keys, as in Go. */
  static final String RESUMABLE_DIGEST =
      """
      md5(coalesce(job.metadata ->> 'river:resumable_step', '') || E'\\n'
        || coalesce(nullif(job.metadata -> 'river:resumable_cursor', 'null')::text, ''))\
      """;

  /**
   * Two CTEs that turn the rows of a CTE {@code state(job_id, name, position, finished, value)}
   * into River's metadata keys, {@code merged(job_id, keys)}. River knows one last finished step:
   * the last one before the first that is unfinished. The digest tells later whether anybody else
   * has changed the keys.
   */
  static final String MERGED =
      """
      first_open AS (
        SELECT job_id, min(position) AS position
        FROM state
        WHERE NOT finished
        GROUP BY job_id
      ),
      summary AS (
        SELECT state.job_id,
          (array_agg(state.name ORDER BY state.position DESC) FILTER (
            WHERE state.finished AND state.position < coalesce(first_open.position, 2147483647)
          ))[1] AS step,
          jsonb_object_agg(state.name, state.value) FILTER (
            WHERE NOT state.finished AND state.position IS NOT NULL AND state.value IS NOT NULL
          ) AS cursors
        FROM state
        LEFT JOIN first_open USING (job_id)
        GROUP BY state.job_id
      ),
      merged AS (
        SELECT job_id,
          CASE WHEN step IS NULL THEN '{}'::jsonb
            ELSE jsonb_build_object('river:resumable_step', step) END
          || CASE WHEN cursors IS NULL THEN '{}'::jsonb
            ELSE jsonb_build_object('river:resumable_cursor', cursors) END
          || jsonb_build_object('cairn:resumable',
            md5(coalesce(step, '') || E'\\n' || coalesce(cursors::text, ''))) AS keys
        FROM summary
      )\
      """;

  /** The keys that {@link #MERGED} writes. */
  static final String RESUMABLE_KEYS =
      "'{river:resumable_step,river:resumable_cursor,cairn:resumable}'::text[]";
}
