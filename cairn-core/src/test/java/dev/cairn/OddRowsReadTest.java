package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** As what the values are read that no field of a job can hold. */
class OddRowsReadTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private Jobs jobs;
  private long id;

  @JobKind("odd")
  record Odd() {}

  @BeforeEach
  void insert() {
    Cairn client = clients.inserter();
    jobs = client.jobs();
    id = client.insert(new Odd()).id();
  }

  private JobRow with(String column, String value) {
    database.execute(
        "UPDATE %s.river_job SET %s = %s WHERE id = ?".formatted(database.schema(), column, value),
        id);
    return jobs.find(id).orElseThrow();
  }

  private List<Long> ids(JobQuery query) {
    return jobs.list(query).jobs().stream().map(JobRow::id).toList();
  }

  @Test
  void infinityIsTheEndOfTime() {
    assertThat(with("scheduled_at", "'infinity'").scheduledAt()).isEqualTo(Instant.MAX);
    assertThat(with("scheduled_at", "'-infinity'").scheduledAt()).isEqualTo(Instant.MIN);
    assertThat(with("attempted_at", "'infinity'").attemptedAt()).isEqualTo(Instant.MAX);
    assertThat(with("created_at", "'0044-03-15 12:00:00+00 BC'").createdAt())
        .isEqualTo(Instant.parse("-0043-03-15T12:00:00Z"));
  }

  @Test
  void rangesOfTimeReachToItsEnds() {
    long never = clients.inserter().insert(new Odd()).id();
    with("scheduled_at", "'-infinity'");
    database.execute(
        "UPDATE %s.river_job SET scheduled_at = 'infinity' WHERE id = ?"
            .formatted(database.schema()),
        never);
    Instant caesar = Instant.parse("-0043-03-15T12:00:00Z");

    assertThat(ids(JobQuery.all().withScheduled(Instant.MIN, Instant.MAX))).containsExactly(id);
    assertThat(ids(JobQuery.all().withScheduled(caesar, null))).containsExactly(never);
    assertThat(ids(JobQuery.all().withScheduled(null, caesar))).containsExactly(id);
    assertThat(ids(JobQuery.all().withScheduled(Instant.MAX, null))).containsExactly(never);
    assertThat(ids(JobQuery.all().where("job.scheduled_at < :end", Map.of("end", Instant.MAX))))
        .containsExactly(id);
    assertThat(ids(JobQuery.all().where("job.scheduled_at > :end", Map.of("end", caesar))))
        .containsExactly(never);
  }

  @Test
  void aPageEndsWhereTimeDoes() {
    with("scheduled_at", "'-infinity'");
    long caesars = clients.inserter().insert(new Odd()).id();
    database.execute(
        "UPDATE %s.river_job SET scheduled_at = '0044-03-15 12:00:00+00 BC' WHERE id = ?"
            .formatted(database.schema()),
        caesars);
    long never = clients.inserter().insert(new Odd()).id();
    database.execute(
        "UPDATE %s.river_job SET scheduled_at = 'infinity' WHERE id = ?"
            .formatted(database.schema()),
        never);

    JobQuery query = JobQuery.all().orderBy(Order.SCHEDULED_AT).withLimit(1);
    JobPage page = jobs.list(query);
    for (long expected : List.of(id, caesars, never)) {
      assertThat(page.jobs()).extracting(JobRow::id).containsExactly(expected);
      JobCursor next = JobCursor.parse(page.next().orElseThrow().text());
      page = jobs.list(query.after(next));
    }
    assertThat(page.jobs()).isEmpty();
  }

  @Test
  void aRunningJobWithoutATimeIsListedByTime() {
    with("state", "'running'");

    JobPage page = jobs.list(JobQuery.all().orderBy(Order.TIME).withLimit(1));

    assertThat(page.jobs()).extracting(JobRow::id).containsExactly(id);
    assertThat(ids(JobQuery.all().orderBy(Order.TIME).after(page.next().orElseThrow()))).isEmpty();
  }

  @Test
  void namesAreReadInTheirOrderWithoutNulls() {
    assertThat(with("tags", "'{a,NULL,b}'").tags()).containsExactly("a", "b");
    assertThat(with("tags", "'{{a,b},{c,NULL}}'").tags()).containsExactly("a", "b", "c");
    assertThat(with("attempted_by", "'[7:8]={a,b}'").attemptedBy()).containsExactly("a", "b");
    assertThat(with("attempted_by", "'{NULL}'").attemptedBy()).isEmpty();
  }

  private AttemptError error(String json) {
    return with("errors", "ARRAY['%s'::jsonb]".formatted(json)).errors().getFirst();
  }

  @Test
  void anErrorThatCannotBeReadIsToldAsItsJson() {
    assertThat(error("{\"at\":\"never\",\"attempt\":3,\"error\":\"e\",\"trace\":\"t\"}"))
        .isEqualTo(
            new AttemptError(
                Instant.EPOCH,
                3,
                "{\"at\":\"never\",\"error\":\"e\",\"trace\":\"t\",\"attempt\":3}",
                "t"));
    assertThat(error("5")).isEqualTo(new AttemptError(Instant.EPOCH, 0, "5", ""));
    assertThat(error("null")).isEqualTo(new AttemptError(Instant.EPOCH, 0, "null", ""));
    assertThat(error("{\"at\":\"2026-01-01T00:00:00Z\",\"error\":{\"code\":5}}"))
        .isEqualTo(
            new AttemptError(
                Instant.parse("2026-01-01T00:00:00Z"),
                0,
                "{\"at\":\"2026-01-01T00:00:00Z\",\"error\":{\"code\":5}}",
                ""));
    assertThat(with("errors", "ARRAY[NULL]::jsonb[]").errors())
        .containsExactly(new AttemptError(Instant.EPOCH, 0, "null", ""));
  }

  @Test
  void anErrorOfRiversIsReadAsItIs() {
    assertThat(error("{\"at\":\"2026-01-01T05:45:00+05:45\",\"attempt\":2,\"error\":\"e\"}"))
        .isEqualTo(new AttemptError(Instant.parse("2026-01-01T00:00:00Z"), 2, "e", ""));
    assertThat(error("{\"attempt\":2,\"error\":\"e\",\"trace\":\"t\"}"))
        .isEqualTo(new AttemptError(Instant.EPOCH, 2, "e", "t"));
  }

  @Test
  void countersThatAreNoNumbersAreZero() {
    with(
        "metadata",
        """
        '{"snoozes":"abc","river:rescue_count":1e300,"cairn:interruptions":2.5,
          "cairn:operations":[{"at":"never"},{"at":"2026-01-01T00:00:00Z","verb":"pause","by":"a"}]}'
        """);

    JobProgress progress = jobs.progress(id).orElseThrow();

    assertThat(progress.snoozes()).isZero();
    assertThat(progress.crashes()).isEqualTo(Integer.MAX_VALUE);
    assertThat(progress.interruptions()).isEqualTo(2);
    assertThat(progress.operations())
        .containsExactly(
            new JobOperation(Instant.EPOCH, "", "", "{\"at\":\"never\"}", null),
            new JobOperation(Instant.parse("2026-01-01T00:00:00Z"), "pause", "a", null, null));
  }

  @Test
  void metadataThatAreNoObjectAreKeptInOneWhenTheyAreChanged() {
    with("metadata", "'5'");
    assertThat(jobs.update(id, JobUpdate.nothing().withMetadata("{\"a\":1}")).orElseThrow())
        .extracting(JobRow::metadata)
        .isEqualTo("{\"a\": 1, \"cairn:odd_metadata\": 5}");

    with("metadata", "'[1]'");
    assertThat(jobs.cancel(id).orElseThrow().metadata())
        .contains("\"cairn:odd_metadata\": [1]")
        .contains("\"cancel_attempted_at\":");

    with("metadata", "'\"text\"'");
    assertThat(jobs.retry(id).orElseThrow().metadata())
        .isEqualTo("{\"cairn:odd_metadata\": \"text\"}");
  }

  @Test
  void allAttemptsThereAreLeaveOneMoreForARetry() {
    with("attempt", "32767");
    with("max_attempts", "32767");
    with("state", "'retryable'");

    JobRow retried = jobs.retry(id).orElseThrow();

    assertThat(retried.attempt()).isEqualTo(32_766);
    assertThat(retried.maxAttempts()).isEqualTo(32_767);
  }

  @Test
  void aStateOfANewerRiverIsPending() {
    database.execute(
        "ALTER TYPE %s.river_job_state ADD VALUE IF NOT EXISTS 'parked'"
            .formatted(database.schema()));
    clients.inserter().insert(new Odd(), InsertOptions.defaults().withPending());

    assertThat(with("state", "'parked'").state()).isEqualTo(JobState.PENDING);
    assertThat(jobs.list(JobQuery.all().orderBy(Order.TIME)).jobs()).hasSize(2);
    assertThat(jobs.countByState()).isEqualTo(Map.of(JobState.PENDING, 2L));
    assertThat(jobs.progress(id).orElseThrow().state()).isEqualTo(JobState.PENDING);
    assertThat(jobs.deleteMany(JobQuery.all())).hasSize(2);
  }
}
