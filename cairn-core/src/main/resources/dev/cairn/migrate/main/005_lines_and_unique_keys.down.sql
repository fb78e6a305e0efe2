-- The older table has no room for the record of any other line.
DO $guard$
BEGIN
  IF EXISTS (SELECT FROM {schema}.river_migration WHERE line <> 'main') THEN
    RAISE EXCEPTION 'line main cannot go below version 5 while other lines are applied'
      USING HINT = 'Take the other lines down first.';
  END IF;
END;
$guard$;

DROP TABLE {schema}.river_client_queue;
DROP TABLE {schema}.river_client;

-- Its index goes with it.
ALTER TABLE {schema}.river_job DROP COLUMN unique_key;

ALTER TABLE {schema}.river_migration RENAME TO river_migration_old;

CREATE TABLE {schema}.river_migration (
  id bigserial CONSTRAINT river_migration_pkey PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  version bigint NOT NULL CONSTRAINT version CHECK (version >= 1)
);

CREATE UNIQUE INDEX river_migration_version_idx ON {schema}.river_migration (version);

INSERT INTO {schema}.river_migration (version, created_at)
SELECT version, created_at
FROM {schema}.river_migration_old
ORDER BY version;

DROP TABLE {schema}.river_migration_old;
