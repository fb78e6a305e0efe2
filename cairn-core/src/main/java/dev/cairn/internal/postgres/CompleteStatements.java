package dev.cairn.internal.postgres;

import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FencedClaim;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
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
  // statistics say, and locked rows are passed over so that none holds up the rest. Each row
  // answers
  // with the claim that it was held by: two claims of one job may be in the statement.
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
              WHERE job.id = claim.id AND %s
              FOR NO KEY UPDATE SKIP LOCKED
            ) AS job
          )
          UPDATE {schema}.river_job AS job
          SET state = 'completed', finalized_at = now()
          WHERE job.ctid = ANY (ARRAY(SELECT ctid FROM locked))
          RETURNING job.id, %s
          """
              .formatted(Fragments.held("claim.attempted_at"), Fragments.CLAIMED_AT));

  /** Completes jobs that have used no checkpoints; returns the claims that held. */
  List<Claim> complete(String clientId, List<Claim> claims) {
    return database.list(
        COMPLETE, Fence.ofClaims(clientId, claims, claim -> claim), row -> claim(row, clientId));
  }

  private static Claim claim(ResultSet row, String clientId) throws SQLException {
    return new Claim(row.getLong(1), Rows.instant(row, 2), clientId);
  }

  // The same for jobs with steps, which are forgotten, but for those that somebody may want to
  // redrive items of. By an array, because a join would read all checkpoints while there are no
  // statistics of them. Only of jobs that were completed: of a row that was changed since the
  // statement began the new version is locked, which an update by its place does not see.
  private static final Sql COMPLETE_WITH_STEPS =
      Sql.of(
          "complete jobs with steps",
          """
          WITH locked AS MATERIALIZED (
            SELECT job.ctid
            FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :follows::jsonb[])
              AS claim (id, attempted_at, follows)
            CROSS JOIN LATERAL (
              SELECT job.ctid
              FROM {schema}.river_job AS job
              WHERE job.id = claim.id AND %1$s
                AND %4$s
                AND NOT EXISTS (
                  SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = job.id
                )
              FOR NO KEY UPDATE OF job SKIP LOCKED
            ) AS job
          ),
          completed AS (
            UPDATE {schema}.river_job AS job
            SET state = 'completed', finalized_at = now(),
                metadata = (%5$s) - (%2$s || '{cairn:request}'::text[])
            WHERE job.ctid = ANY (ARRAY(SELECT ctid FROM locked))
            RETURNING job.id, %3$s AS claimed_at
          ),
          dropped AS (
            DELETE FROM {schema}.cairn_checkpoint
            WHERE job_id = ANY (ARRAY(SELECT id FROM completed))
          )
          SELECT id, claimed_at FROM completed
          """
              .formatted(
                  Fragments.held("claim.attempted_at"),
                  Fragments.RESUMABLE_KEYS,
                  Fragments.CLAIMED_AT,
                  Fragments.follows("claim.attempted_at", "claim.follows"),
                  Fragments.METADATA));

  /** Completes jobs with steps, except those with items in quarantine. */
  List<Claim> completeWithSteps(String clientId, List<FencedClaim> claims) {
    return database.list(
        COMPLETE_WITH_STEPS,
        Fence.of(clientId, claims, claim -> claim),
        row -> claim(row, clientId));
  }

  private static final Sql COMPLETE_TX =
      Sql.of(
          "complete a job in the worker's transaction",
          """
          WITH completed AS (
            UPDATE {schema}.river_job AS job
            SET state = 'completed', finalized_at = now(), unique_key = %5$s,
                metadata = ((%4$s) - %2$s) || coalesce(:metadata::jsonb, '{}')
            WHERE job.id = :id AND %1$s
              AND %3$s
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
              .formatted(
                  Fragments.held(":attempted_at"),
                  Fragments.RESUMABLE_KEYS,
                  Fragments.follows(":attempted_at", ":follows::jsonb"),
                  Fragments.METADATA,
                  Fragments.keptKey("'completed'")));

  Standing completeTx(Connection connection, FencedClaim claim, @Nullable String metadata) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("metadata", database.encoding().json(database.in(connection), metadata));
    return database.list(connection, COMPLETE_TX, values, row -> true).isEmpty()
        ? Fence.broken(database, connection, claim.claim())
        : Standing.HELD;
  }

  private static final Sql ADD_METADATA =
      Sql.of(
          "add metadata to a job that was completed in a transaction",
          """
          UPDATE {schema}.river_job AS job
          SET metadata = (%2$s) || :metadata::jsonb
          WHERE job.id = :id AND job.state::text = 'completed' AND %1$s
          """
              .formatted(Fragments.claimedLast(":attempted_at"), Fragments.METADATA));

  void addMetadata(Claim claim, String metadata) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("metadata", database.encoding().json(database, metadata));
    database.update(ADD_METADATA, values);
  }
}
