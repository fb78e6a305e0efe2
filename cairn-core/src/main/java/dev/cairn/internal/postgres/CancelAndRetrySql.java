package dev.cairn.internal.postgres;

import dev.cairn.JobState;
import dev.cairn.jobs.JobQuery;
import java.util.EnumSet;
import java.util.Set;

/*
 * As for deletions, jobs are locked in the order of their ids, whatever the order of the query, and
 * are found through arrays instead of joins. Jobs that must not be changed are left out before the
 * limit is applied: otherwise, a page full of them would look like the last page. Once the rows are
 * locked, the whole query is applied again, because they may have changed meanwhile.
 */

/**
 * The statements that cancel or retry one job, or all jobs of a query. The statements for an
 * operation on one resumable job are in {@link PostgresJobControlStore}.
 */
final class CancelAndRetrySql {
  /** The new values of a cancelled job. A running job keeps its state until its client ends it. */
  private static final String CANCELLED =
      Template.of(
              """
              state = CASE WHEN job.state = 'running' THEN job.state ELSE 'cancelled' END,
              finalized_at = CASE WHEN job.state = 'running' THEN NULL ELSE now() END,
              metadata = {metadata} || jsonb_build_object('{cancel_attempted_at_key}', {now})\
              """)
          .with("metadata", Fragments.METADATA)
          .with("now", Operations.NOW)
          .sql();

  /**
   * The new values of a retried job. A completed job loses the progress in its metadata and starts
   * from its beginning. An earlier request to stop does not apply to later attempts. The counts of
   * deaths and interruptions start at zero again. {@code attempt} and {@code max_attempts} have to
   * fit into a smallint.
   */
  private static final String RETRIED =
      Template.of(
              """
              state = 'available',
              scheduled_at = now(),
              finalized_at = NULL,
              attempt = least(job.attempt, 32766),
              max_attempts = CASE WHEN job.attempt = job.max_attempts
                THEN least(job.max_attempts + 1, 32767) ELSE job.max_attempts END,
              metadata = CASE WHEN job.state = 'completed' THEN {metadata} - {resumable_keys} ELSE {metadata} END
                - '{{cancel_attempted_at_key},{request_key}}'::text[] - {counts_to_discard}\
              """)
          .with("counts_to_discard", Fragments.COUNTS_TO_DISCARD)
          .with("resumable_keys", Fragments.RESUMABLE_KEYS)
          .with("metadata", Fragments.METADATA)
          .sql();

  // A running job keeps its state: its client is notified, and ends it as cancelled. As in River,
  // every cancellation is notified. If a job ends while this statement waits for its lock, the job
  // is returned unchanged.
  static final Sql CANCEL =
      Sql.of(
          "cancel a job",
          Template.of(
                  """
                  WITH locked AS (
                    SELECT {job_columns}
                    FROM {schema}.river_job AS job
                    WHERE job.id = :id
                    FOR UPDATE
                  ),
                  told AS (
                    SELECT pg_notify(:channel,
                      json_build_object('action', 'cancel', 'job_id', id, 'queue', queue)::text)
                    FROM locked
                    WHERE finalized_at IS NULL
                  ),
                  changed AS (
                    UPDATE {schema}.river_job AS job
                    SET {cancelled}
                    FROM locked
                    WHERE job.id = locked.id AND locked.finalized_at IS NULL
                    RETURNING {job_columns}
                  )
                  SELECT changed.*, (SELECT count(*) FROM told) FROM changed
                  UNION ALL
                  SELECT locked.*, 0 FROM locked WHERE locked.finalized_at IS NOT NULL
                  """)
              .with("job_columns", Rows.JOB)
              .with("cancelled", CANCELLED)
              .sql());

  static final Sql RETRY =
      Sql.of(
          "retry a job",
          Template.of(
                  """
                  WITH locked AS (
                    SELECT job.id, job.state = 'completed' AS from_zero, job.state <> 'running'
                        AND (job.state <> 'available' OR job.scheduled_at > now()) AS wanted
                    FROM {schema}.river_job AS job
                    WHERE job.id = :id
                    FOR NO KEY UPDATE
                  ),
                  changed AS (
                    UPDATE {schema}.river_job AS job
                    SET {retried}
                    FROM locked
                    WHERE job.id = locked.id AND locked.wanted
                    RETURNING {job_columns}
                  ),
                  forgotten AS (
                    DELETE FROM {schema}.cairn_checkpoint AS checkpoint
                    USING locked
                    WHERE checkpoint.job_id = locked.id AND locked.from_zero
                  ),
                  released AS (
                    DELETE FROM {schema}.cairn_quarantine AS item
                    USING locked
                    WHERE item.job_id = locked.id AND locked.from_zero
                  ),
                  told AS (
                    SELECT pg_notify(:channel, json_build_object('queue', queue)::text) FROM changed
                  )
                  SELECT changed.*, (SELECT count(*) FROM told) FROM changed
                  UNION ALL
                  SELECT {job_columns}, 0 FROM {schema}.river_job AS job
                  JOIN locked ON locked.id = job.id AND NOT locked.wanted
                  """)
              .with("job_columns", Rows.JOB)
              .with("retried", RETRIED)
              .sql());

  private static final Set<JobState> FINAL =
      EnumSet.of(JobState.CANCELLED, JobState.COMPLETED, JobState.DISCARDED);

  private static final String RECORDED =
      Template.of(
              """
               || CASE WHEN :operation::jsonb IS NULL THEN '{}' ELSE {added} END\
              """)
          .with("added", Operations.ADDED)
          .sql();

  private static final String NOT_ENDED =
      "job.state NOT IN ('cancelled', 'completed', 'discarded')";

  private static final String TAKES_KEY_BACK =
      """
      job.unique_key IS NOT NULL AND job.unique_states IS NOT NULL
        AND {schema}.river_job_state_in_bitmask(job.unique_states, 'available')\
      """;

  private static final String TO_RETRY =
      Template.of(
              """
              job.state <> 'running' AND (job.state <> 'available' OR job.scheduled_at > now())
                AND NOT ({takes_key_back} AND EXISTS (
                  SELECT FROM {schema}.river_job AS twin
                  WHERE twin.unique_key = job.unique_key AND twin.id <> job.id
                    AND twin.unique_states IS NOT NULL
                    AND {schema}.river_job_state_in_bitmask(twin.unique_states, twin.state)))\
              """)
          .with("takes_key_back", TAKES_KEY_BACK)
          .sql();

  private CancelAndRetrySql() {}

  /** The jobs of a query that can be cancelled. */
  static JobQuery toCancel(JobQuery query) {
    return without(query, FINAL);
  }

  /** The jobs of a query that can be retried, as far as a query can express it. */
  static JobQuery toRetry(JobQuery query) {
    return without(query, EnumSet.of(JobState.RUNNING));
  }

  private static JobQuery without(JobQuery query, Set<JobState> states) {
    Set<JobState> asked = query.states();
    var rest = EnumSet.allOf(JobState.class);
    rest.removeIf(state -> states.contains(state) || (asked != null && !asked.contains(state)));
    return query.withStates(rest.toArray(JobState[]::new));
  }

  // Only running jobs have a client to notify. If another job holds the unique key of a job, that
  // job is cancelled without the key, so that it does not prevent the cancellation of all others.
  static Sql cancel(JobQuery query) {
    return Sql.composed(
        "cancel jobs",
        Template.of(
                """
                WITH locked AS MATERIALIZED (
                  SELECT job.id, job.queue, job.state
                  FROM {schema}.river_job AS job
                  WHERE job.id = ANY (ARRAY(SELECT id FROM ({ids}) AS wanted))
                    AND {still_wanted}
                  ORDER BY job.id
                  FOR UPDATE
                ),
                told AS (
                  SELECT pg_notify(:channel,
                    json_build_object('action', 'cancel', 'job_id', id, 'queue', queue)::text)
                  FROM locked
                  WHERE state = 'running'
                ),
                changed AS (
                  UPDATE {schema}.river_job AS job
                  SET {cancelled}{recorded},
                      unique_key = CASE WHEN job.state = 'running' THEN job.unique_key ELSE {key_if_cancelled} END
                  WHERE job.id = ANY (ARRAY(SELECT id FROM locked))
                  RETURNING {job_columns}
                )
                SELECT job.*, (SELECT count(*) FROM told) FROM changed AS job ORDER BY {order}
                """)
            .with("ids", JobListSql.ids(query, NOT_ENDED))
            .with("still_wanted", JobListSql.stillWanted(query, NOT_ENDED))
            .with("cancelled", CANCELLED)
            .with("recorded", RECORDED)
            .with("job_columns", Rows.columns(query))
            .with("order", JobListSql.order(query))
            .with("key_if_cancelled", Fragments.keptKey("'cancelled'"))
            .sql());
  }

  // If several jobs have the same unique key, only the first one is retried.
  static Sql retry(JobQuery query) {
    return Sql.composed(
        "retry jobs",
        Template.of(
                """
                WITH locked AS MATERIALIZED (
                  SELECT job.id, job.state = 'completed' AS from_zero,
                    CASE WHEN {takes_key_back} THEN job.unique_key END AS unique_key
                  FROM {schema}.river_job AS job
                  WHERE job.id = ANY (ARRAY(SELECT id FROM ({ids}) AS wanted))
                    AND {still_wanted}
                  ORDER BY job.id
                  FOR NO KEY UPDATE
                ),
                retried AS MATERIALIZED (
                  SELECT id, from_zero
                  FROM (
                    SELECT id, from_zero, unique_key,
                      row_number() OVER (PARTITION BY unique_key ORDER BY id) AS place
                    FROM locked
                  ) AS claimant
                  WHERE unique_key IS NULL OR place = 1
                ),
                changed AS (
                  UPDATE {schema}.river_job AS job
                  SET {retried}{recorded}
                  WHERE job.id = ANY (ARRAY(SELECT id FROM retried))
                  RETURNING {job_columns}
                ),
                forgotten AS (
                  DELETE FROM {schema}.cairn_checkpoint AS checkpoint
                  WHERE checkpoint.job_id = ANY (ARRAY(SELECT id FROM retried WHERE from_zero))
                ),
                released AS (
                  DELETE FROM {schema}.cairn_quarantine AS item
                  WHERE item.job_id = ANY (ARRAY(SELECT id FROM retried WHERE from_zero))
                ),
                told AS (
                  SELECT pg_notify(:channel, json_build_object('queue', queue)::text)
                  FROM (SELECT DISTINCT queue FROM changed) AS woken
                )
                SELECT job.*, (SELECT count(*) FROM told) FROM changed AS job ORDER BY {order}
                """)
            .with("ids", JobListSql.ids(query, TO_RETRY))
            .with("still_wanted", JobListSql.stillWanted(query, TO_RETRY))
            .with("takes_key_back", TAKES_KEY_BACK)
            .with("retried", RETRIED)
            .with("recorded", RECORDED)
            .with("job_columns", Rows.columns(query))
            .with("order", JobListSql.order(query))
            .sql());
  }
}
