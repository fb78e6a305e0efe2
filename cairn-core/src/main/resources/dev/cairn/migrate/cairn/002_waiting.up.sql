-- A signal by its name: given, or waited for. Both sides write the one row of the name, so that one
-- of them comes first and no signal is missed.
CREATE TABLE {schema}.cairn_signal (
  name text CONSTRAINT cairn_signal_pkey PRIMARY KEY
    CONSTRAINT name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  payload jsonb,
  signalled_at timestamptz,
  touched_at timestamptz NOT NULL DEFAULT now()
);

-- What a step of a job waits for: a signal or another job.
CREATE TABLE {schema}.cairn_wait (
  job_id bigint NOT NULL,
  step text NOT NULL,
  signal text,
  awaited_job bigint,
  CONSTRAINT cairn_wait_pkey PRIMARY KEY (job_id, step),
  CONSTRAINT one_thing CHECK ((signal IS NULL) <> (awaited_job IS NULL))
);

CREATE INDEX cairn_wait_signal_index ON {schema}.cairn_wait (signal) WHERE signal IS NOT NULL;
CREATE INDEX cairn_wait_awaited_job_index ON {schema}.cairn_wait (awaited_job)
  WHERE awaited_job IS NOT NULL;

-- Items of a source that were put aside, for an operator to look at and to have done again (R20).
-- An item is known by the digest of its position, which may be too long for an index.
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
