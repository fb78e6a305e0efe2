package dev.cairn.internal.postgres;

import dev.cairn.JobRow;
import dev.cairn.internal.store.NewJob;
import java.sql.Connection;
import java.util.List;
import java.util.Map;

/** Inserts jobs. */
final class InsertStatements {
  private final Database database;

  InsertStatements(Database database) {
    this.database = database;
  }

  // Ids are drawn in the order of the input and carry that order through to the result, since
  // RETURNING has none. Only jobs that are due are worth waking anybody for.
  private static final Sql INSERT =
      Sql.of(
          "insert jobs",
          """
          WITH input AS MATERIALIZED (
            SELECT nextval('{schema}.river_job_id_seq') AS id, input.*
            FROM (
              SELECT *
              FROM unnest(:kinds::text[], :args::text[], :metadata::text[], :max_attempts::integer[],
                :priorities::integer[], :queues::text[], :scheduled_at::timestamptz[],
                :pending::boolean[], :tags::text[])
                WITH ORDINALITY AS input (kind, args, metadata, max_attempts, priority, queue,
                  scheduled_at, pending, tags, place)
              ORDER BY place
            ) AS input
          ),
          inserted AS (
            INSERT INTO {schema}.river_job AS job
              (id, kind, args, metadata, max_attempts, priority, queue, scheduled_at, state, tags)
            SELECT id, kind, args::jsonb, metadata::jsonb, max_attempts, priority, queue,
              coalesce(scheduled_at, now()),
              (CASE WHEN pending THEN 'pending'
                WHEN scheduled_at > now() THEN 'scheduled'
                ELSE 'available' END)::{schema}.river_job_state,
              coalesce(string_to_array(nullif(tags, ''), ','), '{}')
            FROM input
            RETURNING %s
          ),
          told AS (
            SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
            FROM (SELECT DISTINCT queue FROM inserted WHERE state = 'available') AS due
          )
          SELECT inserted.*, told.* FROM inserted, told ORDER BY inserted.id
          """
              .formatted(Rows.JOB));

  List<JobRow> insert(List<NewJob> jobs) {
    return jobs.isEmpty() ? List.of() : database.list(INSERT, values(jobs), Rows::job);
  }

  List<JobRow> insert(Connection connection, List<NewJob> jobs) {
    return jobs.isEmpty() ? List.of() : database.list(connection, INSERT, values(jobs), Rows::job);
  }

  private Map<String, ?> values(List<NewJob> jobs) {
    return Map.of(
        "kinds", SqlArray.texts(jobs, NewJob::kind),
        "args", SqlArray.texts(jobs, NewJob::args),
        "metadata", SqlArray.texts(jobs, NewJob::metadata),
        "max_attempts", SqlArray.integers(jobs, NewJob::maxAttempts),
        "priorities", SqlArray.integers(jobs, NewJob::priority),
        "queues", SqlArray.texts(jobs, NewJob::queue),
        "scheduled_at", SqlArray.instants(jobs, NewJob::scheduledAt),
        "pending", SqlArray.booleans(jobs, NewJob::pending),
        "tags", SqlArray.texts(jobs, job -> String.join(",", job.tags())),
        "channel", database.schema().channel("river_insert"));
  }
}
