package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.store.JobChange;
import dev.cairn.internal.store.JobListStore.Change;
import dev.cairn.internal.store.JobListStore.Move;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Changes the values of a job, and when and where it runs. */
final class UpdateStatements {
  private final Session session;

  /** The session to look for the holder of a key after a failure; null in a user's transaction. */
  private final @Nullable Session afterFailure;

  UpdateStatements(Session session, @Nullable Session afterFailure) {
    this.session = session;
    this.afterFailure = afterFailure;
  }

  private static final String CHANGED_METADATA =
      Template.of(
              """
              {metadata}
                || coalesce(:metadata::jsonb, '{}')
                || CASE WHEN :output::jsonb IS NULL THEN '{}'
                  ELSE jsonb_build_object('{output_key}', :output::jsonb) END\
              """)
          .with("metadata", Fragments.METADATA)
          .sql();

  private static final Sql UPDATE =
      Sql.of(
          "change a job",
          Template.of(
                  """
                  UPDATE {schema}.river_job AS job
                  SET metadata = {changed_metadata}
                  WHERE job.id = :id
                  RETURNING {job_columns}
                  """)
              .with("job_columns", Rows.JOB)
              .with("changed_metadata", CHANGED_METADATA)
              .sql());

  /**
   * The state of a job with a new time. A job that waits for its next attempt stays retryable, so
   * that it still counts as failed. A state that only a newer River knows is left alone, as pending
   * is. The transaction may be a user's, which began long ago.
   */
  private static final String NEXT_STATE =
      """
      CASE WHEN :scheduled_at::timestamptz IS NULL
          OR job.state NOT IN ('available', 'scheduled', 'retryable') THEN job.state
        WHEN :scheduled_at::timestamptz <= statement_timestamp() THEN 'available'
        WHEN job.state = 'available' THEN 'scheduled'
        ELSE job.state END\
      """;

  /**
   * A time that has come means now, and a job that was due before keeps its place. So the time at
   * which a job was due is always one at which it could run.
   */
  private static final String NEXT_TIME =
      """
      CASE WHEN :scheduled_at::timestamptz <= statement_timestamp()
          THEN least(job.scheduled_at, statement_timestamp())
        ELSE coalesce(:scheduled_at::timestamptz, job.scheduled_at) END\
      """;

  /**
   * What the job waits for may have woken it just now. Nothing would wake it again before its new
   * time.
   */
  private static final String HAS_TO_LOOK =
      """
      job.state = 'available' AND :scheduled_at::timestamptz > statement_timestamp()
        AND EXISTS (SELECT FROM {schema}.cairn_wait AS wait WHERE wait.job_id = job.id)\
      """;

  private enum Refusal {
    STATE,
    ATTEMPTS,
    LOOK,
    KEY
  }

  // The job is locked and judged before it is changed. So a job that is claimed at the same moment
  // either has its new values when it is claimed, or is refused because it is running. All columns
  // are read with the lock: if the statement has waited for it, its snapshot is older.
  //
  // A job that is to be available takes its unique key back, if the key does not count in the state
  // before. The index decides if another job takes the key at the same moment.
  //
  // Waits in cairn_wait stay. What a job waits for wakes it, whatever its time; if it runs before,
  // it waits again.
  private static final Sql MOVE =
      Sql.of(
          "move a job",
          Template.of(
                  """
                  WITH locked AS MATERIALIZED (
                    SELECT {job_columns},
                      CASE
                        WHEN :moves AND job.state IN ('running', 'completed', 'cancelled', 'discarded') THEN 'STATE'
                        WHEN :max_attempts::integer <= job.attempt THEN 'ATTEMPTS'
                        WHEN {has_to_look} THEN 'LOOK'
                        WHEN {next_state} = 'available' AND {key_is_taken} THEN 'KEY'
                      END AS refusal
                    FROM {schema}.river_job AS job
                    WHERE job.id = :id
                    FOR NO KEY UPDATE
                  ),
                  changed AS (
                    UPDATE {schema}.river_job AS job
                    SET state = {next_state},
                        scheduled_at = {next_time},
                        queue = coalesce(:queue::text, job.queue),
                        priority = coalesce(:priority::smallint, job.priority),
                        max_attempts = coalesce(:max_attempts::smallint, job.max_attempts),
                        metadata = {changed_metadata}
                          || CASE WHEN :operation::jsonb IS NULL THEN '{}' ELSE {added} END
                    FROM locked
                    WHERE job.id = locked.id AND locked.refusal IS NULL
                    RETURNING {job_columns}
                  ),
                  told AS (
                    SELECT pg_notify(:channel, json_build_object('queue', queue)::text)
                    FROM changed
                    WHERE :wakes AND state = 'available'
                  )
                  SELECT changed.*, NULL, (SELECT count(*) FROM told) FROM changed
                  UNION ALL
                  SELECT locked.*, 0 FROM locked WHERE locked.refusal IS NOT NULL
                  """)
              .with("job_columns", Rows.JOB)
              .with("next_state", "(" + NEXT_STATE + ")")
              .with("next_time", NEXT_TIME)
              .with("has_to_look", HAS_TO_LOOK)
              .with("key_is_taken", Fragments.KEY_IS_TAKEN)
              .with("changed_metadata", CHANGED_METADATA)
              .with("added", Operations.ADDED)
              .sql());

  private record Judged(JobRow job, @Nullable Refusal refusal) {
    static Judged of(ResultSet row) throws SQLException {
      String refusal = row.getString(17);
      return new Judged(Rows.job(row), refusal == null ? null : Refusal.valueOf(refusal));
    }
  }

  /** Changes a job, as described in {@link dev.cairn.internal.store.JobListStore#update}. */
  Optional<JobRow> update(long id, Change change, @Nullable JobChange recorded) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("id", id);
    values.put("metadata", change.metadata());
    values.put("output", change.output());
    if (recorded == null && change.move().equals(Move.NONE)) {
      return session.list(UPDATE, values, Rows::job).stream().findFirst();
    }
    values.put("operation", recorded == null ? null : Operations.text(recorded));
    return move(id, change.move(), values);
  }

  private Optional<JobRow> move(long id, Move move, Map<String, @Nullable Object> values) {
    values.put("scheduled_at", move.scheduledAt());
    values.put("queue", move.queue());
    values.put("priority", move.priority());
    values.put("max_attempts", move.maxAttempts());
    values.put("moves", !move.equals(Move.NONE));
    values.put("wakes", move.scheduledAt() != null || move.queue() != null);
    values.put("channel", session.schema().channel("river_insert"));
    List<Judged> judged;
    try {
      judged = session.list(MOVE, values, Judged::of);
    } catch (CairnException e) {
      throw UniqueTwins.explained(e, afterFailure, id, JobState.AVAILABLE);
    }
    for (Judged each : judged) {
      if (each.refusal() != null) {
        throw refused(each.job(), each.refusal(), move);
      }
    }
    return judged.stream().map(Judged::job).findFirst();
  }

  private IllegalStateException refused(JobRow job, Refusal refusal, Move move) {
    String name = "job %d (%s)".formatted(job.id(), job.kind());
    return switch (refusal) {
      case KEY -> UniqueTwins.refusal(session, job.id(), JobState.AVAILABLE);
      case ATTEMPTS ->
          new IllegalStateException(
              ("%s has used %d attempts, so it cannot have only %d: give it at least %d, or cancel"
                      + " it if it is not to run again [CAIRN-408]")
                  .formatted(name, job.attempt(), move.maxAttempts(), job.attempt() + 1));
      case LOOK ->
          new IllegalStateException(
              ("%s waits in a step, and looks now for what it waits for: give it a later time once"
                      + " it is scheduled again, or pause it [CAIRN-409]")
                  .formatted(name));
      case STATE ->
          new IllegalStateException(
              job.state() == JobState.RUNNING
                  ? ("%s is running, and its time, queue, priority and attempts cannot be changed"
                          + " meanwhile: pause it first, and resume it afterwards [CAIRN-401]")
                      .formatted(name)
                  : ("%s is %s, and its time, queue, priority and attempts cannot be changed any"
                          + " more: retry it and change it in one transaction, or insert another job"
                          + " [CAIRN-402]")
                      .formatted(name, job.state().label()));
    };
  }
}
