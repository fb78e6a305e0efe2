DROP VIEW {schema}.cairn_job_progress;
ALTER TABLE {schema}.cairn_checkpoint
  DROP COLUMN attempt,
  DROP COLUMN started_at,
  DROP COLUMN spent_ms,
  DROP COLUMN done,
  DROP COLUMN total;
