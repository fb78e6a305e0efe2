-- The record of what has been applied. Only one line exists until version 5, so it is not named.
CREATE TABLE {schema}.river_migration (
  id bigserial CONSTRAINT river_migration_pkey PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  version bigint NOT NULL CONSTRAINT version CHECK (version >= 1)
);

CREATE UNIQUE INDEX river_migration_version_idx ON {schema}.river_migration (version);
