-- The progress of a step, for people who watch it. No column is indexed, so that updates stay HOT.
ALTER TABLE {schema}.cairn_checkpoint
  -- The attempt that wrote the step last, or the one that finished it.
  ADD COLUMN attempt integer,
  ADD COLUMN started_at timestamptz,
  -- The time spent in the step until it was saved, over all attempts.
  ADD COLUMN spent_ms bigint NOT NULL DEFAULT 0,
  -- In units that the step chooses; null if the code does not report it.
  ADD COLUMN done bigint,
  ADD COLUMN total bigint;

-- For rows that exist already, it is unknown when their steps began.
ALTER TABLE {schema}.cairn_checkpoint ALTER COLUMN started_at SET DEFAULT now();

-- One row for each job with checkpoints: its progress. The current step is the unfinished step that
-- was begun last; a step in parts represents its parts. Its rate is by the time spent in it, so that
-- waiting does not count.
CREATE VIEW {schema}.cairn_job_progress AS
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

-- A signal by its name: sent, or waited for. Both sides write the same row, so that one of them comes
-- first and no signal is missed.
CREATE TABLE {schema}.cairn_signal (
  name text CONSTRAINT cairn_signal_pkey PRIMARY KEY
    CONSTRAINT cairn_signal_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  payload jsonb,
  signalled_at timestamptz,
  touched_at timestamptz NOT NULL DEFAULT now()
);

-- The wait of a step of a job: for a signal or for another job.
CREATE TABLE {schema}.cairn_wait (
  job_id bigint NOT NULL,
  step text NOT NULL,
  signal text,
  awaited_job bigint,
  CONSTRAINT cairn_wait_pkey PRIMARY KEY (job_id, step),
  CONSTRAINT cairn_wait_one_thing CHECK ((signal IS NULL) <> (awaited_job IS NULL))
);

CREATE INDEX cairn_wait_signal_index ON {schema}.cairn_wait (signal) WHERE signal IS NOT NULL;
CREATE INDEX cairn_wait_awaited_job_index ON {schema}.cairn_wait (awaited_job)
  WHERE awaited_job IS NOT NULL;

-- Items of a source that were put aside. An operator can read them and request to process them again
-- (R20). The digest of its position identifies an item, because the position may be too long for an
-- index.
CREATE TABLE {schema}.cairn_quarantine (
  job_id bigint NOT NULL,
  step text NOT NULL,
  item text NOT NULL,
  position jsonb NOT NULL,
  before jsonb,
  error text NOT NULL,
  crashes integer NOT NULL DEFAULT 0,
  redrive boolean NOT NULL DEFAULT false,
  quarantined_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cairn_quarantine_pkey PRIMARY KEY (job_id, step, item)
);
