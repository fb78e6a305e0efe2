-- The old table is moved aside, not changed, so that the columns stand in the order of River's. The
-- key's name is the one that PostgreSQL gave it there because the old one was still taken.
ALTER TABLE {schema}.river_migration RENAME TO river_migration_old;

CREATE TABLE {schema}.river_migration (
  line text NOT NULL
    CONSTRAINT line_length CHECK (char_length(line) > 0 AND char_length(line) < 128),
  version bigint NOT NULL CONSTRAINT version_gte_1 CHECK (version >= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT river_migration_pkey1 PRIMARY KEY (line, version)
);

INSERT INTO {schema}.river_migration (line, version, created_at)
SELECT 'main', version, created_at
FROM {schema}.river_migration_old
ORDER BY version;

DROP TABLE {schema}.river_migration_old;

-- Column and index may have been made beforehand, the index concurrently.
ALTER TABLE {schema}.river_job ADD COLUMN IF NOT EXISTS unique_key bytea;

CREATE UNIQUE INDEX IF NOT EXISTS river_job_kind_unique_key_idx
  ON {schema}.river_job (kind, unique_key) WHERE unique_key IS NOT NULL;

-- Nobody ever used these two tables; version 7 drops them.
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
