package dev.cairn.internal.postgres;

import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
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

/** Checkpoints in Cairn's own table beside River's. */
final class PostgresCheckpointStore implements CheckpointStore {
  private final Database database;

  PostgresCheckpointStore(Database database) {
    this.database = database;
  }

  private static final Sql LOAD =
      Sql.of(
          "load checkpoints",
          """
          SELECT coalesce(job.metadata ->> 'cairn:resumable', md5(E'\\n')) <> %s,
            checkpoint.name, checkpoint.position, checkpoint.finished, checkpoint.value,
            checkpoint.spent_ms, checkpoint.done, checkpoint.total
          FROM {schema}.river_job AS job
          LEFT JOIN {schema}.cairn_checkpoint AS checkpoint ON checkpoint.job_id = job.id
          WHERE job.id = :id
          """
              .formatted(Fragments.RESUMABLE_DIGEST));

  @Override
  public Saved load(long jobId) {
    var checkpoints = new ArrayList<Checkpoint>();
    List<Boolean> newer =
        database.list(
            LOAD,
            Map.of("id", jobId),
            row -> {
              if (row.getString(2) != null) {
                checkpoints.add(checkpoint(row, 2));
              }
              return row.getBoolean(1);
            });
    return new Saved(checkpoints, newer.contains(true));
  }

  private static final Sql READ =
      Sql.of(
          "read a checkpoint",
          """
          SELECT name, position, finished, value, spent_ms, done, total
          FROM {schema}.cairn_checkpoint
          WHERE job_id = :id AND name = :name
          """);

  @Override
  public Optional<Checkpoint> read(long jobId, String name) {
    return database
        .list(READ, Map.of("id", jobId, "name", name), row -> checkpoint(row, 1))
        .stream()
        .findFirst();
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

  // The share lock keeps the job from being claimed between this check and the commit. What a
  // transaction of the worker holds is passed over: waiting for it would hold up every other job. A
  // step's mere beginning is for those who look, and may be about to be inserted by a transaction
  // that finishes the step: it needs a lock that no such transaction can hold at the same time.
  private static final Sql WRITE =
      Sql.of(
          "write checkpoints",
          """
          WITH pending AS MATERIALIZED (
            SELECT *
            FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :names::text[],
              :positions::integer[], :finished::boolean[], :values::text[], :sequences::bigint[],
              :spent_ms::bigint[], :began_us_ago::bigint[], :done::bigint[], :total::bigint[],
              :contended::boolean[])
              AS pending (job_id, claimed_at, name, position, finished, value, sequence, spent_ms,
                began_us_ago, done, total, contended)
          ),
          held AS MATERIALIZED (
            SELECT job.id, job.attempt
            FROM (SELECT DISTINCT job_id, claimed_at FROM pending) AS claim
            CROSS JOIN LATERAL (
              SELECT job.id, job.attempt
              FROM {schema}.river_job AS job
              WHERE job.id = claim.job_id AND job.state = 'running'
                AND %1$s
              FOR SHARE SKIP LOCKED
            ) AS job
          ),
          uncontended AS MATERIALIZED (
            SELECT checkpoint.job_id, checkpoint.name
            FROM {schema}.cairn_checkpoint AS checkpoint
            JOIN pending ON pending.contended AND pending.job_id = checkpoint.job_id
              AND pending.name = checkpoint.name
            FOR NO KEY UPDATE OF checkpoint SKIP LOCKED
          ),
          alone AS MATERIALIZED (
            SELECT job.id
            FROM (
              SELECT DISTINCT job_id FROM pending WHERE NOT finished AND value IS NULL
            ) AS beginning
            JOIN held ON held.id = beginning.job_id
            CROSS JOIN LATERAL (
              SELECT job.id
              FROM {schema}.river_job AS job
              WHERE job.id = held.id
              FOR NO KEY UPDATE SKIP LOCKED
            ) AS job
          ),
          writable AS (
            SELECT pending.*, held.attempt
            FROM pending
            JOIN held ON held.id = pending.job_id
            WHERE (NOT pending.contended
                OR EXISTS (
                  SELECT FROM uncontended
                  WHERE uncontended.job_id = pending.job_id AND uncontended.name = pending.name
                ))
              AND (pending.finished OR pending.value IS NOT NULL
                OR EXISTS (SELECT FROM alone WHERE alone.id = pending.job_id))
          ),
          written AS (
            INSERT INTO {schema}.cairn_checkpoint AS checkpoint
              %2$s
            SELECT job_id, name, position, finished, value::jsonb, claimed_at, sequence, attempt,
              now() - began_us_ago * interval '1 microsecond', spent_ms, done, total
            FROM writable
            ON CONFLICT (job_id, name) DO UPDATE
            SET %3$s
            WHERE (checkpoint.claimed_at, checkpoint.sequence)
              <= (excluded.claimed_at, excluded.sequence)
          )
          SELECT job_id, name FROM writable
          """
              .formatted(
                  Fragments.held("claim.claimed_at"),
                  Fragments.CHECKPOINT_COLUMNS,
                  Fragments.CHECKPOINT_UPDATE));

  @Override
  public Set<Written> write(String clientId, List<CheckpointWrite> writes) {
    return Set.copyOf(
        database.list(
            WRITE,
            Map.ofEntries(
                Map.entry("ids", SqlArray.longs(writes, write -> write.claim().jobId())),
                Map.entry(
                    "attempted_at",
                    SqlArray.instants(writes, write -> write.claim().attemptedAt())),
                Map.entry("names", SqlArray.texts(writes, write -> write.checkpoint().name())),
                Map.entry(
                    "positions", SqlArray.integers(writes, write -> write.checkpoint().position())),
                Map.entry(
                    "finished", SqlArray.booleans(writes, write -> write.checkpoint().finished())),
                Map.entry("values", SqlArray.texts(writes, write -> write.checkpoint().value())),
                Map.entry("sequences", SqlArray.longs(writes, CheckpointWrite::sequence)),
                Map.entry("spent_ms", SqlArray.longs(writes, CheckpointWrite::spentMillis)),
                Map.entry("began_us_ago", SqlArray.longs(writes, CheckpointWrite::beganMicrosAgo)),
                Map.entry(
                    "done", SqlArray.longs(writes, write -> write.checkpoint().progress().done())),
                Map.entry(
                    "total",
                    SqlArray.longs(writes, write -> write.checkpoint().progress().total())),
                Map.entry("contended", SqlArray.booleans(writes, CheckpointWrite::contended)),
                Map.entry("client_id", clientId)),
            row -> new Written(row.getLong(1), row.getString(2))));
  }

  private static Sql writeTx(String lock) {
    return Sql.of(
        "write a checkpoint in the worker's transaction",
        """
        WITH held AS (
          SELECT job.id, job.attempt
          FROM {schema}.river_job AS job
          WHERE job.id = :id AND job.state = 'running' AND %1$s
          %4$s
        )
        INSERT INTO {schema}.cairn_checkpoint AS checkpoint
          %2$s
        SELECT held.id, :name, :position::integer, :finished, :value::jsonb,
          :attempted_at, :sequence, held.attempt,
          now() - :began_us_ago * interval '1 microsecond', :spent_ms, :done::bigint, :total::bigint
        FROM held
        ON CONFLICT (job_id, name) DO UPDATE
        SET %3$s
        RETURNING checkpoint.job_id
        """
            .formatted(
                Fragments.held(":attempted_at"),
                Fragments.CHECKPOINT_COLUMNS,
                Fragments.CHECKPOINT_UPDATE,
                lock));
  }

  private static final Sql WRITE_TX = writeTx("FOR SHARE");

  // A lock that is not raised later: two transactions of one job would wait for each other.
  private static final Sql WRITE_TX_ALONE = writeTx("FOR NO KEY UPDATE");

  private static final Sql COPY_TX =
      Sql.of(
          "copy checkpoints into the job's row",
          """
          WITH state AS (
            SELECT checkpoint.job_id, checkpoint.name, checkpoint.position, checkpoint.finished,
              checkpoint.value
            FROM {schema}.cairn_checkpoint AS checkpoint
            WHERE checkpoint.job_id = :id
          ),
          %1$s
          UPDATE {schema}.river_job AS job
          SET metadata = job.metadata - %2$s || merged.keys
          FROM merged
          WHERE job.id = :id
          RETURNING job.id
          """
              .formatted(Fragments.MERGED, Fragments.RESUMABLE_KEYS));

  @Override
  public boolean writeTx(Connection connection, CheckpointWrite write, boolean jobRow) {
    Map<String, @Nullable Object> values = Fence.of(write.claim());
    values.put("name", write.checkpoint().name());
    values.put("position", write.checkpoint().position());
    values.put("finished", write.checkpoint().finished());
    values.put("value", write.checkpoint().value());
    values.put("sequence", write.sequence());
    Progress progress = write.checkpoint().progress();
    values.put("spent_ms", write.spentMillis());
    values.put("began_us_ago", write.beganMicrosAgo());
    values.put("done", progress.done());
    values.put("total", progress.total());
    if (!jobRow) {
      return database.fenced(connection, WRITE_TX, values);
    }
    return database.fenced(connection, WRITE_TX_ALONE, values)
        && !database
            .list(connection, COPY_TX, Map.of("id", write.claim().jobId()), row -> true)
            .isEmpty();
  }

  // The deleted names are not among the inserted ones, so that no row is changed twice.
  private static final Sql REPLACE =
      Sql.of(
          "replace the checkpoints of a job",
          """
          WITH held AS (
            SELECT job.id, job.attempt
            FROM {schema}.river_job AS job
            WHERE job.id = :id AND job.state = 'running' AND %1$s
            FOR SHARE
          ),
          gone AS (
            DELETE FROM {schema}.cairn_checkpoint AS checkpoint
            USING held
            WHERE checkpoint.job_id = held.id AND checkpoint.name <> ALL (:names::text[])
          ),
          written AS (
            INSERT INTO {schema}.cairn_checkpoint AS checkpoint
              %2$s
            SELECT held.id, state.name, state.position, state.finished, state.value::jsonb,
              :attempted_at, state.sequence, held.attempt,
              now() - state.spent_ms * interval '1 millisecond', state.spent_ms, state.done,
              state.total
            FROM held
            CROSS JOIN unnest(:names::text[], :positions::integer[], :finished::boolean[],
              :values::text[], :sequences::bigint[], :spent_ms::bigint[], :done::bigint[],
              :total::bigint[])
              AS state (name, position, finished, value, sequence, spent_ms, done, total)
            ON CONFLICT (job_id, name) DO UPDATE SET %3$s
          )
          SELECT id FROM held
          """
              .formatted(
                  Fragments.held(":attempted_at"),
                  Fragments.CHECKPOINT_COLUMNS,
                  Fragments.CHECKPOINT_UPDATE));

  @Override
  public boolean replace(Claim claim, List<CheckpointWrite> writes) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("names", SqlArray.texts(writes, write -> write.checkpoint().name()));
    values.put("positions", SqlArray.integers(writes, write -> write.checkpoint().position()));
    values.put("finished", SqlArray.booleans(writes, write -> write.checkpoint().finished()));
    values.put("values", SqlArray.texts(writes, write -> write.checkpoint().value()));
    values.put("sequences", SqlArray.longs(writes, CheckpointWrite::sequence));
    values.put("spent_ms", SqlArray.longs(writes, CheckpointWrite::spentMillis));
    values.put("done", SqlArray.longs(writes, write -> write.checkpoint().progress().done()));
    values.put("total", SqlArray.longs(writes, write -> write.checkpoint().progress().total()));
    return !database.list(REPLACE, values, row -> true).isEmpty();
  }
}
