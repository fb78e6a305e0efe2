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

/** Completes jobs, many at once or one in the worker's transaction. */
final class CompleteStatements {
  private final Database database;

  CompleteStatements(Database database) {
    this.database = database;
  }

  // This is the hot path. Rows are found one by one through the primary key, whatever the planner's
  // statistics. Locked rows are skipped, so that they do not delay the others. Each row is returned
  // with the claim that held it, because the statement may contain two claims of one job.
  private static final Sql COMPLETE =
      Sql.of(
          "complete jobs",
          Template.of(
                  """
                  WITH locked AS (
                    SELECT job.ctid
                    FROM unnest(:ids::bigint[], :attempted_at::timestamptz[]) AS claim (id, attempted_at)
                    CROSS JOIN LATERAL (
                      SELECT job.ctid
                      FROM {schema}.river_job AS job
                      WHERE job.id = claim.id AND {held}
                      FOR NO KEY UPDATE SKIP LOCKED
                    ) AS job
                  )
                  UPDATE {schema}.river_job AS job
                  SET state = 'completed', finalized_at = now(),
                      metadata = CASE WHEN {request} IS NULL THEN job.metadata
                        ELSE ({metadata}) - '{request_key}' END
                  WHERE job.ctid = ANY (ARRAY(SELECT ctid FROM locked))
                  RETURNING job.id, {claimed_at}
                  """)
              .with("held", Fence.held("claim.attempted_at"))
              .with("request", Fragments.REQUEST)
              .with("metadata", Fragments.METADATA)
              .with("claimed_at", Fragments.CLAIMED_AT)
              .sql());

  /** Completes jobs without checkpoints; returns the claims that held. */
  List<Claim> complete(String clientId, List<Claim> claims) {
    return database.list(
        COMPLETE, Fence.ofClaims(clientId, claims, claim -> claim), row -> claim(row, clientId));
  }

  private static Claim claim(ResultSet row, String clientId) throws SQLException {
    return new Claim(row.getLong(1), Rows.instant(row, 2), clientId);
  }

  private static final String WITHOUT_NOTES =
      Fragments.metadataWithout(
          Template.of("{resumable_keys} || '{{request_key}}'::text[]")
              .with("resumable_keys", Fragments.RESUMABLE_KEYS)
              .sql());

  // The same for jobs with steps. The checkpoints of these steps are deleted. Jobs with quarantined
  // items are excluded, because an operator may want to redrive them. The ids are passed as an
  // array, because the server would read all checkpoints for a join as long as it has no statistics
  // about them. Only the checkpoints of completed jobs are deleted: if a row has changed since the
  // statement began, its new version is locked, but the update by the old ctid does not see that
  // version.
  private static final Sql COMPLETE_WITH_STEPS =
      Sql.of(
          "complete jobs with steps",
          Template.of(
                  """
                  WITH locked AS MATERIALIZED (
                    SELECT job.ctid
                    FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :follows::jsonb[])
                      AS claim (id, attempted_at, follows)
                    CROSS JOIN LATERAL (
                      SELECT job.ctid
                      FROM {schema}.river_job AS job
                      WHERE job.id = claim.id AND {held}
                        AND {follows}
                        AND NOT EXISTS (
                          SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = job.id
                        )
                      FOR NO KEY UPDATE OF job SKIP LOCKED
                    ) AS job
                  ),
                  completed AS (
                    UPDATE {schema}.river_job AS job
                    SET state = 'completed', finalized_at = now(),
                        metadata = {metadata}
                    WHERE job.ctid = ANY (ARRAY(SELECT ctid FROM locked))
                    RETURNING job.id, {claimed_at} AS claimed_at
                  ),
                  dropped AS (
                    DELETE FROM {schema}.cairn_checkpoint
                    WHERE job_id = ANY (ARRAY(SELECT id FROM completed))
                  )
                  SELECT id, claimed_at FROM completed
                  """)
              .with("held", Fence.held("claim.attempted_at"))
              .with("claimed_at", Fragments.CLAIMED_AT)
              .with("follows", Fence.follows("claim.attempted_at", "claim.follows"))
              .with("metadata", WITHOUT_NOTES)
              .sql());

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
          Template.of(
                  """
                  WITH completed AS (
                    UPDATE {schema}.river_job AS job
                    SET state = 'completed', finalized_at = now(), unique_key = {kept_key},
                        metadata = CASE WHEN :metadata::jsonb IS NULL THEN {metadata}
                          ELSE ({metadata}) || :metadata::jsonb END
                    WHERE job.id = :id AND {held}
                      AND {follows}
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
                  """)
              .with("held", Fence.held(":attempted_at"))
              .with("follows", Fence.follows(":attempted_at", ":follows::jsonb"))
              .with("metadata", WITHOUT_NOTES)
              .with("kept_key", Fragments.keptKey("'completed'"))
              .sql());

  Standing completeTx(Connection connection, FencedClaim claim, @Nullable String metadata) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("metadata", database.encoding().json(database.in(connection), metadata));
    return database.list(connection, COMPLETE_TX, values, row -> true).isEmpty()
        ? Fence.broken(database, connection, claim.claim())
        : Standing.HELD;
  }

  // A locked row is skipped, so that the session that holds it does not delay the outcomes of all
  // other jobs.
  private static final Sql ADD_METADATA =
      Sql.of(
          "add metadata to a job that was completed in a transaction",
          Template.of(
                  """
                  WITH free AS MATERIALIZED (
                    SELECT job.id FROM {schema}.river_job AS job
                    WHERE {completed}
                    FOR NO KEY UPDATE SKIP LOCKED
                  ),
                  added AS (
                    UPDATE {schema}.river_job AS job
                    SET metadata = ({metadata}) || :metadata::jsonb
                    FROM free
                    WHERE job.id = free.id
                    RETURNING job.id
                  )
                  SELECT EXISTS (SELECT FROM added)
                    OR NOT EXISTS (SELECT FROM {schema}.river_job AS job WHERE {completed})
                  """)
              .with(
                  "completed",
                  "job.id = :id AND job.state::text = 'completed' AND "
                      + Fence.claimedLast(":attempted_at"))
              .with("metadata", Fragments.METADATA)
              .sql());

  /** Returns false if the row is locked. */
  boolean addMetadata(Claim claim, String metadata) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("metadata", database.encoding().json(database, metadata));
    return database.list(ADD_METADATA, values, row -> row.getBoolean(1)).getFirst();
  }
}
