-- Cannot be used before this transaction has committed, so nothing below mentions it. It is there
-- already if this version was taken back before.
ALTER TYPE {schema}.river_job_state ADD VALUE IF NOT EXISTS 'pending' AFTER 'discarded';

-- Metadata is nullable in databases that came here from River's very first releases.
UPDATE {schema}.river_job
SET args = coalesce(args, '{}'), metadata = coalesce(metadata, '{}')
WHERE args IS NULL OR metadata IS NULL;

ALTER TABLE {schema}.river_job
  ALTER COLUMN args SET NOT NULL,
  ALTER COLUMN metadata SET DEFAULT '{}',
  ALTER COLUMN metadata SET NOT NULL,
  DROP CONSTRAINT finalized_or_finalized_at_null,
  ADD CONSTRAINT finalized_or_finalized_at_null CHECK (
    (finalized_at IS NULL AND state NOT IN ('cancelled', 'completed', 'discarded'))
    OR (finalized_at IS NOT NULL AND state IN ('cancelled', 'completed', 'discarded'))
  );

-- From here on the inserting client notifies by itself.
DROP TRIGGER river_notify ON {schema}.river_job;
DROP FUNCTION {schema}.river_job_notify();

CREATE TABLE {schema}.river_queue (
  name text CONSTRAINT river_queue_pkey PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL DEFAULT '{}',
  paused_at timestamptz,
  updated_at timestamptz NOT NULL
);

ALTER TABLE {schema}.river_leader
  ALTER COLUMN name SET DEFAULT 'default',
  DROP CONSTRAINT name_length,
  ADD CONSTRAINT name_length CHECK (name = 'default');
