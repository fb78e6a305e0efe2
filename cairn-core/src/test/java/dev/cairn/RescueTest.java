package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs of clients that died or never gave a sign of life (R6). */
class RescueTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> notes = new CopyOnWriteArrayList<>();

  @JobKind("import")
  record Import(String name) {}

  @Test
  void r6_theJobOfADeadClientGoesOnWithItsCheckpoints() {
    long id = insertRunning("dead_client", 1, 25, "{}");
    deadClient("dead_client");
    checkpoint(id, "count", 1, true, "3");
    checkpoint(id, "load", 2, false, "17");

    clients.start(
        Import.class,
        (job, context) -> {
          notes.add(job.metadata());
          Steps steps = Steps.of(context);
          notes.add("count " + steps.step("count", Integer.class, () -> -1));
          steps.cursor("load", Long.class, 0L, cursor -> notes.add("load from " + cursor.get()));
        });

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.attempt()).as("a crash uses up no attempt").isEqualTo(1);
    assertThat(job.metadata())
        .startsWith("{\"cairn:deaths\": {\"at\": ")
        .contains("\"count\": 1}, \"cairn:takeovers\": [{\"at\": ", "\"client\": \"dead_client\"")
        .endsWith("Z\"}], \"river:rescue_count\": 1}");
    assertThat(notes.getFirst())
        .contains("\"river:resumable_step\": \"count\"")
        .contains("\"river:resumable_cursor\": {\"load\": 17}");
    assertThat(notes.subList(1, 3)).containsExactly("count 3", "load from 17");
  }

  @Test
  void r6_theJobOfALivingClientIsLeftAlone() {
    long id = insertRunning("living_client", 1, 25, "{}");
    database.execute(
        "INSERT INTO %s.cairn_client (id, timeout) VALUES ('living_client', '1 hour')"
            .formatted(database.schema()));
    long dead = insertRunning("dead_client", 1, 25, "{}");
    deadClient("dead_client");

    clients.start(Import.class, (job, context) -> {});

    clients.await(dead, JobState.COMPLETED);
    assertThat(clients.inserter().jobs().find(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.RUNNING));
  }

  @Test
  void aDeadClientIsFoundAsSoonAsItsTimeIsOver() {
    long id = insertRunning("dying_client", 1, 25, "{}");
    database.execute(
        "INSERT INTO %s.cairn_client (id, timeout) VALUES ('dying_client', '2 seconds')"
            .formatted(database.schema()));

    // It looks for dead clients every quarter of an hour, if nothing else tells it to.
    clients.start(
        Import.class,
        (job, context) -> {},
        builder -> builder.heartbeatTimeout(Duration.ofHours(1)));

    clients.await(id, JobState.COMPLETED);
  }

  @Test
  void r18_aJobThatKilledAsManyClientsAsItHasAttemptsIsDiscarded() {
    long id =
        insertRunning("dead_client", 3, 3, "{\"cairn:deaths\": {\"at\": \"\", \"count\": 2}}");
    deadClient("dead_client");

    clients.start(Import.class, (job, context) -> notes.add("worked"));

    JobRow job = clients.await(id, JobState.DISCARDED);
    assertThat(job.errors())
        .extracting(AttemptError::error)
        .singleElement()
        .asString()
        .contains("dead_client", "died");
    assertThat(notes).isEmpty();
  }

  @Test
  void aCancelledJobOfADeadClientEndsAsCancelled() {
    long id = insertRunning("dead_client", 1, 25, "{\"cancel_attempted_at\": \"2026-01-01\"}");
    deadClient("dead_client");

    clients.start(Import.class, (job, context) -> notes.add("worked"));

    clients.await(id, JobState.CANCELLED);
    assertThat(notes).isEmpty();
  }

  @Test
  void r5_aLockedJobIsPassedOverUntilItIsFree() throws Exception {
    long locked = insertRunning("dead_client", 1, 25, "{}");
    long free = insertRunning("dead_client", 1, 25, "{}");
    deadClient("dead_client");
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "SELECT 1 FROM %s.river_job WHERE id = %d FOR SHARE"
              .formatted(database.schema(), locked));
      clients.start(Import.class, (job, context) -> {});

      clients.await(free, JobState.COMPLETED);
      assertThat(clients.inserter().jobs().find(locked))
          .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.RUNNING));
      connection.rollback();
    }
    clients.await(locked, JobState.COMPLETED);
  }

  @Test
  void theLeaderRescuesJobsOfClientsWithoutHeartbeatByTheClockOnTheWall() {
    long stuck = insertRunning("go_client", 1, 25, "{}");
    long young = insertRunning("go_client", 1, 25, "{}");
    database.execute(
        "UPDATE %s.river_job SET attempted_at = now() - interval '61 minutes' WHERE id = ?"
            .formatted(database.schema()),
        stuck);

    clients.start(Import.class, (job, context) -> {});

    clients.awaitJob(stuck, job -> assertThat(job.errors()).isNotEmpty());
    JobRow rescued = clients.inserter().jobs().find(stuck).orElseThrow();
    assertThat(rescued.errors().getFirst().error()).isEqualTo("Stuck job rescued by JobRescuer");
    assertThat(rescued.metadata()).contains("\"river:rescue_count\": 1");
    assertThat(clients.inserter().jobs().find(young))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.RUNNING));
  }

  /** No row says that its worker in Go has no timeout, so the leader has to be told. */
  @Test
  void theLeaderSparesJobsOfKindsWhoseWorkersInGoHaveNoTimeout() {
    long endless = insertRunning("go_client", 1, 25, "{}");
    long stuck = insertRunning("go_client", 1, 25, "{}");
    long nobodys = insertRunning("go_client", 1, 25, "{}");
    database.execute(
        """
        UPDATE %s.river_job SET attempted_at = now() - interval '61 minutes',
          kind = CASE WHEN id = ? THEN kind ELSE 'endless' END,
          attempted_by = CASE WHEN id = ? THEN NULL ELSE attempted_by END
        """
            .formatted(database.schema()),
        stuck,
        nobodys);

    clients.start(
        Import.class, (job, context) -> {}, builder -> builder.neverRescue("endless", "other"));

    clients.awaitJob(stuck, job -> assertThat(job.errors()).isNotEmpty());
    clients.awaitJob(
        nobodys, job -> assertThat(job.errors()).as("nobody can be working it").isNotEmpty());
    assertThat(clients.inserter().jobs().find(endless))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.RUNNING));
  }

  @Test
  void theLeaderMakesDueJobsAvailableAndDiscardsThoseWhoseUniqueKeyIsTaken() {
    long due = insertWaiting("scheduled", "now() - interval '1 second'", null);
    long notDue = insertWaiting("scheduled", "now() + interval '1 hour'", null);
    long holder = insertWaiting("pending", "now()", "taken");
    long loser = insertWaiting("retryable", "now() - interval '1 second'", "taken");

    clients.start(Import.class, (job, context) -> {});

    clients.await(due, JobState.COMPLETED);
    assertThat(clients.await(loser, JobState.DISCARDED).metadata())
        .contains("\"unique_key_conflict\": \"scheduler_discarded\"");
    assertThat(clients.inserter().jobs().find(notDue))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.SCHEDULED));
    assertThat(clients.inserter().jobs().find(holder))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.PENDING));
  }

  @Test
  void theLeaderDeletesWhatIsOldAndWhatWasLeftBehind() {
    long old = insertFinished("completed", "25 hours");
    long young = insertFinished("completed", "23 hours");
    long discarded = insertFinished("discarded", "6 days");
    checkpoint(old, "step", 1, true, "1");
    checkpoint(discarded, "step", 1, true, "1");

    clients.start(Import.class, (job, context) -> {});

    await()
        .untilAsserted(() -> {
          assertThat(clients.inserter().jobs().find(old)).isEmpty();
          assertThat(checkpoints(old)).isZero();
        });
    assertThat(clients.inserter().jobs().find(young)).isPresent();
    assertThat(clients.inserter().jobs().find(discarded)).isPresent();
    assertThat(checkpoints(discarded)).isEqualTo(1);
  }

  @Test
  void oneClientLeadsAndAnotherTakesOverWhenItResigns() {
    Cairn first = clients.start(Import.class, (job, context) -> {});
    await().until(() -> leader(), first.id()::equals);
    Cairn second = clients.start(Import.class, (job, context) -> {});

    first.stop();

    await().atMost(Duration.ofMinutes(1)).until(() -> leader(), second.id()::equals);
  }

  private String leader() {
    return database
        .query("SELECT leader_id FROM %s.river_leader".formatted(database.schema()))
        .stream()
        .map(row -> String.valueOf(row.get("leader_id")))
        .findFirst()
        .orElse("nobody");
  }

  private long checkpoints(long id) {
    return database.number(
        "SELECT count(*) FROM %s.cairn_checkpoint WHERE job_id = ?".formatted(database.schema()),
        id);
  }

  private void deadClient(String id) {
    database.execute(
        """
        INSERT INTO %s.cairn_client (id, heartbeat_at, timeout)
        VALUES (?, now() - interval '1 minute', '2 seconds')
        ON CONFLICT DO NOTHING
        """
            .formatted(database.schema()),
        id);
  }

  private void checkpoint(long id, String name, int position, boolean finished, String value) {
    database.execute(
        """
        INSERT INTO %s.cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence)
        VALUES (?, ?, ?, ?, ?::jsonb, now() - interval '1 hour', 1)
        """
            .formatted(database.schema()),
        id,
        name,
        position,
        finished,
        value);
  }

  private long insertRunning(String client, int attempt, int maxAttempts, String metadata) {
    return database.number(
        """
        INSERT INTO %s.river_job
          (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, metadata)
        VALUES ('import', '{"name": "x"}', 'running', ?, ?, now(), ARRAY[?], ?::jsonb)
        RETURNING id
        """
            .formatted(database.schema()),
        attempt,
        maxAttempts,
        client,
        metadata);
  }

  private long insertWaiting(String state, String scheduledAt, @Nullable String uniqueKey) {
    return database.number(
        """
        INSERT INTO %1$s.river_job
          (kind, args, state, max_attempts, scheduled_at, unique_key, unique_states)
        VALUES ('import', '{"name": "x"}', ?::%1$s.river_job_state, 25, %2$s, ?::bytea,
          CASE WHEN ? = 'retryable' THEN B'00010001' ELSE B'11110101' END)
        RETURNING id
        """
            .formatted(database.schema(), scheduledAt),
        state,
        uniqueKey,
        state);
  }

  private long insertFinished(String state, String age) {
    return database.number(
        """
        INSERT INTO %1$s.river_job (kind, args, state, max_attempts, finalized_at)
        VALUES ('import', '{"name": "x"}', ?::%1$s.river_job_state, 25, now() - ?::interval)
        RETURNING id
        """
            .formatted(database.schema()),
        state,
        age);
  }
}
