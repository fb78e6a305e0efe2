ALTER TABLE {schema}.river_queue ALTER COLUMN updated_at DROP DEFAULT;
ALTER TABLE {schema}.river_job ALTER COLUMN max_attempts DROP DEFAULT;

CREATE UNLOGGED TABLE {schema}.river_client (
  id text CONSTRAINT river_client_pkey PRIMARY KEY
    CONSTRAINT name_length CHECK (char_length(id) > 0 AND char_length(id) < 128),
  created_at timestamptz NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL DEFAULT '{}',
  paused_at timestamptz,
  updated_at timestamptz NOT NULL
);

CREATE UNLOGGED TABLE {schema}.river_client_queue (
  river_client_id text NOT NULL CONSTRAINT river_client_queue_river_client_id_fkey
    REFERENCES {schema}.river_client (id) ON DELETE CASCADE,
  name text NOT NULL
    CONSTRAINT name_length CHECK (char_length(name) > 0 AND char_length(name) < 128),
  created_at timestamptz NOT NULL DEFAULT now(),
  max_workers bigint NOT NULL DEFAULT 0,
  metadata jsonb NOT NULL DEFAULT '{}',
  num_jobs_completed bigint NOT NULL DEFAULT 0
    CONSTRAINT num_jobs_completed_zero_or_positive CHECK (num_jobs_completed >= 0),
  num_jobs_running bigint NOT NULL DEFAULT 0
    CONSTRAINT num_jobs_running_zero_or_positive CHECK (num_jobs_running >= 0),
  updated_at timestamptz NOT NULL,
  CONSTRAINT river_client_queue_pkey PRIMARY KEY (river_client_id, name)
);

DROP TABLE {schema}.river_notification;
