package dev.cairn.internal.postgres;

/** Pieces of SQL that several statements share, so that they cannot drift apart. */
final class Fragments {
  private Fragments() {}

  /** Two columns, for {@link Session#sizes}. */
  static final String SIZES =
      """
      pg_relation_size('{schema}.river_job') AS job_bytes,
      pg_relation_size('{schema}.cairn_checkpoint') AS checkpoint_bytes\
      """;

  /** The client that claimed the job last. */
  static final String LAST_CLIENT = "job.attempted_by[cardinality(job.attempted_by)]";

  /**
   * The fence: whether the row is still held by the claim that this client made at a time. Besides
   * the time itself this accepts a row whose {@code attempted_at} was renewed under that claim; the
   * pair in the metadata is void as soon as anybody sets another {@code attempted_at}. It is in the
   * row itself because a statement that has waited for the row's lock looks at nothing else anew.
   *
   * @param claimedAt an expression of the time of the claim
   */
  static String held(String claimedAt) {
    return "%s AND %s = :client_id".formatted(claimedAt(claimedAt), LAST_CLIENT);
  }

  /** Whether the row was claimed last at this time, by whomever. */
  static String claimedAt(String claimedAt) {
    return """
    (job.attempted_at = %1$s
      OR job.metadata -> '%2$s' = jsonb_build_array(%3$s, %4$s))\
    """
        .formatted(claimedAt, RENEWED_KEY, micros(claimedAt), micros("job.attempted_at"));
  }

  /** Metadata: when the job was claimed, and the {@code attempted_at} it was given since. */
  static final String RENEWED_KEY = "cairn:renewed";

  /** Metadata: what the job waits for has come. Like {@link #held}, read under the row's lock. */
  static final String WOKEN_KEY = "cairn:woken";

  /**
   * What an operator wants of a running job: {@code pause} or {@code interrupt}. A pause holds for
   * whatever attempt, an interruption for the claim it was meant for.
   */
  static final String REQUEST = "job.metadata #>> '{cairn:request,verb}'";

  static final String REQUEST_KEY = "cairn:request";

  /** Whether somebody has cancelled the job while it ran. */
  static final String CANCEL_REQUESTED = "job.metadata ?? 'cancel_attempted_at'";

  /** How many clients it has outlived, this one included. */
  static final String RESCUES =
      "(coalesce((job.metadata ->> 'river:rescue_count')::integer, 0) + 1)";

  /** When the job was claimed last, as a JSON number; unlike attempted_at it is not renewed. */
  static final String CLAIM_MICROS =
      """
      CASE WHEN job.metadata #> '{%1$s,1}' = to_jsonb(%2$s) THEN job.metadata #> '{%1$s,0}'
        ELSE to_jsonb(%2$s) END\
      """
          .formatted("cairn:renewed", micros("job.attempted_at"));

  /** A time as a whole number, the same for every session's time zone. */
  static String micros(String time) {
    return "(extract(epoch FROM %s) * 1000000)::bigint".formatted(time);
  }

  /** What is written of a checkpoint; {@link #CHECKPOINT_UPDATE} if the row is there. */
  static final String CHECKPOINT_COLUMNS =
      """
      (job_id, name, position, finished, value, claimed_at, sequence, attempt, started_at,
        spent_ms, done, total)\
      """;

  // A finished step whose position has changed is written again, but it was finished back then.
  static final String CHECKPOINT_UPDATE =
      """
      position = excluded.position, finished = excluded.finished, value = excluded.value,
        claimed_at = excluded.claimed_at, sequence = excluded.sequence, saved_at = now(),
        attempt = CASE WHEN checkpoint.finished AND excluded.finished THEN checkpoint.attempt
          ELSE excluded.attempt END,
        spent_ms = excluded.spent_ms, done = excluded.done, total = excluded.total\
      """;

  /** What the metadata's resumable keys amount to; equal for missing and null keys, as in Go. */
  static final String RESUMABLE_DIGEST =
      """
      md5(coalesce(job.metadata ->> 'river:resumable_step', '') || E'\\n'
        || coalesce(nullif(job.metadata -> 'river:resumable_cursor', 'null')::text, ''))\
      """;

  /**
   * CTEs that turn the rows of a CTE {@code state(job_id, name, position, finished, value)} into
   * River's metadata keys: {@code merged(job_id, keys)}, and {@code merged_by_job(keys)} with all
   * of them by job, so that a statement for many jobs looks them up instead of joining them: for a
   * join of CTEs, whose size the server can only guess, it may compare each with each. River knows
   * one last finished step: the last one before the first that is unfinished. The digest tells
   * later whether anybody else has changed the keys.
   */
  static final String MERGED =
      """
      summary AS (
        SELECT job_id,
          (array_agg(name ORDER BY position DESC) FILTER (
            WHERE finished AND position < coalesce(first_open, 2147483647)
          ))[1] AS step,
          jsonb_object_agg(name, value) FILTER (
            WHERE NOT finished AND position IS NOT NULL AND value IS NOT NULL
          ) AS cursors
        FROM (
          SELECT state.*,
            min(position) FILTER (WHERE NOT finished) OVER (PARTITION BY job_id) AS first_open
          FROM state
        ) AS placed
        GROUP BY job_id
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
      ),
      merged_by_job AS (SELECT jsonb_object_agg(job_id, keys) AS keys FROM merged)\
      """;

  /** What {@link #MERGED} has made for a row named {@code job}; null if nothing. */
  static final String MERGED_KEYS = "((SELECT keys FROM merged_by_job) -> job.id::text)";

  /** The keys that {@link #MERGED} writes. */
  static final String RESUMABLE_KEYS =
      "'{river:resumable_step,river:resumable_cursor,cairn:resumable}'::text[]";

  /** The metadata of a job that is taken from its client, with what {@link #MERGED} has made. */
  static final String RESCUED_METADATA =
      """
      coalesce(job.metadata - %s || %s, job.metadata) - 'cairn:request'
        || jsonb_build_object('river:rescue_count', %s)\
      """
          .formatted(RESUMABLE_KEYS, MERGED_KEYS, RESCUES);
}
