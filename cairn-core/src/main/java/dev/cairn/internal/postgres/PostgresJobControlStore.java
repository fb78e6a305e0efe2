package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.store.JobChange;
import dev.cairn.internal.store.JobChange.Next;
import dev.cairn.internal.store.JobChange.Request;
import dev.cairn.internal.store.JobControlStore;
import dev.cairn.internal.store.StepChanges;
import dev.cairn.internal.store.StepChanges.NewState;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.QuarantinedItem;
import java.sql.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Reads the progress of resumable jobs, and changes them for operators. */
final class PostgresJobControlStore implements JobControlStore {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private static final String CHANGE_PURPOSE = "change a job";

  private final Database database;

  /** The caller's connection; null if there is none. */
  private final @Nullable Connection callers;

  PostgresJobControlStore(Database database) {
    this(database, null);
  }

  private PostgresJobControlStore(Database database, @Nullable Connection callers) {
    this.database = database;
    this.callers = callers;
  }

  @Override
  public JobControlStore in(Connection connection) {
    return new PostgresJobControlStore(database, connection);
  }

  /** Each statement in a transaction of its own, or all in the caller's. */
  private Session session() {
    return callers == null ? database : database.in(callers);
  }

  @Override
  public Optional<JobProgress> progress(long id) {
    return progress(session(), id);
  }

  private static Optional<JobProgress> progress(Session session, long id) {
    return session.list(ProgressRows.SELECT, Map.of("id", id), ProgressRows::progress).stream()
        .findFirst();
  }

  private static final Sql QUARANTINED =
      Sql.of(
          "list the items put aside",
          """
          SELECT step, position, error, crashes, redrive, quarantined_at
          FROM {schema}.cairn_quarantine
          WHERE job_id = :id
          ORDER BY quarantined_at, step, item
          LIMIT :limit
          """);

  @Override
  public List<QuarantinedItem> quarantined(long id, int limit) {
    return session()
        .list(
            QUARANTINED,
            Map.of("id", id, "limit", limit),
            row ->
                new QuarantinedItem(
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getInt(4),
                    row.getBoolean(5),
                    Rows.instant(row, 6)));
  }

  @Override
  public Optional<JobRow> change(long id, Function<LockedJob, Optional<JobChange>> decision) {
    try {
      return callers == null
          ? database.inTransaction(CHANGE_PURPOSE, session -> change(session, id, decision))
          : database.together(callers, CHANGE_PURPOSE, it -> change(database.in(it), id, decision));
    } catch (CairnException e) {
      throw UniqueTwins.explained(e, callers == null ? database : null, id, JobState.AVAILABLE);
    }
  }

  // This is a separate statement, because only later statements see the changes for which the lock
  // has waited.
  private static final Sql LOCK =
      Sql.of(
          "lock a job",
          Template.of(
                  """
                  SELECT {job_columns}, {keys_are_newer} OR EXISTS (
                    SELECT FROM {schema}.cairn_checkpoint AS checkpoint
                    WHERE checkpoint.job_id = job.id AND checkpoint.name = '{river_checkpoint}'
                      AND jsonb_typeof(checkpoint.value) = 'string'
                  )
                  FROM {schema}.river_job AS job
                  WHERE job.id = :id
                  FOR NO KEY UPDATE
                  """)
              .with("job_columns", Rows.JOB)
              .with("keys_are_newer", Fragments.KEYS_ARE_NEWER)
              .sql());

  private record Locked(JobRow job, boolean riverIsNewer) {}

  private static Optional<JobRow> change(
      Session session, long id, Function<LockedJob, Optional<JobChange>> decision) {
    Optional<Locked> locked =
        session
            .list(LOCK, Map.of("id", id), row -> new Locked(Rows.job(row), row.getBoolean(17)))
            .stream()
            .findFirst();
    if (locked.isEmpty()) {
      return Optional.empty();
    }
    JobRow job = locked.get().job();
    Optional<JobChange> change =
        progress(session, id)
            .flatMap(it -> decision.apply(new LockedJob(job, it, locked.get().riverIsNewer())));
    if (change.isEmpty()) {
      return Optional.of(job);
    }
    JobState next = change.get().next().state();
    if (next != null) {
      UniqueTwins.requireNone(session, id, next);
    }
    changeSteps(session, id, change.get().steps());
    if (change.get().redrives() && session.list(REDRIVE, Map.of("id", id), row -> true).isEmpty()) {
      throw new IllegalStateException(
          "job %d (%s) has put no item aside [CAIRN-407]".formatted(id, job.kind()));
    }
    return session.list(CHANGE, values(session, job, change.get()), Rows::job).stream().findFirst();
  }

  private static final Sql FORGET =
      Sql.of(
          "forget steps of a job",
          """
          DELETE FROM {schema}.cairn_checkpoint
          WHERE job_id = :id AND (:everything OR name = ANY (:names))
          RETURNING name
          """);

  private static final Sql RELEASE_ALL =
      Sql.of(
          "forget the items that a job has put aside",
          "DELETE FROM {schema}.cairn_quarantine WHERE job_id = :id RETURNING step");

  // The steps run again from their beginning, so they process the items that were put aside again.
  private static final Sql RELEASE =
      Sql.of(
          "forget the items that steps of a job have put aside",
          """
          DELETE FROM {schema}.cairn_quarantine
          WHERE job_id = :id AND step = ANY (:names)
          RETURNING step
          """);

  private static final Sql REDRIVE =
      Sql.of(
          "request to process items again",
          "UPDATE {schema}.cairn_quarantine SET redrive = true WHERE job_id = :id RETURNING step");

  // No claim has the time 'epoch', so every claim may overwrite the checkpoint.
  private static final Sql SET =
      Sql.of(
          "set steps of a job",
          """
          INSERT INTO {schema}.cairn_checkpoint AS checkpoint
            (job_id, name, finished, value, claimed_at, sequence)
          SELECT :id, name, finished, value::jsonb, 'epoch', 0
          FROM unnest(:names::text[], :finished::boolean[], :values::text[])
            AS state (name, finished, value)
          ON CONFLICT (job_id, name) DO UPDATE
          SET finished = excluded.finished, value = excluded.value, done = NULL, total = NULL,
              saved_at = now()
          RETURNING name
          """);

  private static void changeSteps(Session session, long id, StepChanges changes) {
    if (changes.all()) {
      session.list(RELEASE_ALL, Map.of("id", id), row -> true);
    }
    if (changes.all() || !changes.deleted().isEmpty()) {
      session.list(
          FORGET,
          Map.of(
              "id", id,
              "everything", changes.all(),
              "names", SqlArray.texts(changes.deleted(), name -> name)),
          row -> true);
    }
    if (!changes.forgotten().isEmpty()) {
      session.list(
          RELEASE,
          Map.of("id", id, "names", SqlArray.texts(List.copyOf(changes.forgotten()), name -> name)),
          row -> true);
    }
    if (!changes.set().isEmpty()) {
      session.list(
          SET,
          Map.of(
              "id", id,
              "names", SqlArray.texts(changes.set(), NewState::name),
              "finished", SqlArray.booleans(changes.set(), NewState::finished),
              "values", SqlArray.texts(changes.set(), NewState::value)),
          row -> true);
    }
  }

  // A job that has waits becomes available, because what it waits for may have arrived while it was
  // paused. The job has to check that itself.
  private static final String WAITS_ON =
      """
      (:in_time AND job.scheduled_at > now()
        AND NOT EXISTS (SELECT FROM {schema}.cairn_wait AS wait WHERE wait.job_id = job.id))\
      """;

  // The row is already locked. If steps were changed, River's keys and the digest are changed too,
  // so that a worker in Go sees the change.
  private static final Sql CHANGE =
      Sql.of(
          "change a job",
          Template.of(
                  """
                  WITH state AS (
                    SELECT job_id, name, position, finished, value
                    FROM {schema}.cairn_checkpoint
                    WHERE job_id = :id AND :rewrites_keys
                  ),
                  {merged},
                  changed AS (
                    UPDATE {schema}.river_job AS job
                    SET state = CASE WHEN {waits_on} THEN 'scheduled'
                          ELSE coalesce(:state::text::{schema}.river_job_state, job.state) END,
                        scheduled_at = CASE WHEN {waits_on} THEN job.scheduled_at
                          WHEN :state::text = 'available' OR :is_due THEN now()
                          ELSE job.scheduled_at END,
                        finalized_at = CASE WHEN :state::text IS NULL THEN job.finalized_at
                          WHEN :state::text = 'cancelled' THEN now() END,
                        max_attempts = CASE
                          WHEN :state::text = 'available' AND job.attempt >= job.max_attempts
                            THEN least(job.attempt::integer + 1, 32767)
                          ELSE job.max_attempts END,
                        metadata = (({metadata}) - :dropped_keys::text[]
                            - CASE WHEN :rewrites_keys THEN {resumable_keys} ELSE '{}' END)
                          || coalesce((SELECT keys FROM merged), '{}')
                          || CASE WHEN :cancels THEN jsonb_build_object('{cancel_attempted_at_key}', {now})
                            ELSE '{}' END
                          || CASE WHEN :request::text IS NULL THEN '{}'
                            ELSE jsonb_build_object('{request_key}',
                              jsonb_build_object('verb', :request::text, 'claim', {claim_micros})) END
                          || {added}
                    WHERE job.id = :id
                    RETURNING {job_columns}
                  ),
                  told AS (
                    SELECT pg_notify(channel, payload)
                    FROM unnest(:channels::text[], :payloads::text[]) AS notice (channel, payload)
                  )
                  SELECT changed.*, (SELECT count(*) FROM told) FROM changed
                  """)
              .with("job_columns", Rows.JOB)
              .with("waits_on", WAITS_ON)
              .with("merged", Fragments.MERGED)
              .with("resumable_keys", Fragments.RESUMABLE_KEYS)
              .with("now", Operations.NOW)
              .with("claim_micros", Fragments.CLAIM_MICROS)
              .with("metadata", Fragments.METADATA)
              .with("added", Operations.ADDED)
              .sql());

  private static Map<String, @Nullable Object> values(
      Session session, JobRow job, JobChange change) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("id", job.id());
    JobState next = change.next().state();
    values.put("state", next == null ? null : next.label());
    values.put("is_due", change.next() == Next.PENDING_AND_DUE);
    values.put("in_time", change.next() == Next.AVAILABLE_IN_TIME);
    values.put("rewrites_keys", !change.steps().isEmpty());
    values.put("dropped_keys", SqlArray.texts(droppedKeys(change), key -> key));
    values.put("cancels", change.request() == Request.CANCEL);
    values.put("request", request(change.request()));
    values.put("operation", Operations.text(change));
    List<Notice> notices = notices(session.schema(), job, change);
    values.put("channels", SqlArray.texts(notices, Notice::channel));
    values.put("payloads", SqlArray.texts(notices, Notice::payload));
    return values;
  }

  private static @Nullable String request(Request request) {
    return switch (request) {
      case INTERRUPT -> "interrupt";
      case PAUSE -> "pause";
      case NOTHING, CANCEL, WITHDRAW -> null;
    };
  }

  /** The keys to delete: a request for an earlier attempt does not apply to the next one. */
  private static List<String> droppedKeys(JobChange change) {
    if (change.next().state() == JobState.AVAILABLE) {
      return List.of(
          MetadataKeys.REQUEST,
          MetadataKeys.CANCEL_ATTEMPTED_AT,
          MetadataKeys.DEATHS,
          MetadataKeys.INTERRUPTIONS);
    }
    return change.request() == Request.WITHDRAW ? List.of(MetadataKeys.REQUEST) : List.of();
  }

  private record Notice(String channel, String payload) {}

  private static List<Notice> notices(SchemaName schema, JobRow job, JobChange change) {
    String action =
        switch (change.request()) {
          case INTERRUPT -> PostgresNotifications.INTERRUPT;
          case PAUSE -> PostgresNotifications.PAUSE;
          case CANCEL -> "cancel";
          case NOTHING, WITHDRAW -> null;
        };
    if (action != null) {
      return List.of(
          new Notice(
              schema.channel("river_control"),
              MAPPER
                  .createObjectNode()
                  .put("action", action)
                  .put("job_id", job.id())
                  .put("queue", job.queue())
                  .toString()));
    }
    if (change.next().state() == JobState.AVAILABLE) {
      return List.of(
          new Notice(
              schema.channel("river_insert"),
              MAPPER.createObjectNode().put("queue", job.queue()).toString()));
    }
    return List.of();
  }
}
