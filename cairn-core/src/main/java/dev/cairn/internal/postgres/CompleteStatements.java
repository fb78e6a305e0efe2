package dev.cairn.internal.postgres;

import dev.cairn.internal.store.Claim;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Marks jobs as completed that have nothing else to write. */
final class CompleteStatements {
  private final Database database;

  CompleteStatements(Database database) {
    this.database = database;
  }

  // The hot path. Rows are found one by one through the primary key, whatever the planner's
  // statistics say, and locked rows are passed over so that none holds up the rest.
  private static final Sql COMPLETE =
      Sql.of(
          "complete jobs",
          """
          WITH locked AS (
            SELECT job.ctid
            FROM unnest(:ids::bigint[], :attempted_at::timestamptz[]) AS claim (id, attempted_at)
            CROSS JOIN LATERAL (
              SELECT job.ctid
              FROM {schema}.river_job AS job
              WHERE job.id = claim.id AND job.state = 'running'
                AND %s
              FOR NO KEY UPDATE SKIP LOCKED
            ) AS job
          )
          UPDATE {schema}.river_job AS job
          SET state = 'completed', finalized_at = now()
          WHERE job.ctid = ANY (ARRAY(SELECT ctid FROM locked))
          RETURNING job.id
          """
              .formatted(Fragments.held("claim.attempted_at")));

  /** Completes jobs that have used no checkpoints; returns the ids of those whose claim holds. */
  List<Long> complete(String clientId, List<Claim> claims) {
    return complete(COMPLETE, clientId, claims);
  }

  // The same for jobs with steps, which are forgotten, but for those that somebody may want to
  // redrive items of. By an array, because a join would read all checkpoints while there are no
  // statistics of them.
  private static final Sql COMPLETE_WITH_STEPS =
      Sql.of(
          "complete jobs with steps",
          """
          WITH locked AS MATERIALIZED (
            SELECT job.ctid, job.id
            FROM unnest(:ids::bigint[], :attempted_at::timestamptz[]) AS claim (id, attempted_at)
            CROSS JOIN LATERAL (
              SELECT job.ctid, job.id
              FROM {schema}.river_job AS job
              WHERE job.id = claim.id AND job.state = 'running'
                AND %1$s
                AND NOT EXISTS (
                  SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = job.id
                )
              FOR NO KEY UPDATE OF job SKIP LOCKED
            ) AS job
          ),
          dropped AS (
            DELETE FROM {schema}.cairn_checkpoint
            WHERE job_id = ANY (ARRAY(SELECT id FROM locked))
          )
          UPDATE {schema}.river_job AS job
          SET state = 'completed', finalized_at = now(),
              metadata = job.metadata - (%2$s || '{cairn:request}'::text[])
          WHERE job.ctid = ANY (ARRAY(SELECT ctid FROM locked))
          RETURNING job.id
          """
              .formatted(Fragments.held("claim.attempted_at"), Fragments.RESUMABLE_KEYS));

  /** Completes jobs with steps, except those with items in quarantine. */
  List<Long> completeWithSteps(String clientId, List<Claim> claims) {
    return complete(COMPLETE_WITH_STEPS, clientId, claims);
  }

  private List<Long> complete(Sql statement, String clientId, List<Claim> claims) {
    return database.list(
        statement,
        Map.of(
            "ids", SqlArray.longs(claims, Claim::jobId),
            "attempted_at", SqlArray.instants(claims, Claim::attemptedAt),
            "client_id", clientId),
        row -> row.getLong(1));
  }

  private static final Sql COMPLETE_TX =
      Sql.of(
          "complete a job in the worker's transaction",
          """
          WITH completed AS (
            UPDATE {schema}.river_job AS job
            SET state = 'completed', finalized_at = now(),
                metadata = (job.metadata - %2$s) || coalesce(:metadata::jsonb, '{}')
            WHERE job.id = :id AND job.state = 'running' AND %1$s
            RETURNING job.id
          ),
          dropped AS (
            DELETE FROM {schema}.cairn_checkpoint AS checkpoint
            USING completed
            WHERE checkpoint.job_id = completed.id
              AND NOT EXISTS (
                SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = completed.id
              )
          )
          SELECT id FROM completed
          """
              .formatted(Fragments.held(":attempted_at"), Fragments.RESUMABLE_KEYS));

  boolean completeTx(Connection connection, Claim claim, @Nullable String metadata) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("metadata", metadata);
    return database.fenced(connection, COMPLETE_TX, values);
  }

  private static final Sql ADD_METADATA =
      Sql.of(
          "add metadata to a job that was completed in a transaction",
          """
          UPDATE {schema}.river_job AS job
          SET metadata = job.metadata || :metadata::jsonb
          WHERE job.id = :id AND job.state = 'completed' AND %s
          """
              .formatted(Fragments.held(":attempted_at")));

  void addMetadata(Claim claim, String metadata) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("metadata", metadata);
    database.update(ADD_METADATA, values);
  }
}
