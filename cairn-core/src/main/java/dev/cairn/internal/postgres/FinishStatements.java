package dev.cairn.internal.postgres;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Writes the outcomes of attempts. */
final class FinishStatements {
  /** The longest delay whose nanoseconds fit into a long: about 290 years. */
  private static final Duration DELAY_MAX = Duration.ofNanos(Long.MAX_VALUE);

  /**
   * An outcome that is written this long after the end of its attempt has waited for the database.
   */
  private static final Duration LATE = Duration.ofSeconds(1);

  private static final String KEY_LOST_ERROR =
      Template.of(
              """
              jsonb_build_object(
                'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'attempt', greatest(job.attempt, 0), 'error', {key_lost}, 'trace', '')\
              """)
          .with("key_lost", Fragments.KEY_LOST)
          .sql();

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Database database;
  private final CompleteStatements completions;

  FinishStatements(Database database, CompleteStatements completions) {
    this.database = database;
    this.completions = completions;
  }

  Collection<Claim> finish(String clientId, List<FinishedAttempt> attempts) {
    var plain = new ArrayList<Claim>();
    var withSteps = new ArrayList<FinishedAttempt>();
    var others = new ArrayList<FinishedAttempt>();
    var handedBack = new ArrayList<FinishedAttempt>();
    for (FinishedAttempt attempt : attempts) {
      switch (attempt.form()) {
        case HAND_BACK -> handedBack.add(attempt);
        case COMPLETION -> plain.add(attempt.claim());
        case COMPLETION_OF_STEPS -> withSteps.add(attempt);
        case DETAILED -> others.add(attempt);
      }
    }
    var written = new ArrayList<Claim>(attempts.size());
    if (!plain.isEmpty()) {
      written.addAll(completions.complete(clientId, plain));
    }
    if (!withSteps.isEmpty()) {
      List<FencedClaim> claims = withSteps.stream().map(FinishedAttempt::fenced).toList();
      var completed = Set.copyOf(completions.completeWithSteps(clientId, claims));
      written.addAll(completed);
      withSteps.removeIf(attempt -> completed.contains(attempt.claim()));
      others.addAll(withSteps);
    }
    if (!handedBack.isEmpty()) {
      List<Claim> claims = handedBack.stream().map(FinishedAttempt::claim).toList();
      written.addAll(
          handBack(clientId, claims, SqlArray.booleans(handedBack, FinishStatements::isAtOnce)));
    }
    if (!others.isEmpty()) {
      for (int ordinal : finishWithDetails(clientId, others)) {
        written.add(others.get(ordinal).claim());
      }
    }
    return written;
  }

  private static final String NOTES =
      Template.of("'{{request_key},{woken_key},{handed_back_key}}'::text[]").sql();

  private static final String COUNTS_IF_DISCARDED =
      Template.of(
              """
              CASE WHEN locked.state IN ('cancelled', 'discarded') THEN {counts_to_discard}
                ELSE '{}'::text[] END\
              """)
          .with("counts_to_discard", Fragments.COUNTS_TO_DISCARD)
          .sql();

  // One statement for every outcome that is not a plain completion. It writes the outcome,
  // metadata, the checkpoints that are not durable yet, and River's keys, which are computed from
  // all checkpoints of the job.
  //
  // A retry or snooze within River's scheduler interval (5 s) becomes available at once. A job that
  // should run again becomes cancelled if it was cancelled meanwhile, and pending if it was paused.
  // Queues are notified of jobs that are due now.
  //
  // A failover may have lost a wait of a job that should sleep until it is woken. If the database
  // does not have all waits of the job, the job becomes available and checks again. The waits of a
  // job that is snoozed or only sleeps are deleted, so that nothing wakes it before its time.
  //
  // If another job has taken the unique key, a job that should run again is discarded, and a job
  // that ends loses its key.
  private static final Sql FINISH =
      Sql.of(
          "finish jobs",
          Template.of(
                  """
                  WITH outcome AS MATERIALIZED (
                    SELECT *
                    FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :follows::jsonb[],
                      :targets::text[], :delays::bigint[], :keeps_place::boolean[],
                      :attempts_back::integer[], :errors::text[], :metadata::text[],
                      :resumable::boolean[], :waits::integer[])
                      WITH ORDINALITY AS outcome (id, attempted_at, follows, target, delay, keeps_place,
                        attempts_back, error, metadata, resumable, waits, ordinal)
                  ),
                  judged AS MATERIALIZED (
                    SELECT outcome.ordinal, job.id, job.attempt, outcome.attempted_at, outcome.target,
                      job.unique_key, job.unique_states, job.running,
                      outcome.keeps_place, outcome.attempts_back, outcome.error, outcome.metadata, outcome.resumable,
                      outcome.waits, outcome.resumable AND EXISTS (
                        SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = job.id
                      ) AS keeps_steps,
                      CASE WHEN job.is_woken THEN 0 ELSE outcome.delay END AS delay,
                      CASE
                        WHEN outcome.target IN ('completed', 'cancelled', 'discarded') THEN outcome.target
                        WHEN job.cancel_requested THEN 'cancelled'
                        WHEN job.pause_requested THEN 'pending'
                        WHEN outcome.delay <= 5000000 THEN 'available'
                        WHEN job.is_woken THEN 'available'
                        ELSE outcome.target
                      END::{schema}.river_job_state AS state
                    FROM outcome
                    CROSS JOIN LATERAL (
                      SELECT job.id, job.attempt, job.unique_key, job.unique_states,
                        job.state AS running, {cancel_requested} AS cancel_requested,
                        {request} = 'pause' AS pause_requested, outcome.waits > 0 AND (
                          job.metadata ?? '{woken_key}'
                          OR outcome.waits > (
                            SELECT count(*) FROM {schema}.cairn_wait AS wait WHERE wait.job_id = job.id
                          )
                        ) AS is_woken
                      FROM {schema}.river_job AS job
                      WHERE job.id = outcome.id AND {held}
                        AND {follows}
                      FOR NO KEY UPDATE SKIP LOCKED
                    ) AS job
                  ),
                  locked AS MATERIALIZED (
                    SELECT job.ordinal, job.id, job.attempt, job.attempted_at, job.keeps_place,
                      job.attempts_back, job.error, job.metadata, job.resumable, job.keeps_steps,
                      job.delay, key.is_taken AS key_is_taken,
                      key.is_taken AND job.state NOT IN ('completed', 'cancelled', 'discarded')
                        AS is_given_up,
                      CASE WHEN key.is_taken AND job.state NOT IN ('completed', 'cancelled', 'discarded')
                        THEN 'discarded' ELSE job.state END AS state
                    FROM judged AS job
                    CROSS JOIN LATERAL (SELECT {key_is_taken_in} AS is_taken) AS key
                  ),
                  saved AS (
                    INSERT INTO {schema}.cairn_checkpoint AS checkpoint
                      {checkpoint_columns}
                    SELECT locked.id, pending.name, pending.position, pending.finished,
                      pending.value::jsonb, locked.attempted_at, pending.sequence, locked.attempt,
                      now() - pending.began_us_ago * interval '1 microsecond', pending.spent_ms,
                      pending.done, pending.total
                    FROM unnest(:owners::bigint[], :names::text[], :positions::integer[],
                      :finished::boolean[], :values::text[], :sequences::bigint[], :spent_ms::bigint[],
                      :began_us_ago::bigint[], :done::bigint[], :total::bigint[])
                      AS pending (owner, name, position, finished, value, sequence, spent_ms, began_us_ago,
                        done, total)
                    JOIN locked ON locked.ordinal = pending.owner
                      AND (locked.state <> 'completed' OR locked.keeps_steps)
                    ON CONFLICT (job_id, name) DO UPDATE
                    SET {checkpoint_update}
                    WHERE {checkpoint_is_older}
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
                  {merged},
                  finished AS (
                    UPDATE {schema}.river_job AS job
                    SET state = locked.state,
                        attempt = greatest(job.attempt - locked.attempts_back, 0),
                        unique_key = CASE WHEN locked.key_is_taken THEN NULL ELSE job.unique_key END,
                        errors = CASE WHEN locked.is_given_up
                            THEN array_append(
                              CASE WHEN locked.error IS NULL THEN {errors}
                                ELSE array_append({errors}, locked.error::jsonb) END,
                              {key_lost_error})
                          WHEN locked.error IS NULL THEN job.errors
                          ELSE array_append({errors}, locked.error::jsonb) END,
                        finalized_at = CASE
                          WHEN locked.state IN ('completed', 'cancelled', 'discarded') THEN now() END,
                        scheduled_at = CASE
                          WHEN locked.keeps_place AND locked.state = 'available'
                            THEN least(job.scheduled_at, now())
                          WHEN locked.state IN ('available', 'retryable', 'scheduled')
                            OR (locked.state = 'pending' AND locked.delay > 0)
                            THEN now() + locked.delay * interval '1 microsecond'
                          ELSE job.scheduled_at END,
                        metadata = CASE
                          WHEN locked.metadata IS NULL AND NOT locked.resumable AND NOT locked.is_given_up
                            THEN {metadata_without_notes}
                          ELSE (CASE WHEN locked.resumable AND (locked.state = 'completed' OR NOT {keys_are_newer})
                              THEN ({metadata}) - {resumable_keys} ELSE {metadata} END
                            - {notes}
                            || coalesce(locked.metadata::jsonb, '{}')
                            || CASE WHEN locked.state = 'completed' OR NOT locked.resumable OR {keys_are_newer} THEN '{}'
                              ELSE coalesce({merged_keys}, '{}') END
                            || CASE WHEN locked.is_given_up
                              THEN '{"{unique_key_conflict_key}": "finish_discarded"}'::jsonb ELSE '{}' END)
                            - {counts_if_discarded} END
                    FROM locked
                    WHERE job.id = locked.id
                    RETURNING locked.ordinal, job.queue,
                      job.state = 'available' AND locked.delay = 0 AS is_due
                  ),
                  over AS (
                    DELETE FROM {schema}.cairn_wait
                    WHERE job_id = ANY (ARRAY(
                      SELECT judged.id FROM judged
                      WHERE judged.target = 'scheduled' AND judged.waits = 0
                    ))
                  ),
                  told AS (
                    SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
                    FROM (SELECT DISTINCT queue FROM finished WHERE is_due) AS due
                  )
                  SELECT finished.ordinal, told.* FROM finished, told
                  """)
              .with("held", Fence.held("outcome.attempted_at"))
              .with("merged", Fragments.MERGED)
              .with("resumable_keys", Fragments.RESUMABLE_KEYS)
              .with("notes", NOTES)
              .with("counts_if_discarded", COUNTS_IF_DISCARDED)
              .with(
                  "metadata_without_notes",
                  Fragments.metadataWithout(NOTES + " || " + COUNTS_IF_DISCARDED))
              .with("checkpoint_columns", Fragments.CHECKPOINT_COLUMNS)
              .with("checkpoint_update", Fragments.CHECKPOINT_UPDATE)
              .with("request", Fragments.REQUEST)
              .with("merged_keys", Fragments.MERGED_KEYS)
              .with("cancel_requested", Fragments.CANCEL_REQUESTED)
              .with("follows", Fence.follows("outcome.attempted_at", "outcome.follows"))
              .with("metadata", Fragments.METADATA)
              .with("errors", Fragments.ERRORS)
              .with("keys_are_newer", "(" + Fragments.KEYS_ARE_NEWER + ")")
              .with("checkpoint_is_older", Fragments.CHECKPOINT_IS_OLDER)
              .with("key_is_taken_in", Fragments.keyIsTakenIn("job.running", "job.state"))
              .with("key_lost_error", KEY_LOST_ERROR)
              .sql());

  /** Returns the positions in the list of the outcomes that were written. */
  private List<Integer> finishWithDetails(String clientId, List<FinishedAttempt> attempts) {
    var checkpoints = new ArrayList<CheckpointWrite>();
    var owners = new ArrayList<Long>();
    for (int i = 0; i < attempts.size(); i++) {
      for (CheckpointWrite write : attempts.get(i).checkpoints()) {
        checkpoints.add(write);
        owners.add(i + 1L);
      }
    }
    Map<String, @Nullable Object> values = Fence.of(clientId, attempts, FinishedAttempt::fenced);
    values.put(
        "targets", SqlArray.texts(attempts, attempt -> attempt.outcome().nextState().label()));
    values.put("delays", SqlArray.longs(attempts, FinishStatements::delay));
    values.put(
        "keeps_place", SqlArray.booleans(attempts, attempt -> attempt.outcome().keepsPlace()));
    values.put(
        "attempts_back", SqlArray.integers(attempts, attempt -> attempt.outcome().attemptsBack()));
    values.put("errors", SqlArray.texts(attempts, attempt -> storable(error(attempt.outcome()))));
    values.put("metadata", SqlArray.texts(attempts, attempt -> storable(attempt.metadata())));
    values.put("resumable", SqlArray.booleans(attempts, FinishedAttempt::resumable));
    values.put("waits", SqlArray.integers(attempts, attempt -> waits(attempt.outcome())));
    values.put("owners", SqlArray.longs(owners, owner -> owner));
    CheckpointArrays.put(values, checkpoints);
    values.put("channel", database.schema().channel("river_insert"));
    return database.list(FINISH, values, row -> row.getInt(1) - 1);
  }

  private static int waits(Outcome outcome) {
    return outcome instanceof Outcome.Suspended suspended ? suspended.waits() : 0;
  }

  // The attempt is no longer known, so its durable values are read from the tables.
  //
  // The job itself may be the reason why its attempt ended without an outcome, and the next attempt
  // may end in the same way. Only this statement can slow that down. So from the second time in a
  // row, the job waits for at most five seconds, a time for which no scheduler is needed. Its state
  // is available nevertheless, and its queue is notified: otherwise, a client without jobs of the
  // queue would not look before its poll interval ends. A job that its client could not start, or
  // hands back because the client stops, keeps its place.
  private static final Sql HAND_BACK =
      Sql.of(
          "hand jobs back",
          Template.of(
                  """
                  WITH claim AS MATERIALIZED (
                    SELECT *
                    FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :at_once::boolean[])
                      WITH ORDINALITY AS claim (id, attempted_at, at_once, ordinal)
                  ),
                  locked AS MATERIALIZED (
                    SELECT claim.ordinal, claim.at_once, job.id
                    FROM claim
                    CROSS JOIN LATERAL (
                      SELECT job.id
                      FROM {schema}.river_job AS job
                      WHERE job.id = claim.id AND {held}
                      FOR NO KEY UPDATE SKIP LOCKED
                    ) AS job
                  ),
                  state AS (
                    SELECT checkpoint.job_id, checkpoint.name, checkpoint.position, checkpoint.finished,
                      checkpoint.value
                    FROM locked
                    CROSS JOIN LATERAL (
                      SELECT *
                      FROM {schema}.cairn_checkpoint AS checkpoint
                      WHERE checkpoint.job_id = locked.id
                      OFFSET 0
                    ) AS checkpoint
                  ),
                  {merged},
                  freed AS (
                    UPDATE {schema}.river_job AS job
                    SET state = CASE WHEN {cancel_requested} THEN 'cancelled' WHEN {key_is_taken} THEN 'discarded'
                          WHEN {request} = 'pause' THEN 'pending' ELSE 'available' END::{schema}.river_job_state,
                        finalized_at = CASE WHEN {cancel_requested} OR {key_is_taken} THEN now() END,
                        attempt = greatest(job.attempt - 1, 0),
                        unique_key = CASE WHEN {cancel_requested} THEN {key_if_cancelled} WHEN {key_is_taken} THEN {key_if_discarded}
                          ELSE job.unique_key END,
                        scheduled_at = CASE WHEN locked.at_once OR {handed_back} = 0 THEN least(job.scheduled_at, now())
                          ELSE now() + least(
                            interval '5 seconds',
                            (1 << least({handed_back} - 1, 4)) * interval '500 milliseconds') END,
                        metadata = ({merged_metadata}) - '{request_key}'
                          || CASE WHEN locked.at_once THEN '{}'::jsonb
                            ELSE jsonb_build_object('{handed_back_key}', {handed_back} + 1) END
                          || CASE WHEN {key_is_taken} THEN '{"{unique_key_conflict_key}": "hand_back_discarded"}'::jsonb
                            ELSE '{}' END
                    FROM locked
                    WHERE job.id = locked.id
                    RETURNING locked.ordinal, job.queue, job.state
                  ),
                  told AS (
                    SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
                    FROM (SELECT DISTINCT queue FROM freed WHERE state = 'available') AS due
                  )
                  SELECT freed.ordinal, told.* FROM freed, told
                  """)
              .with("held", Fence.held("claim.attempted_at"))
              .with("merged", Fragments.MERGED)
              .with("merged_metadata", Fragments.MERGED_METADATA)
              .with("cancel_requested", Fragments.CANCEL_REQUESTED)
              .with("request", Fragments.REQUEST)
              .with("handed_back", Fragments.counter(MetadataKeys.HANDED_BACK))
              .with("key_is_taken", Fragments.KEY_IS_TAKEN)
              .with("key_if_cancelled", Fragments.keptKey("'cancelled'"))
              .with("key_if_discarded", Fragments.keptKey("'discarded'"))
              .sql());

  Set<Claim> handBack(String clientId, List<Claim> claims) {
    return handBack(clientId, claims, SqlArray.booleans(claims, claim -> true));
  }

  /** Whether the job is handed back because its client stops, and not because of the job itself. */
  private static boolean isAtOnce(FinishedAttempt attempt) {
    return attempt.outcome() instanceof Outcome.Interrupted interrupted
        && interrupted.reason() == InterruptionReason.SHUTDOWN;
  }

  private Set<Claim> handBack(String clientId, List<Claim> claims, Object atOnce) {
    Map<String, @Nullable Object> values = Fence.ofClaims(clientId, claims, claim -> claim);
    values.put("at_once", atOnce);
    values.put("channel", database.schema().channel("river_insert"));
    var freed = new HashSet<Claim>();
    database.list(HAND_BACK, values, row -> freed.add(claims.get(row.getInt(1) - 1)));
    return freed;
  }

  // Changes as little of the row as possible, because one of its values is odd, or a trigger
  // refuses changes. A locked row is skipped, so that the session that holds it does not delay all
  // other jobs of the client.
  private static String setApart(String which) {
    return Template.of(
            """
            WITH free AS MATERIALIZED (
              SELECT job.id FROM {schema}.river_job AS job
              WHERE {which}
              FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE {schema}.river_job AS job
            SET state = 'discarded', finalized_at = now(), unique_key = {key_if_discarded},
                metadata = ({metadata}) || jsonb_build_object('{set_apart_key}', :reason::text)
            FROM free
            WHERE job.id = free.id
            RETURNING job.id
            """)
        .with("which", which)
        .with("metadata", Fragments.METADATA)
        .with("key_if_discarded", Fragments.keptKey("'discarded'"))
        .sql();
  }

  private static final Sql SET_CLAIM_APART =
      Sql.of(
          "set a claimed job apart", setApart("job.id = :id AND " + Fence.held(":attempted_at")));

  boolean setApart(Claim claim, String reason) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("reason", database.encoding().text(database, reason));
    return !database.list(SET_CLAIM_APART, values, row -> true).isEmpty();
  }

  private static final Sql SET_WAITING_APART =
      Sql.of("set a waiting job apart", setApart("job.id = :id AND job.state::text = 'available'"));

  boolean setApart(long id, String reason) {
    return !database
        .list(
            SET_WAITING_APART,
            Map.of("id", id, "reason", database.encoding().text(database, reason)),
            row -> true)
        .isEmpty();
  }

  /**
   * The delay in microseconds from now. A sleep began when the attempt ended: if that was long ago,
   * the time since then is subtracted. The time of a retry is chosen after the end of the attempt.
   */
  private static long delay(FinishedAttempt attempt) {
    Outcome outcome = attempt.outcome();
    Duration delay = outcome.delay();
    Duration age = Duration.ofNanos(System.nanoTime() - attempt.times().endedNanos());
    boolean sleeps = outcome instanceof Outcome.Snoozed || outcome instanceof Outcome.Suspended;
    Duration rest = sleeps && age.compareTo(LATE) > 0 ? delay.minus(age) : delay;
    if (rest.isNegative()) {
      return 0;
    }
    return (rest.compareTo(DELAY_MAX) < 0 ? rest : DELAY_MAX).toNanos() / 1_000;
  }

  private static @Nullable String error(Outcome outcome) {
    AttemptError error = outcome.error();
    return error == null ? null : json(error);
  }

  private @Nullable String storable(@Nullable String json) {
    return database.encoding().json(database, json);
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
