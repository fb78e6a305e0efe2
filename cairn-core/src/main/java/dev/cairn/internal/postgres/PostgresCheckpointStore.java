package dev.cairn.internal.postgres;

import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.Fenced;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoint.Progress;
import dev.cairn.spi.Checkpoints.Saved;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checkpoints in Cairn's own table. */
final class PostgresCheckpointStore implements CheckpointStore {
  private final Database database;

  PostgresCheckpointStore(Database database) {
    this.database = database;
  }

  // The metadata are looked at once, and not for each checkpoint: they may be large.
  private static final Sql LOAD =
      Sql.of(
          "load checkpoints",
          Template.of(
                  """
                  WITH job AS MATERIALIZED (
                    SELECT {keys_are_newer} AS keys_are_newer
                    FROM {schema}.river_job AS job
                    WHERE job.id = :id AND {readable}
                  )
                  SELECT job.keys_are_newer, checkpoint.name, checkpoint.position, checkpoint.finished, checkpoint.value,
                    checkpoint.spent_ms, checkpoint.done, checkpoint.total,
                    EXISTS (SELECT FROM {schema}.cairn_quarantine AS aside WHERE aside.job_id = :id)
                  FROM job
                  LEFT JOIN {schema}.cairn_checkpoint AS checkpoint ON checkpoint.job_id = :id
                  """)
              .with("keys_are_newer", Fragments.KEYS_ARE_NEWER)
              .with("readable", Fence.readable(":attempted_at"))
              .sql());

  // A read contains its claim, as a write does, so that an attempt does not mistake the checkpoints
  // of a later claim for its own.
  @Override
  public Fenced<Saved> load(Claim claim) {
    var checkpoints = new ArrayList<Checkpoint>();
    List<Flags> flags =
        database.list(
            LOAD,
            Fence.of(claim),
            row -> {
              if (row.getString(2) != null) {
                checkpoints.add(checkpoint(row, 2));
              }
              return new Flags(row.getBoolean(1), row.getBoolean(9));
            });
    return new Fenced<>(flags.isEmpty() ? null : flags.getFirst().saved(checkpoints));
  }

  /** The values in each row that concern the whole job. */
  private record Flags(boolean keysAreNewer, boolean hasItemsAside) {
    Saved saved(List<Checkpoint> checkpoints) {
      return new Saved(checkpoints, keysAreNewer, hasItemsAside);
    }
  }

  private static final Sql READ =
      Sql.of(
          "read a checkpoint",
          Template.of(
                  """
                  SELECT checkpoint.name, checkpoint.position, checkpoint.finished, checkpoint.value,
                    checkpoint.spent_ms, checkpoint.done, checkpoint.total, checkpoint.claimed_at,
                    checkpoint.sequence
                  FROM {schema}.river_job AS job
                  LEFT JOIN {schema}.cairn_checkpoint AS checkpoint
                    ON checkpoint.job_id = job.id AND checkpoint.name = :name
                  WHERE job.id = :id AND {readable}
                  """)
              .with("readable", Fence.readable(":attempted_at"))
              .sql());

  @Override
  public Fenced<Optional<Committed>> read(Claim claim, String name) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("name", name);
    return Fenced.ofFirst(database.list(READ, values, PostgresCheckpointStore::committed));
  }

  @Override
  public Fenced<Optional<Committed>> readTx(Connection connection, Claim claim, String name) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("name", name);
    return Fenced.ofFirst(
        database.list(connection, READ, values, PostgresCheckpointStore::committed));
  }

  private static Optional<Committed> committed(ResultSet row) throws SQLException {
    return row.getString(1) == null
        ? Optional.empty()
        : Optional.of(new Committed(checkpoint(row, 1), Rows.instant(row, 8), row.getLong(9)));
  }

  private static Checkpoint checkpoint(ResultSet row, int first) throws SQLException {
    int position = row.getInt(first + 1);
    boolean unplaced = row.wasNull();
    return new Checkpoint(
        row.getString(first),
        unplaced ? null : position,
        row.getBoolean(first + 2),
        row.getString(first + 3),
        new Progress(
            Duration.ofMillis(row.getLong(first + 4)),
            Rows.nullableLong(row, first + 5),
            Rows.nullableLong(row, first + 6)));
  }

  // The share lock prevents the job from being claimed between this check and the commit. A job
  // that a transaction of the worker has locked is skipped, because waiting for it would delay all
  // other jobs.
  //
  // The beginning of a step is only for display, and a transaction that finishes the step may be
  // about to insert the same row. So writing the beginning needs a lock that no such transaction
  // can hold at the same time. The same applies to a contended row that is missing: the transaction
  // that should have inserted it is open or was rolled back.
  private static final Sql WRITE =
      Sql.of(
          "write checkpoints",
          Template.of(
                  """
                  WITH claim AS MATERIALIZED (
                    SELECT *
                    FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :follows::jsonb[])
                      WITH ORDINALITY AS claim (job_id, claimed_at, follows, ordinal)
                  ),
                  held AS MATERIALIZED (
                    SELECT claim.ordinal, claim.claimed_at, job.id, job.attempt
                    FROM claim
                    CROSS JOIN LATERAL (
                      SELECT job.id, job.attempt
                      FROM {schema}.river_job AS job
                      WHERE job.id = claim.job_id AND {held}
                        AND {follows}
                      FOR SHARE SKIP LOCKED
                    ) AS job
                  ),
                  pending AS MATERIALIZED (
                    SELECT held.id AS job_id, held.claimed_at, held.attempt, pending.*
                    FROM unnest(:owners::bigint[], :names::text[], :positions::integer[],
                      :finished::boolean[], :values::text[], :sequences::bigint[], :spent_ms::bigint[],
                      :began_us_ago::bigint[], :done::bigint[], :total::bigint[], :contended::boolean[])
                      AS pending (owner, name, position, finished, value, sequence, spent_ms,
                        began_us_ago, done, total, contended)
                    JOIN held ON held.ordinal = pending.owner
                  ),
                  uncontended AS MATERIALIZED (
                    SELECT checkpoint.job_id, checkpoint.name
                    FROM {schema}.cairn_checkpoint AS checkpoint
                    JOIN pending ON pending.contended AND pending.job_id = checkpoint.job_id
                      AND pending.name = checkpoint.name
                    FOR NO KEY UPDATE OF checkpoint SKIP LOCKED
                  ),
                  absent AS MATERIALIZED (
                    SELECT pending.job_id, pending.name
                    FROM pending
                    WHERE pending.contended AND NOT EXISTS (
                      SELECT FROM {schema}.cairn_checkpoint AS checkpoint
                      WHERE checkpoint.job_id = pending.job_id AND checkpoint.name = pending.name
                    )
                  ),
                  alone AS MATERIALIZED (
                    SELECT job.id
                    FROM (
                      SELECT job_id FROM pending WHERE NOT finished AND value IS NULL
                      UNION
                      SELECT job_id FROM absent
                    ) AS beginning
                    CROSS JOIN LATERAL (
                      SELECT job.id
                      FROM {schema}.river_job AS job
                      WHERE job.id = beginning.job_id
                      FOR NO KEY UPDATE SKIP LOCKED
                    ) AS job
                  ),
                  writable AS MATERIALIZED (
                    SELECT *
                    FROM pending
                    WHERE (NOT pending.contended
                        OR EXISTS (
                          SELECT FROM uncontended
                          WHERE uncontended.job_id = pending.job_id AND uncontended.name = pending.name
                        )
                        OR EXISTS (
                          SELECT FROM absent
                          WHERE absent.job_id = pending.job_id AND absent.name = pending.name
                            AND EXISTS (SELECT FROM alone WHERE alone.id = absent.job_id)
                        ))
                      AND (pending.finished OR pending.value IS NOT NULL
                        OR EXISTS (SELECT FROM alone WHERE alone.id = pending.job_id))
                  ),
                  written AS (
                    INSERT INTO {schema}.cairn_checkpoint AS checkpoint
                      {checkpoint_columns}
                    SELECT job_id, name, position, finished, value::jsonb, claimed_at, sequence, attempt,
                      now() - began_us_ago * interval '1 microsecond', spent_ms, done, total
                    FROM writable
                    ON CONFLICT (job_id, name) DO UPDATE
                    SET {checkpoint_update}
                    WHERE {checkpoint_is_older}
                  )
                  SELECT owner, name FROM writable
                  """)
              .with("held", Fence.held("claim.claimed_at"))
              .with("checkpoint_columns", Fragments.CHECKPOINT_COLUMNS)
              .with("checkpoint_update", Fragments.CHECKPOINT_UPDATE)
              .with("follows", Fence.follows("claim.claimed_at", "claim.follows"))
              .with("checkpoint_is_older", Fragments.CHECKPOINT_IS_OLDER)
              .sql());

  @Override
  public Set<Written> write(String clientId, List<ClaimWrites> writes) {
    var checkpoints = new ArrayList<CheckpointWrite>();
    var owners = new ArrayList<Long>();
    for (int i = 0; i < writes.size(); i++) {
      for (CheckpointWrite write : writes.get(i).checkpoints()) {
        checkpoints.add(write);
        owners.add(i + 1L);
      }
    }
    Map<String, @Nullable Object> values = Fence.of(clientId, writes, ClaimWrites::claim);
    values.put("owners", SqlArray.longs(owners, owner -> owner));
    CheckpointArrays.put(values, checkpoints);
    values.put("contended", SqlArray.booleans(checkpoints, CheckpointWrite::contended));
    return Set.copyOf(
        database.list(
            WRITE,
            values,
            row -> new Written(writes.get(row.getInt(1) - 1).claim().claim(), row.getString(2))));
  }

  // The outcome of an earlier transaction is in doubt if its commit was sent but not answered. It
  // may commit while this statement waits for it. The work of this transaction is then already
  // done, so nothing is written. The numbers of the transactions are compared, because the one in
  // doubt may be this one, if it is still open.
  private static Sql writeTx(String lock) {
    return Sql.of(
        "write a checkpoint in the worker's transaction",
        Template.of(
                """
                WITH held AS (
                  SELECT job.id, job.attempt
                  FROM {schema}.river_job AS job
                  WHERE job.id = :id AND {held}
                    AND {follows}
                  {lock}
                )
                INSERT INTO {schema}.cairn_checkpoint AS checkpoint
                  {checkpoint_columns}
                SELECT held.id, :name, :position::integer, :finished, :value::jsonb,
                  :attempted_at, :sequence, held.attempt,
                  now() - :began_us_ago * interval '1 microsecond', :spent_ms, :done::bigint, :total::bigint
                FROM held
                ON CONFLICT (job_id, name) DO UPDATE
                SET {checkpoint_update}
                WHERE NOT (checkpoint.claimed_at = excluded.claimed_at
                  AND checkpoint.sequence = :doubtful
                  AND :doubtful_transaction <> pg_current_xact_id()::text::bigint)
                RETURNING pg_current_xact_id()::text::bigint
                """)
            .with("held", Fence.held(":attempted_at"))
            .with("checkpoint_columns", Fragments.CHECKPOINT_COLUMNS)
            .with("checkpoint_update", Fragments.CHECKPOINT_UPDATE)
            .with("lock", lock)
            .with("follows", Fence.follows(":attempted_at", ":follows::jsonb"))
            .sql());
  }

  private static final Sql WRITE_TX = writeTx("FOR SHARE");

  // Uses a lock that is not upgraded later, because otherwise two transactions of one job could
  // deadlock.
  private static final Sql WRITE_TX_ALONE = writeTx("FOR NO KEY UPDATE");

  private static final Sql COPY_TX =
      Sql.of(
          "copy checkpoints into the job's row",
          Template.of(
                  """
                  WITH state AS (
                    SELECT checkpoint.job_id, checkpoint.name, checkpoint.position, checkpoint.finished,
                      checkpoint.value
                    FROM {schema}.cairn_checkpoint AS checkpoint
                    WHERE checkpoint.job_id = :id
                  ),
                  {merged}
                  UPDATE {schema}.river_job AS job
                  SET metadata = ({metadata}) - {resumable_keys} || merged.keys
                  FROM merged
                  WHERE job.id = :id AND NOT ({keys_are_newer})
                  RETURNING job.id
                  """)
              .with("merged", Fragments.MERGED)
              .with("resumable_keys", Fragments.RESUMABLE_KEYS)
              .with("metadata", Fragments.METADATA)
              .with("keys_are_newer", Fragments.KEYS_ARE_NEWER)
              .sql());

  @Override
  public WrittenTx writeTx(
      Connection connection,
      FencedClaim claim,
      CheckpointWrite write,
      @Nullable Doubtful doubtful,
      boolean jobRow) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("name", write.checkpoint().name());
    values.put("position", write.checkpoint().position());
    values.put("finished", write.checkpoint().finished());
    values.put("value", write.checkpoint().value());
    values.put("sequence", write.sequence());
    values.put("doubtful", doubtful == null ? 0 : doubtful.sequence());
    values.put("doubtful_transaction", doubtful == null ? 0 : doubtful.transaction());
    Progress progress = write.checkpoint().progress();
    values.put("spent_ms", write.spentMillis());
    values.put("began_us_ago", write.beganMicrosAgo());
    values.put("done", progress.done());
    values.put("total", progress.total());
    List<Long> transaction =
        database.list(
            connection, jobRow ? WRITE_TX_ALONE : WRITE_TX, values, row -> row.getLong(1));
    if (transaction.isEmpty()) {
      return new WrittenTx(Fence.broken(database, connection, claim.claim()), 0);
    }
    if (jobRow) {
      database.list(connection, COPY_TX, Map.of("id", claim.claim().jobId()), row -> true);
    }
    return new WrittenTx(Standing.HELD, transaction.getFirst());
  }

  private static final String ALL_OTHERS = "checkpoint.name <> ALL (:names::text[])";
  private static final String THOSE_GONE = "checkpoint.name = ANY (:gone::text[])";

  // No name is both deleted and inserted, so no row is changed twice.
  private static Sql replace(String purpose, String gone, String lock, String alongside) {
    return Sql.of(
        purpose,
        Template.of(
                """
                WITH held AS (
                  SELECT job.id, job.attempt
                  FROM {schema}.river_job AS job
                  WHERE job.id = :id AND {held}
                    AND {follows}
                  {lock}
                ),
                gone AS (
                  DELETE FROM {schema}.cairn_checkpoint AS checkpoint
                  USING held
                  WHERE checkpoint.job_id = held.id AND {gone}
                ),
                written AS (
                  INSERT INTO {schema}.cairn_checkpoint AS checkpoint
                    {checkpoint_columns}
                  SELECT held.id, state.name, state.position, state.finished, state.value::jsonb,
                    :attempted_at, state.sequence, held.attempt,
                    now() - state.spent_ms * interval '1 millisecond', state.spent_ms, state.done,
                    state.total
                  FROM held
                  CROSS JOIN unnest(:names::text[], :positions::integer[], :finished::boolean[],
                    :values::text[], :sequences::bigint[], :spent_ms::bigint[], :done::bigint[],
                    :total::bigint[])
                    AS state (name, position, finished, value, sequence, spent_ms, done, total)
                  ON CONFLICT (job_id, name) DO UPDATE SET {checkpoint_update}
                ){alongside}
                SELECT id FROM held
                """)
            .with("held", Fence.held(":attempted_at"))
            .with("gone", gone)
            .with("checkpoint_columns", Fragments.CHECKPOINT_COLUMNS)
            .with("checkpoint_update", Fragments.CHECKPOINT_UPDATE)
            .with("follows", Fence.follows(":attempted_at", ":follows::jsonb"))
            .with("lock", lock)
            .with("alongside", alongside)
            .sql());
  }

  private static final Sql REPLACE =
      replace("replace the checkpoints of a job", ALL_OTHERS, "FOR SHARE", "");

  private static final Sql RENAME =
      replace("rename checkpoints of a job", THOSE_GONE, "FOR SHARE", "");

  private static final Sql TAKE_OVER =
      replace(
          "take over the progress of a worker in another language",
          ALL_OTHERS,
          "FOR NO KEY UPDATE",
          Template.of(
                  """
                  ,
                  noted AS (
                    UPDATE {schema}.river_job AS job
                    SET metadata = ({metadata}) || {keys_taken_over}
                    FROM held
                    WHERE job.id = held.id
                  )\
                  """)
              .with("metadata", Fragments.METADATA)
              .with("keys_taken_over", Fragments.KEYS_TAKEN_OVER)
              .sql());

  @Override
  public boolean replace(FencedClaim claim, List<CheckpointWrite> writes, boolean takesOver) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    CheckpointArrays.put(values, writes);
    return !database.list(takesOver ? TAKE_OVER : REPLACE, values, row -> true).isEmpty();
  }

  @Override
  public boolean rename(FencedClaim claim, List<CheckpointWrite> writes, Set<String> gone) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    CheckpointArrays.put(values, writes);
    values.put("gone", SqlArray.texts(List.copyOf(gone), name -> name));
    return !database.list(RENAME, values, row -> true).isEmpty();
  }
}
