-- These tables are beside River's tables, which are not changed. They have no foreign keys, and no
-- indexes other than the primary keys. So jobs without steps cost nothing here, and an update changes
-- no indexed column: it stays within its page (HOT) and needs no new index entry. The free space in
-- the pages is for that.

-- A running client, updated by each of its heartbeats.
CREATE TABLE {schema}.cairn_client (
  id text CONSTRAINT cairn_client_pkey PRIMARY KEY
    CONSTRAINT id_length CHECK (char_length(id) BETWEEN 1 AND 127),
  started_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now(),
  timeout interval NOT NULL
) WITH (fillfactor = 50);

-- The progress of a step of a job. Rows are updated often and deleted with their job, so the table
-- is vacuumed long before a fifth of it is dead.
CREATE TABLE {schema}.cairn_checkpoint (
  job_id bigint NOT NULL,
  name text NOT NULL,
  position integer,
  finished boolean NOT NULL,
  value jsonb,
  claimed_at timestamptz NOT NULL,
  sequence bigint NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cairn_checkpoint_pkey PRIMARY KEY (job_id, name)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- When a durable periodic job is due next.
CREATE TABLE {schema}.cairn_periodic (
  id text CONSTRAINT cairn_periodic_pkey PRIMARY KEY
    CONSTRAINT id_length CHECK (char_length(id) BETWEEN 1 AND 128),
  next_run_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
