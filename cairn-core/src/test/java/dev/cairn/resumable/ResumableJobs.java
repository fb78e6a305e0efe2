package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs one resumable job attempt by attempt, each with its own code, and notes what the code did.
 */
final class ResumableJobs {
  private final TestDatabase database;
  private final TestClients clients;

  /** What the code of the job has noted, in order, over all attempts. */
  final List<String> notes = Collections.synchronizedList(new ArrayList<>());

  ResumableJobs(TestDatabase database, TestClients clients) {
    this.database = database;
    this.clients = clients;
  }

  @JobKind("resumable")
  record Args(String name) {}

  /** The code of the job in one attempt. */
  @FunctionalInterface
  interface Code {
    void run(Steps steps, WorkContext context) throws Exception;
  }

  /** The code of a step with a cursor that also asks what its attempt knows. */
  @FunctionalInterface
  interface CursorCode {
    void run(Cursor<Long> cursor, WorkContext context) throws Exception;
  }

  /** A job of one step, with a cursor of numbers from zero. */
  static Code cursorStep(String name, CursorBody<Long> body) {
    return (steps, context) -> steps.cursor(name, Long.class, 0L, body);
  }

  /** As {@link #cursorStep(String, CursorBody)}, with the context. */
  static Code cursorStep(String name, CursorCode body) {
    return (steps, context) ->
        steps.cursor(name, Long.class, 0L, cursor -> body.run(cursor, context));
  }

  /** What is done with a number of a batch, in the transaction of the batch. */
  @FunctionalInterface
  interface InBatch {
    void run(Steps steps, Connection connection, long number, List<Long> batch) throws Exception;
  }

  /** A job of one step, which works the numbers from zero in batches. */
  static Code batches(ItemPolicy policy, long end, int size, InBatch work) {
    return (steps, context) ->
        steps
            .failedItems(policy)
            .forEachTx(
                "rows",
                Sources.range(0, end),
                size,
                (connection, batch) -> {
                  for (long number : batch) {
                    work.run(steps, connection, number, batch);
                  }
                });
  }

  /** Inserts a job and runs its first attempt to its end. */
  JobRow firstAttempt(Code code) {
    long id = clients.inserter().insert(new Args("test")).id();
    return attempt(id, code);
  }

  /**
   * A job that a worker in Go has begun, and whose attempt has failed.
   *
   * @param keys the resumable keys as River for Go writes them, a JSON object
   */
  long begunInGo(String keys) {
    long id = clients.inserter().insert(new Args("go")).id();
    goAttempt(id, keys);
    return id;
  }

  /** An attempt of a worker in Go that has failed; the keys are merged, as River does. */
  void goAttempt(long id, String keys) {
    database.execute(
        """
        UPDATE %s.river_job
        SET state = 'retryable', finalized_at = NULL, scheduled_at = now() + interval '1 hour',
          attempt = attempt + 1, attempted_at = now(),
          attempted_by = array_append(attempted_by, 'go_client'), metadata = metadata || ?::jsonb
        WHERE id = ?
        """
            .formatted(database.schema()),
        keys,
        id);
  }

  /** Makes the job available at once and runs its next attempt, by another client, to its end. */
  JobRow nextAttempt(long id, Code code) {
    database.execute(
        """
        UPDATE %s.river_job SET state = 'available', scheduled_at = now()
        WHERE id = ? AND state IN ('available', 'retryable', 'scheduled')
        """
            .formatted(database.schema()),
        id);
    return attempt(id, code);
  }

  private JobRow attempt(long id, Code code) {
    Cairn client = start(code);
    clients.awaitJob(
        id,
        job -> {
          assertThat(job.attemptedBy()).contains(client.id());
          assertThat(job.state()).isNotEqualTo(JobState.RUNNING);
        });
    client.stop();
    return client.jobs().find(id).orElseThrow();
  }

  /** A started client that runs every job with this code, and retries nothing by itself. */
  Cairn start(Code code) {
    return start(code, builder -> builder);
  }

  /** As {@link #start(Code)}, with further settings. */
  Cairn start(Code code, UnaryOperator<CairnBuilder> settings) {
    return clients.start(
        Args.class,
        (job, context) -> code.run(Steps.of(context), context),
        builder -> settings.apply(builder.retryPolicy((job, failures) -> Duration.ofHours(1))));
  }

  long insert(Cairn client) {
    return client.insert(new Args("test"), InsertOptions.defaults()).id();
  }

  /** A step that notes its name. */
  StepBody noting(String note) {
    return () -> notes.add(note);
  }

  /** A step that notes its name and fails. */
  StepBody failing(String note) {
    return () -> {
      notes.add(note);
      throw new IllegalStateException(note + " failed");
    };
  }

  /** The saved checkpoints of a job, in the order of their names. */
  List<Map<String, @Nullable Object>> checkpoints(long id) {
    return database.query(
        """
        SELECT name, position, finished, value::text AS value
        FROM %s.cairn_checkpoint WHERE job_id = ? ORDER BY name
        """
            .formatted(database.schema()),
        id);
  }

  /** The saved value of one step, as JSON; null if there is none. */
  @Nullable String savedValue(long id, String step) {
    return checkpoints(id).stream()
        .filter(row -> step.equals(row.get("name")))
        .map(row -> (String) row.get("value"))
        .findFirst()
        .orElse(null);
  }
}
