CREATE OR REPLACE VIEW {schema}.cairn_job_progress AS
SELECT steps.job_id, job.kind, job.queue, job.state, job.attempt,
  current_step.name AS step,
  current_step.value AS cursor,
  steps.steps_finished,
  current_step.done,
  current_step.total,
  pace.rate,
  CASE WHEN pace.rate > 0 AND current_step.total IS NOT NULL
    THEN least(greatest(current_step.total - current_step.done::double precision, 0) / pace.rate, 3e9)
      * interval '1 second' END AS time_left,
  least(current_step.spent_ms, 3e12) * interval '1 millisecond' AS step_spent,
  least(steps.spent_ms, 3e12) * interval '1 millisecond' AS spent,
  steps.saved_at,
  -- A role that may insert can write anything there, which must not hide the other jobs.
  CASE WHEN job.metadata ->> 'cairn:interruptions' ~ '^\d{1,9}$'
    THEN (job.metadata ->> 'cairn:interruptions')::integer ELSE 0 END AS interruptions,
  CASE WHEN job.metadata ->> 'river:rescue_count' ~ '^\d{1,9}$'
    THEN (job.metadata ->> 'river:rescue_count')::integer ELSE 0 END AS crashes,
  CASE WHEN job.metadata ->> 'snoozes' ~ '^\d{1,9}$'
    THEN (job.metadata ->> 'snoozes')::integer ELSE 0 END AS snoozes
FROM (
  SELECT job_id,
    count(*) FILTER (WHERE finished) AS steps_finished,
    -- The time of a nested step is part of the time of its enclosing step.
    least(greatest(sum(spent_ms) FILTER (WHERE position IS NOT NULL), 0), 3e12)::bigint AS spent_ms,
    max(saved_at) AS saved_at
  FROM {schema}.cairn_checkpoint
  GROUP BY job_id
) AS steps
JOIN {schema}.river_job AS job ON job.id = steps.job_id
LEFT JOIN LATERAL (
  SELECT name, value, done, total, spent_ms
  FROM {schema}.cairn_checkpoint AS checkpoint
  WHERE checkpoint.job_id = steps.job_id AND NOT checkpoint.finished
    AND NOT EXISTS (
      SELECT FROM {schema}.cairn_checkpoint AS around
      WHERE around.job_id = steps.job_id AND NOT around.finished AND around.done IS NOT NULL
        AND starts_with(checkpoint.name, around.name || '/part[')
    )
  ORDER BY checkpoint.started_at DESC NULLS LAST, checkpoint.position DESC NULLS FIRST,
    checkpoint.name DESC
  LIMIT 1
) AS current_step ON true
CROSS JOIN LATERAL (
  SELECT CASE WHEN current_step.spent_ms > 0
    THEN current_step.done * 1000.0::double precision / current_step.spent_ms END AS rate
) AS pace;
