package dev.cairn.internal.postgres;

import dev.cairn.internal.json.MetadataKeys;
import java.time.Duration;

/** Fragments of SQL that several statements share, so that they cannot diverge. */
final class Fragments {
  private Fragments() {}

  /** The two columns for {@link Session#sizes}. */
  static final String SIZES =
      """
      pg_relation_size('{schema}.river_job') AS job_bytes,
      pg_relation_size('{schema}.cairn_checkpoint') AS checkpoint_bytes\
      """;

  /** The id of the client that last claimed the job. */
  static final String LAST_CLIENT = "job.attempted_by[cardinality(job.attempted_by)]";

  /**
   * Whether a job that is looked up by its id is running. It compares text because of the planner
   * of PostgreSQL 14 to 17. Once ANALYZE has seen a queue without running jobs, the planner would
   * use the index of claims for {@code state = 'running'}. For each id, it would then read all
   * entries of running and formerly running jobs.
   */
  static final String RUNNING = "job.state::text = 'running'";

  /**
   * When the job was last claimed. Unlike {@code attempted_at}, this time does not change with a
   * renewal. Together with the job's id and {@link #LAST_CLIENT}, it identifies the claim under
   * which the row is held.
   */
  static final String CLAIMED_AT =
      Template.of(
              """
              CASE WHEN job.metadata ?? '{renewed_key}' AND job.metadata #> '{{renewed_key},1}' = to_jsonb({attempted_micros})
                AND jsonb_typeof(job.metadata #> '{{renewed_key},0}') = 'number'
                AND job.metadata #>> '{{renewed_key},0}' ~ '^[0-9]{1,17}$'
                THEN 'epoch'::timestamptz
                  + (job.metadata #>> '{{renewed_key},0}')::bigint * interval '1 microsecond'
                ELSE job.attempted_at END\
              """)
          .with("attempted_micros", micros("job.attempted_at"))
          .sql();

  /** Whether a job takes its unique key back when it becomes available. */
  static final String TAKES_KEY =
      """
      (job.unique_key IS NOT NULL AND job.unique_states IS NOT NULL
        AND {schema}.river_job_state_in_bitmask(job.unique_states, 'available')
        AND NOT {schema}.river_job_state_in_bitmask(job.unique_states, job.state))\
      """;

  /** Whether a job other than the one with this alias now holds its unique key. */
  static String keyIsHeld(String job) {
    return Template.of(
            """
            EXISTS (
              SELECT FROM {schema}.river_job AS holder
              WHERE holder.unique_key = {job}.unique_key AND holder.id <> {job}.id
                AND holder.unique_key IS NOT NULL AND holder.unique_states IS NOT NULL
                AND {schema}.river_job_state_in_bitmask(holder.unique_states, holder.state)
            )\
            """)
        .with("job", job)
        .sql();
  }

  /**
   * Whether a job would take back a unique key that another job has taken meanwhile. No client
   * inserts a job whose key does not count while it runs, but other programs can.
   */
  static final String KEY_IS_TAKEN = "(%s AND %s)".formatted(TAKES_KEY, keyIsHeld("job"));

  /**
   * A CTE {@code setting} that limits how long the transaction's statements wait for a lock. The
   * limit leaves enough time for another transaction that is about to commit. For threads of the
   * leader, which have other work to do. A transaction that notifies also needs {@link
   * LockWaits#untilCommit}.
   */
  static final String BRIEF_WAITS = lockWaits(LockWaits.BRIEF);

  /** As {@link #BRIEF_WAITS}, with another limit. */
  static String lockWaits(Duration most) {
    return "setting AS MATERIALIZED (SELECT set_config('lock_timeout', '%dms', true))"
        .formatted(most.toMillis());
  }

  /**
   * How far in the future a heartbeat may be, because statements overtake each other. A heartbeat
   * further ahead was written while a clock was wrong.
   */
  static final String AHEAD_MAX = "interval '10 seconds'";

  /**
   * Whether a job would take its unique key in a state while another job holds the key. A job that
   * ends in that state loses its key, because otherwise it could not end.
   *
   * @param from an SQL expression for its current state
   * @param to an SQL expression for the other state
   */
  static String keyIsTakenIn(String from, String to) {
    return Template.of(
            """
            (job.unique_key IS NOT NULL AND job.unique_states IS NOT NULL
              AND {schema}.river_job_state_in_bitmask(job.unique_states, {to})
              AND NOT {schema}.river_job_state_in_bitmask(job.unique_states, {from})
              AND {key_is_held})\
            """)
        .with("to", to)
        .with("from", from)
        .with("key_is_held", keyIsHeld("job"))
        .sql();
  }

  /** The unique key of a job that ends in this state: null if another job holds the key. */
  static String keptKey(String state) {
    return "CASE WHEN %s THEN NULL ELSE job.unique_key END"
        .formatted(keyIsTakenIn("job.state", state));
  }

  /** The error of a job that cannot run again because another job has its unique key. */
  static final String KEY_LOST = "'Another job has taken the unique key of this one while it ran'";

  /**
   * The metadata as a JSON object, as in River. The column can also hold another JSON value. Such a
   * value is kept under a key of the object.
   */
  static final String METADATA =
      Template.of(
              """
              CASE WHEN jsonb_typeof(job.metadata) = 'object' THEN job.metadata
                ELSE jsonb_build_object('{odd_metadata_key}', job.metadata) END\
              """)
          .sql();

  /**
   * The metadata as a JSON object without these keys. If it has none of them, it is returned
   * unchanged: the server then keeps large metadata where they are instead of writing them anew.
   *
   * @param keys an SQL expression for an array of texts
   */
  static String metadataWithout(String keys) {
    return Template.of(
            """
            CASE WHEN jsonb_typeof(job.metadata) = 'object' AND NOT job.metadata ??| ({keys})
              THEN job.metadata ELSE ({metadata}) - ({keys}) END\
            """)
        .with("keys", keys)
        .with("metadata", METADATA)
        .sql();
  }

  /**
   * The errors, as an array of one dimension, to which one error can be appended. A job may fail
   * forever: a job without a worker, for example, uses up no attempts. Its errors would grow
   * without limit, and each failure would write all of them again. So 100 errors are kept,
   * including the appended one: the first ten and the latest ones. Between the first ten and the
   * last ten errors, a large error loses its trace, and its message is shortened. Most errors are
   * small and stay as they are.
   *
   * <p>The number of errors is a sub-select, because PostgreSQL evaluates that once. In a plain
   * comparison, each of the errors would read and decompress all of them: a job with 100 traces of
   * 2 KB took 78 ms to fail instead of 6 ms.
   */
  static final String ERRORS =
      """
      CASE WHEN array_ndims(job.errors) > 1 OR cardinality(job.errors) >= 20
        THEN ARRAY(
          SELECT CASE
            WHEN past.number > 10 AND past.number <= (SELECT cardinality(job.errors)) - 9
                AND pg_column_size(past.error) > 2000 AND jsonb_typeof(past.error) = 'object'
              THEN past.error || jsonb_build_object(
                'error', left(coalesce(past.error ->> 'error', ''), 1000), 'trace', '')
            ELSE past.error END
          FROM unnest(job.errors) WITH ORDINALITY AS past (error, number)
          WHERE past.number <= 10 OR past.number > (SELECT cardinality(job.errors)) - 89
          ORDER BY past.number)
        ELSE job.errors END\
      """;

  /**
   * An operator's request for a running job: {@code pause} or {@code interrupt}. A pause applies to
   * every attempt, an interruption only to the claim for which it was requested.
   */
  static final String REQUEST = Template.of("job.metadata #>> '{{request_key},verb}'").sql();

  /** Whether the job was cancelled while it ran. */
  static final String CANCEL_REQUESTED =
      Template.of("job.metadata ?? '{cancel_attempted_at_key}'").sql();

  /**
   * A counter in the metadata. A value that is not a whole number of at most nine digits counts as
   * zero.
   */
  static String counter(String key) {
    return Template.of(
            """
            (CASE WHEN jsonb_typeof(job.metadata -> '{key}') = 'number'
                AND job.metadata ->> '{key}' ~ '^[0-9]{1,9}$'
              THEN (job.metadata ->> '{key}')::integer ELSE 0 END)\
            """)
        .with("key", key)
        .sql();
  }

  /** How many clients have died while working the job, including the current one. */
  static final String RESCUES = "(%s + 1)".formatted(counter(MetadataKeys.RESCUE_COUNT));

  /**
   * A CTE {@code stand(digests)} with a digest of each job's progress by the job's id, computed
   * from the rows of a CTE {@code state}. Cairn's own notes about a step, such as the item that was
   * being processed when a client died, do not count as progress. Values are hashed one by one,
   * because all values of a job together may exceed the size of a text.
   */
  static final String STAND =
      """
      stand AS (
        SELECT jsonb_object_agg(job_id, digest) AS digests
        FROM (
          SELECT job_id,
            md5(string_agg(concat_ws(' ', name, finished, md5(value::text)), E'\n' ORDER BY name)) AS digest
          FROM state
          WHERE strpos(name, '/cairn:') = 0
          GROUP BY job_id
        ) AS standing
      )\
      """;

  /** The digest from {@link #STAND} for a row named {@code job}. */
  private static final String STANDS_AT =
      "coalesce((SELECT digests FROM stand) ->> job.id::text, '')";

  /**
   * How many clients in a row have died while working the job, without progress in between,
   * including the current one. The row has ended if the job is due at another time than after the
   * last death: then an attempt has ended in another way, or a program that does not know this
   * count, such as River's UI, has retried the job. A stored count that is not a whole number of at
   * most nine digits counts as zero.
   */
  static final String DEATHS =
      Template.of(
              """
              (CASE WHEN job.metadata #>> '{{deaths_key},at}' = {stands_at}
                  AND coalesce(job.metadata #>> '{{deaths_key},due}', {due}::text, '')
                    = coalesce({due}::text, '')
                  AND job.metadata #>> '{{deaths_key},count}' ~ '^[0-9]{1,9}$'
                THEN (job.metadata #>> '{{deaths_key},count}')::integer ELSE 0 END + 1)\
              """)
          .with("stands_at", STANDS_AT)
          .with("due", micros("job.scheduled_at"))
          .sql();

  /** The metadata that record a death. The job becomes due at once. */
  static final String NOTED_DEATH =
      Template.of(
              """
              jsonb_build_object('{deaths_key}', jsonb_build_object('count', {deaths},
                'at', {stands_at}, 'due', {due}))\
              """)
          .with("deaths", DEATHS)
          .with("stands_at", STANDS_AT)
          .with("due", micros("least(job.scheduled_at, now())"))
          .sql();

  /**
   * The keys of the counts that discard a job when they reach their limit. A job that has ended
   * loses them, because a retry by a program that does not know them, such as River's UI, would end
   * at its first death or interruption. The error of the attempt contains the count.
   */
  static final String COUNTS_TO_DISCARD =
      Template.of("'{{deaths_key},{interruptions_key}}'::text[]").sql();

  /** {@link #CLAIMED_AT} as a JSON number. */
  static final String CLAIM_MICROS = "to_jsonb(%s)".formatted(micros("(" + CLAIMED_AT + ")"));

  /** A time as a whole number, the same for every session's time zone. */
  static String micros(String time) {
    return Template.of(
            "(CASE WHEN {time} BETWEEN '-infinity'::timestamptz AND '290000-01-01 00:00:00+00' AND isfinite({time}) THEN (extract(epoch FROM {time}) * 1000000)::bigint END)")
        .with("time", time)
        .sql();
  }

  /** The columns of a checkpoint; see {@link #CHECKPOINT_UPDATE} if the row exists. */
  static final String CHECKPOINT_COLUMNS =
      """
      (job_id, name, position, finished, value, claimed_at, sequence, attempt, started_at,
        spent_ms, done, total)\
      """;

  // If the position of a finished step changes, the step is written again. It keeps the attempt in
  // which it finished.
  static final String CHECKPOINT_UPDATE =
      """
      position = excluded.position, finished = excluded.finished, value = excluded.value,
        claimed_at = excluded.claimed_at, sequence = excluded.sequence, saved_at = now(),
        attempt = CASE WHEN checkpoint.finished AND excluded.finished THEN checkpoint.attempt
          ELSE excluded.attempt END,
        spent_ms = excluded.spent_ms, done = excluded.done, total = excluded.total\
      """;

  /**
   * Whether a claim that holds may overwrite a checkpoint. It may always overwrite a checkpoint of
   * another claim, even of a claim with a later time: then a clock was wrong, or the jobs were
   * restored without their checkpoints. Under the same claim, an older write never replaces a newer
   * one, and the mere beginning of a step replaces neither its value nor its end.
   */
  static final String CHECKPOINT_IS_OLDER =
      """
      checkpoint.claimed_at <> excluded.claimed_at
        OR checkpoint.sequence <= excluded.sequence
          AND (excluded.finished OR excluded.value IS NOT NULL
            OR NOT checkpoint.finished AND checkpoint.value IS NULL)\
      """;

  /** A digest of the resumable keys in the metadata; equal for missing and null keys, as in Go. */
  static final String RESUMABLE_DIGEST =
      Template.of(
              """
              md5(coalesce(job.metadata ->> '{resumable_step_key}', '') || E'\\n'
                || coalesce(nullif(job.metadata -> '{resumable_cursor_key}', 'null')::text, ''))\
              """)
          .sql();

  /** Metadata that record that the checkpoints contain the current resumable keys. */
  static final String KEYS_TAKEN_OVER =
      Template.of("jsonb_build_object('{resumable_digest_key}', {digest})")
          .with("digest", RESUMABLE_DIGEST)
          .sql();

  /**
   * Whether another program, for example a Go worker, has changed the resumable keys since Cairn
   * wrote them. Nothing may overwrite the keys until the checkpoints contain that change.
   */
  static final String KEYS_ARE_NEWER =
      Template.of("coalesce(job.metadata ->> '{resumable_digest_key}', md5(E'\\n')) <> {digest}")
          .with("digest", RESUMABLE_DIGEST)
          .sql();

  /**
   * CTEs that turn the rows of a CTE {@code state(job_id, name, position, finished, value)} into
   * River's metadata keys: {@code merged(job_id, keys)}, and {@code merged_by_job(keys)} with all
   * keys by job. A statement for many jobs looks the keys up in {@code merged_by_job} instead of
   * joining: the server can only guess the sizes of CTEs, and may compare each row with each in a
   * join.
   *
   * <p>River knows only one last finished step. Here, that is the last one before the first
   * unfinished step. As long as the code has not reached the step that River recorded, that step
   * stays the last finished one. A step that River recorded and the code has not reached has
   * position 0. Later, the digest shows whether another program has changed the keys.
   */
  static final String MERGED =
      Template.of(
              """
              summary AS (
                SELECT job_id,
                  coalesce(
                    max(value #>> '{}') FILTER (WHERE name = '{river_checkpoint}'),
                    (array_agg(name ORDER BY position DESC) FILTER (
                      WHERE finished AND position > 0 AND position < coalesce(first_open, 2147483647)
                    ))[1]) AS step,
                  jsonb_object_agg(name, value) FILTER (
                    WHERE NOT finished AND position IS NOT NULL AND value IS NOT NULL
                  ) AS cursors
                FROM (
                  SELECT state.*,
                    min(position) FILTER (WHERE NOT finished AND position > 0) OVER (PARTITION BY job_id)
                      AS first_open
                  FROM state
                ) AS placed
                GROUP BY job_id
              ),
              merged AS (
                SELECT job_id,
                  CASE WHEN step IS NULL THEN '{}'::jsonb
                    ELSE jsonb_build_object('{resumable_step_key}', step) END
                  || CASE WHEN cursors IS NULL THEN '{}'::jsonb
                    ELSE jsonb_build_object('{resumable_cursor_key}', cursors) END
                  || jsonb_build_object('{resumable_digest_key}',
                    md5(coalesce(step, '') || E'\\n' || coalesce(cursors::text, ''))) AS keys
                FROM summary
              ),
              merged_by_job AS (SELECT jsonb_object_agg(job_id, keys) AS keys FROM merged)\
              """)
          .sql();

  /** The keys from {@link #MERGED} for a row named {@code job}; null if there are none. */
  static final String MERGED_KEYS = "((SELECT keys FROM merged_by_job) -> job.id::text)";

  /** The keys that {@link #MERGED} writes. */
  static final String RESUMABLE_KEYS =
      Template.of("'{{resumable_step_key},{resumable_cursor_key},{resumable_digest_key}}'::text[]")
          .sql();

  /**
   * The metadata with the keys of {@link #MERGED}, if any. Used when only the durable values of an
   * attempt are known.
   */
  static final String MERGED_METADATA =
      Template.of(
              """
              CASE WHEN {keys_are_newer} THEN {metadata} ELSE coalesce(({metadata}) - {resumable_keys} || {merged_keys}, {metadata}) END\
              """)
          .with("metadata", METADATA)
          .with("resumable_keys", RESUMABLE_KEYS)
          .with("merged_keys", MERGED_KEYS)
          .with("keys_are_newer", KEYS_ARE_NEWER)
          .sql();

  /** A time as text, the same for every session's time zone. Null if it is infinite. */
  static String utc(String time) {
    return Template.of(
            "CASE WHEN isfinite({time}) THEN to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') END")
        .with("time", time)
        .sql();
  }

  /**
   * The last twenty takeovers of a job, including the current one: when its client was found dead,
   * the client's id, and when that client claimed the job.
   */
  private static final String TAKEOVERS =
      Template.of(
              """
              jsonb_path_query_array(
                CASE WHEN jsonb_typeof(job.metadata -> '{takeovers_key}') = 'array'
                  THEN job.metadata -> '{takeovers_key}' ELSE '[]'::jsonb END
                || jsonb_build_array(jsonb_build_object('at', {now}, 'client', {last_client},
                  'claimed', {claimed})),
                '$[last - 19 to last]')\
              """)
          .with("now", utc("now()"))
          .with("last_client", LAST_CLIENT)
          .with("claimed", utc("(" + CLAIMED_AT + ")"))
          .sql();

  /** The metadata of a job that is taken away from its client. */
  static final String RESCUED_METADATA =
      Template.of(
              """
              ({merged_metadata}) - '{request_key}' || jsonb_build_object('{rescue_count_key}', {rescues}, '{takeovers_key}', {takeovers})\
              """)
          .with("takeovers", TAKEOVERS)
          .with("merged_metadata", MERGED_METADATA)
          .with("rescues", RESCUES)
          .sql();
}
