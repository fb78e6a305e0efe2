package dev.cairn.internal.postgres;

import dev.cairn.AttemptError;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Writes how attempts ended. */
final class FinishStatements {
  /** The most that an interval of PostgreSQL can be added to now() with; some 290 years. */
  private static final Duration DELAY_MAX = Duration.ofNanos(Long.MAX_VALUE);

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Database database;
  private final CompleteStatements completions;

  FinishStatements(Database database, CompleteStatements completions) {
    this.database = database;
    this.completions = completions;
  }

  Set<Long> finish(String clientId, List<FinishedAttempt> attempts) {
    var plain = new ArrayList<Claim>();
    var withSteps = new ArrayList<FinishedAttempt>();
    var others = new ArrayList<FinishedAttempt>();
    for (FinishedAttempt attempt : attempts) {
      if (attempt.isPlainCompletion()) {
        plain.add(attempt.claim());
      } else if (attempt.isCompletionOfSteps()) {
        withSteps.add(attempt);
      } else {
        others.add(attempt);
      }
    }
    var written = new HashSet<Long>();
    if (!plain.isEmpty()) {
      written.addAll(completions.complete(clientId, plain));
    }
    if (!withSteps.isEmpty()) {
      List<Claim> claims = withSteps.stream().map(FinishedAttempt::claim).toList();
      written.addAll(completions.completeWithSteps(clientId, claims));
      withSteps.removeIf(attempt -> written.contains(attempt.claim().jobId()));
      others.addAll(withSteps);
    }
    if (!others.isEmpty()) {
      written.addAll(finishWithDetails(clientId, others));
    }
    return written;
  }

  // One statement for everything that is not a plain completion: the outcome, metadata, the
  // checkpoints that are not durable yet, and River's keys made of all checkpoints of the job. A
  // retry or snooze within River's scheduler interval (5 s) goes straight to available; one of a
  // job that somebody cancelled becomes cancelled, of a paused one pending. Who waits for work is
  // told of jobs that are due now.
  private static final Sql FINISH =
      Sql.of(
          "finish jobs",
          """
          WITH outcome AS MATERIALIZED (
            SELECT *
            FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :targets::text[],
              :delays::bigint[], :attempts_back::integer[], :errors::text[], :metadata::text[],
              :resumable::boolean[], :wakeable::boolean[])
              AS outcome (id, attempted_at, target, delay, attempts_back, error, metadata, resumable,
                wakeable)
          ),
          locked AS MATERIALIZED (
            SELECT job.id, job.attempt, outcome.attempted_at, outcome.target,
              outcome.attempts_back, outcome.error, outcome.metadata, outcome.resumable,
              outcome.resumable AND EXISTS (
                SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = job.id
              ) AS keeps_steps,
              outcome.wakeable,
              CASE WHEN outcome.wakeable AND job.is_woken THEN 0 ELSE outcome.delay END AS delay,
              CASE
                WHEN outcome.target IN ('completed', 'cancelled', 'discarded') THEN outcome.target
                WHEN job.cancel_requested THEN 'cancelled'
                WHEN job.pause_requested THEN 'pending'
                WHEN outcome.delay <= 5000000 THEN 'available'
                WHEN outcome.wakeable AND job.is_woken THEN 'available'
                ELSE outcome.target
              END::{schema}.river_job_state AS state
            FROM outcome
            CROSS JOIN LATERAL (
              SELECT job.id, job.attempt, %9$s AS cancel_requested,
                %6$s = 'pause' AS pause_requested, job.metadata ?? '%7$s' AS is_woken
              FROM {schema}.river_job AS job
              WHERE job.id = outcome.id AND job.state = 'running'
                AND %1$s
              FOR NO KEY UPDATE SKIP LOCKED
            ) AS job
          ),
          saved AS (
            INSERT INTO {schema}.cairn_checkpoint AS checkpoint
              %4$s
            SELECT locked.id, pending.name, pending.position, pending.finished,
              pending.value::jsonb, locked.attempted_at, pending.sequence, locked.attempt,
              now() - pending.began_us_ago * interval '1 microsecond', pending.spent_ms,
              pending.done, pending.total
            FROM unnest(:checkpoint_ids::bigint[], :names::text[], :positions::integer[],
              :finished::boolean[], :values::text[], :sequences::bigint[], :spent_ms::bigint[],
              :began_us_ago::bigint[], :done::bigint[], :total::bigint[])
              AS pending (job_id, name, position, finished, value, sequence, spent_ms, began_us_ago,
                done, total)
            JOIN locked ON locked.id = pending.job_id
              AND (locked.state <> 'completed' OR locked.keeps_steps)
            ON CONFLICT (job_id, name) DO UPDATE
            SET %5$s
            WHERE (checkpoint.claimed_at, checkpoint.sequence)
              <= (excluded.claimed_at, excluded.sequence)
            RETURNING job_id, name, position, finished, value
          ),
          dropped AS (
            DELETE FROM {schema}.cairn_checkpoint
            WHERE job_id = ANY (ARRAY(
              SELECT id FROM locked
              WHERE locked.resumable AND locked.state = 'completed' AND NOT locked.keeps_steps
            ))
          ),
          state AS (
            SELECT DISTINCT ON (job_id, name) job_id, name, position, finished, value
            FROM (
              SELECT job_id, name, position, finished, value, true AS is_new FROM saved
              UNION ALL
              SELECT checkpoint.job_id, checkpoint.name, checkpoint.position, checkpoint.finished,
                checkpoint.value, false
              FROM locked
              CROSS JOIN LATERAL (
                SELECT *
                FROM {schema}.cairn_checkpoint AS checkpoint
                WHERE checkpoint.job_id = locked.id
                OFFSET 0
              ) AS checkpoint
              WHERE locked.resumable AND locked.state <> 'completed'
            ) AS version
            ORDER BY job_id, name, is_new DESC
          ),
          %2$s,
          finished AS (
            UPDATE {schema}.river_job AS job
            SET state = locked.state,
                attempt = greatest(job.attempt - locked.attempts_back, 0),
                errors = CASE WHEN locked.error IS NULL THEN job.errors
                  ELSE array_append(job.errors, locked.error::jsonb) END,
                finalized_at = CASE
                  WHEN locked.state IN ('completed', 'cancelled', 'discarded') THEN now() END,
                scheduled_at = CASE
                  WHEN locked.state IN ('available', 'retryable', 'scheduled')
                    THEN now() + locked.delay * interval '1 microsecond'
                  ELSE job.scheduled_at END,
                metadata = CASE WHEN locked.resumable THEN job.metadata - %3$s ELSE job.metadata END
                  - CASE WHEN locked.wakeable THEN '{cairn:request,%7$s}'::text[]
                    ELSE '{cairn:request}' END
                  || coalesce(locked.metadata::jsonb, '{}')
                  || CASE WHEN locked.state = 'completed' THEN '{}' ELSE coalesce(%8$s, '{}') END
            FROM locked
            WHERE job.id = locked.id
            RETURNING job.id, job.queue, job.state = 'available' AND locked.delay = 0 AS is_due
          ),
          told AS (
            SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
            FROM (SELECT DISTINCT queue FROM finished WHERE is_due) AS due
          )
          SELECT finished.id, told.* FROM finished, told
          """
              .formatted(
                  Fragments.held("outcome.attempted_at"),
                  Fragments.MERGED,
                  Fragments.RESUMABLE_KEYS,
                  Fragments.CHECKPOINT_COLUMNS,
                  Fragments.CHECKPOINT_UPDATE,
                  Fragments.REQUEST,
                  Fragments.WOKEN_KEY,
                  Fragments.MERGED_KEYS,
                  Fragments.CANCEL_REQUESTED));

  private List<Long> finishWithDetails(String clientId, List<FinishedAttempt> attempts) {
    List<CheckpointWrite> checkpoints =
        attempts.stream().flatMap(attempt -> attempt.checkpoints().stream()).toList();
    return database.list(
        FINISH,
        Map.ofEntries(
            Map.entry("ids", SqlArray.longs(attempts, attempt -> attempt.claim().jobId())),
            Map.entry(
                "attempted_at",
                SqlArray.instants(attempts, attempt -> attempt.claim().attemptedAt())),
            Map.entry("targets", SqlArray.texts(attempts, attempt -> target(attempt.outcome()))),
            Map.entry("delays", SqlArray.longs(attempts, attempt -> delay(attempt.outcome()))),
            Map.entry(
                "attempts_back",
                SqlArray.integers(attempts, attempt -> attemptsBack(attempt.outcome()))),
            Map.entry("errors", SqlArray.texts(attempts, attempt -> error(attempt.outcome()))),
            Map.entry("metadata", SqlArray.texts(attempts, FinishedAttempt::metadata)),
            Map.entry("resumable", SqlArray.booleans(attempts, FinishedAttempt::resumable)),
            Map.entry(
                "wakeable",
                SqlArray.booleans(
                    attempts,
                    attempt ->
                        attempt.outcome() instanceof Outcome.Suspended suspended
                            && suspended.wakeable())),
            Map.entry(
                "checkpoint_ids", SqlArray.longs(checkpoints, write -> write.claim().jobId())),
            Map.entry("names", SqlArray.texts(checkpoints, write -> write.checkpoint().name())),
            Map.entry(
                "positions",
                SqlArray.integers(checkpoints, write -> write.checkpoint().position())),
            Map.entry(
                "finished", SqlArray.booleans(checkpoints, write -> write.checkpoint().finished())),
            Map.entry("values", SqlArray.texts(checkpoints, write -> write.checkpoint().value())),
            Map.entry("sequences", SqlArray.longs(checkpoints, CheckpointWrite::sequence)),
            Map.entry("spent_ms", SqlArray.longs(checkpoints, CheckpointWrite::spentMillis)),
            Map.entry("began_us_ago", SqlArray.longs(checkpoints, CheckpointWrite::beganMicrosAgo)),
            Map.entry(
                "done", SqlArray.longs(checkpoints, write -> write.checkpoint().progress().done())),
            Map.entry(
                "total",
                SqlArray.longs(checkpoints, write -> write.checkpoint().progress().total())),
            Map.entry("client_id", clientId),
            Map.entry("channel", database.schema().channel("river_insert"))),
        row -> row.getLong(1));
  }

  private static String target(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Completed completed -> "completed";
      case Outcome.Retried retried -> "retryable";
      case Outcome.Discarded discarded -> "discarded";
      case Outcome.Cancelled cancelled -> "cancelled";
      case Outcome.Snoozed snoozed -> "scheduled";
      case Outcome.Suspended suspended -> "scheduled";
      case Outcome.Interrupted interrupted -> "available";
    };
  }

  private static long delay(Outcome outcome) {
    Duration delay =
        switch (outcome) {
          case Outcome.Retried retried -> retried.delay();
          case Outcome.Snoozed snoozed -> snoozed.delay();
          case Outcome.Suspended suspended -> suspended.delay();
          case Outcome.Completed completed -> Duration.ZERO;
          case Outcome.Discarded discarded -> Duration.ZERO;
          case Outcome.Cancelled cancelled -> Duration.ZERO;
          case Outcome.Interrupted interrupted -> Duration.ZERO;
        };
    return (delay.compareTo(DELAY_MAX) < 0 ? delay : DELAY_MAX).toNanos() / 1_000;
  }

  private static int attemptsBack(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Retried retried -> retried.attemptsBack();
      case Outcome.Snoozed snoozed -> 1;
      case Outcome.Suspended suspended -> 1;
      case Outcome.Interrupted interrupted -> 1;
      case Outcome.Completed completed -> 0;
      case Outcome.Discarded discarded -> 0;
      case Outcome.Cancelled cancelled -> 0;
    };
  }

  private static @Nullable String error(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Retried retried -> json(retried.error());
      case Outcome.Discarded discarded -> json(discarded.error());
      case Outcome.Cancelled cancelled -> json(cancelled.error());
      case Outcome.Completed completed -> null;
      case Outcome.Snoozed snoozed -> null;
      case Outcome.Suspended suspended -> null;
      case Outcome.Interrupted interrupted -> null;
    };
  }

  private static String json(AttemptError error) {
    return MAPPER.writeValueAsString(
        MAPPER
            .createObjectNode()
            .put("at", error.at().toString())
            .put("attempt", error.attempt())
            .put("error", error.error())
            .put("trace", error.trace()));
  }
}
