package dev.cairn.internal.postgres;

import dev.cairn.JobQuery;
import dev.cairn.JobState;
import java.util.EnumSet;
import java.util.Set;

/*
 * As for deletions, jobs are locked in order of id whatever order was asked for, and found by arrays
 * and not by joins. What is not to be changed is left out before the limit is applied, or a page full
 * of it would look like the end. It is left out again when the rows are locked: they may have changed.
 */

/** Composes the statements that cancel or retry the jobs that a query describes. */
final class ManyJobsSql {
  /** What a job becomes that is cancelled; a running one is left to its client. */
  static final String CANCELLED =
      """
      state = CASE WHEN job.state = 'running' THEN job.state ELSE 'cancelled' END,
      finalized_at = CASE WHEN job.state = 'running' THEN NULL ELSE now() END,
      metadata = %s || jsonb_build_object('cancel_attempted_at', %s)\
      """
          .formatted(Rows.METADATA, Operations.NOW);

  /**
   * What a job becomes that is retried. A completed job starts from zero, whatever its metadata say
   * of steps. An earlier request to stop is not meant for the attempts to come, and whoever retries
   * a job that was given up after many deaths wants it to be tried in earnest. Both numbers of
   * attempts have the room of a smallint.
   */
  static final String RETRIED =
      """
      state = 'available',
      scheduled_at = now(),
      finalized_at = NULL,
      attempt = least(job.attempt, 32766),
      max_attempts = CASE WHEN job.attempt = job.max_attempts
        THEN least(job.max_attempts + 1, 32767) ELSE job.max_attempts END,
      metadata = CASE WHEN job.state = 'completed' THEN %2$s - %1$s ELSE %2$s END
        - '{cancel_attempted_at,cairn:request,cairn:deaths}'::text[]\
      """
          .formatted(Fragments.RESUMABLE_KEYS, Rows.METADATA);

  private static final Set<JobState> FINAL =
      EnumSet.of(JobState.CANCELLED, JobState.COMPLETED, JobState.DISCARDED);

  private static final String RECORDED =
      """
       || CASE WHEN :operation::jsonb IS NULL THEN '{}' ELSE %s END\
      """
          .formatted(Operations.ADDED);

  private static final String NOT_ENDED =
      "job.state NOT IN ('cancelled', 'completed', 'discarded')";

  private static final String TAKES_KEY_BACK =
      """
      job.unique_key IS NOT NULL AND job.unique_states IS NOT NULL
        AND {schema}.river_job_state_in_bitmask(job.unique_states, 'available')\
      """;

  private static final String TO_RETRY =
      """
      job.state <> 'running' AND (job.state <> 'available' OR job.scheduled_at > now())
        AND NOT (%s AND EXISTS (
          SELECT FROM {schema}.river_job AS twin
          WHERE twin.unique_key = job.unique_key AND twin.id <> job.id
            AND twin.unique_states IS NOT NULL
            AND {schema}.river_job_state_in_bitmask(twin.unique_states, twin.state)))\
      """
          .formatted(TAKES_KEY_BACK);

  private ManyJobsSql() {}

  /** The jobs of a query that can be cancelled. */
  static JobQuery toCancel(JobQuery query) {
    return without(query, FINAL);
  }

  /** The jobs of a query that can be retried, as far as a query can say it. */
  static JobQuery toRetry(JobQuery query) {
    return without(query, EnumSet.of(JobState.RUNNING));
  }

  private static JobQuery without(JobQuery query, Set<JobState> states) {
    Set<JobState> asked = query.states();
    var rest = EnumSet.allOf(JobState.class);
    rest.removeIf(state -> states.contains(state) || (asked != null && !asked.contains(state)));
    return query.withStates(rest.toArray(JobState[]::new));
  }

  // Only running jobs have somebody to be told. One whose key another job has by now gives it up:
  // it must not keep all others from being cancelled.
  static Sql cancel(JobQuery query) {
    return Sql.composed(
        "cancel jobs",
        """
        WITH locked AS MATERIALIZED (
          SELECT job.id, job.queue, job.state
          FROM {schema}.river_job AS job
          WHERE job.id = ANY (ARRAY(SELECT id FROM (%1$s) AS wanted)) AND %2$s
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
          SET %3$s%4$s,
              unique_key = CASE WHEN job.state = 'running' THEN job.unique_key ELSE %7$s END
          WHERE job.id = ANY (ARRAY(SELECT id FROM locked))
          RETURNING %5$s
        )
        SELECT job.*, (SELECT count(*) FROM told) FROM changed AS job ORDER BY %6$s
        """
            .formatted(
                JobListSql.ids(query, NOT_ENDED),
                NOT_ENDED,
                CANCELLED,
                RECORDED,
                Rows.JOB,
                JobListSql.order(query),
                Fragments.keptKey("'cancelled'")));
  }

  // Of several jobs with one unique key only the first can have it.
  static Sql retry(JobQuery query) {
    return Sql.composed(
        "retry jobs",
        """
        WITH locked AS MATERIALIZED (
          SELECT job.id, job.state = 'completed' AS from_zero,
            CASE WHEN %3$s THEN job.unique_key END AS unique_key
          FROM {schema}.river_job AS job
          WHERE job.id = ANY (ARRAY(SELECT id FROM (%1$s) AS wanted)) AND %2$s
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
          SET %4$s%5$s
          WHERE job.id = ANY (ARRAY(SELECT id FROM retried))
          RETURNING %6$s
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
        SELECT job.*, (SELECT count(*) FROM told) FROM changed AS job ORDER BY %7$s
        """
            .formatted(
                JobListSql.ids(query, TO_RETRY),
                TO_RETRY,
                TAKES_KEY_BACK,
                RETRIED,
                RECORDED,
                Rows.JOB,
                JobListSql.order(query)));
  }
}
