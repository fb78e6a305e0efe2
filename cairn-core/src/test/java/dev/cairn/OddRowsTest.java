package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.OddValues.Odd;
import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No row hides itself or others from those who look, whatever its columns hold: each column of
 * River's table with each value that its type allows, in jobs of several states.
 */
class OddRowsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final List<JobState> STATES =
      List.of(JobState.AVAILABLE, JobState.RUNNING, JobState.RETRYABLE, JobState.COMPLETED);

  /** Keys of the metadata do not meet the state of a job: one state for each of them is enough. */
  private List<JobState> states(Odd odd) {
    return odd.isKeyOfMetadata()
        ? List.of(STATES.get(Math.floorMod(odd.hashCode(), STATES.size())))
        : STATES;
  }

  private final List<String> problems = new ArrayList<>();
  private OddRows rows;
  private Jobs jobs;

  @BeforeEach
  void begin() {
    rows = new OddRows(database);
    jobs = clients.inserter().jobs();
  }

  /** Notes what goes wrong with a row, and goes on. */
  private void trying(Object row, String what, ThrowingCheck check) {
    try {
      check.run();
    } catch (Exception | AssertionError e) {
      String message = e.toString().lines().limit(3).reduce("", (one, two) -> one + " " + two);
      problems.add("%s: %s:%s".formatted(row, what, message));
    }
  }

  /** Looks at something. */
  @FunctionalInterface
  private interface ThrowingCheck {
    void run() throws Exception;
  }

  private void assertNoProblems() {
    assertThat(problems).as("%d problems", problems.size()).isEmpty();
  }

  /** Each odd row alone, as the transport of the driver's that is asked for. */
  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(strings = {"binaryTransfer=false", "prepareThreshold=-1"})
  void eachIsFoundAndListed(String transport) throws SQLException {
    int refused = 0;
    int tried = 0;
    var fresh = database.fresh();
    try (Connection connection =
        DriverManager.getConnection(
            fresh.jdbcUrl() + "?" + transport, fresh.user(), fresh.password())) {
      for (Odd odd : rows.values()) {
        for (JobState state : states(odd)) {
          OptionalLong inserted = rows.insert(odd, state, "default");
          if (inserted.isEmpty()) {
            refused++;
            continue;
          }
          tried++;
          look(connection, odd, inserted.getAsLong());
        }
      }
    }

    assertNoProblems();
    assertThat(tried).as("tried, beside %d that the table refuses", refused).isGreaterThan(500);
    assertThat(refused).isPositive();
  }

  private void look(Connection connection, Odd odd, long id) {
    Map<String, @Nullable Object> row = row(id);
    trying(odd, "find", () -> assertSame(jobs.find(connection, id).orElseThrow(), row));
    for (Order order : Order.values()) {
      JobQuery query = JobQuery.all().withIds(Set.of(id)).orderBy(order);
      boolean isListed = order != Order.FINALIZED_AT || Boolean.TRUE.equals(row.get("is_final"));
      trying(
          odd,
          "list by " + order,
          () ->
              assertThat(jobs.list(connection, query).jobs())
                  .extracting(JobRow::id)
                  .isEqualTo(isListed ? List.of(id) : List.of()));
    }
    trying(
        odd,
        "progress",
        () -> assertThat(jobs.progress(connection, id).orElseThrow().jobId()).isEqualTo(id));
    trying(
        odd,
        "deleteMany",
        () ->
            assertThat(jobs.deleteMany(connection, JobQuery.all().withIds(Set.of(id))))
                .extracting(JobRow::id)
                .isEqualTo("running".equals(row.get("state")) ? List.of() : List.of(id)));
    forget(id);
  }

  /** So that odd ids can be used again. */
  private void forget(long id) {
    database.execute("DELETE FROM %s.river_job WHERE id = ?".formatted(database.schema()), id);
  }

  /** All of the row is told, the odd column too. */
  private void assertSame(JobRow job, Map<String, @Nullable Object> row) {
    assertThat(job.state().label()).isEqualTo(row.get("state"));
    assertThat(job.kind()).isEqualTo(row.get("kind"));
    assertThat(job.queue()).isEqualTo(row.get("queue"));
    assertThat(job.args()).isEqualTo(row.get("args"));
    assertThat(job.metadata()).isEqualTo(row.get("metadata"));
    assertThat(job.attempt()).isEqualTo(row.get("attempt"));
    assertThat(job.maxAttempts()).isEqualTo(row.get("max_attempts"));
    assertThat(job.priority()).isEqualTo(row.get("priority"));
    assertThat((long) job.errors().size()).isEqualTo(row.get("errors"));
    assertThat((long) job.attemptedBy().size()).isEqualTo(row.get("attempted_by"));
    assertThat((long) job.tags().size()).isEqualTo(row.get("tags"));
    assertThat(job.attemptedAt() != null).isEqualTo(row.get("was_attempted"));
    assertThat(job.finalizedAt() != null).isEqualTo(row.get("is_final"));
    assertThat(job.output().isPresent()).isEqualTo(row.get("has_output"));
  }

  /** As the server says it; names without nulls. */
  private Map<String, @Nullable Object> row(long id) {
    return database
        .query(
            """
            SELECT state::text, kind, queue, args::text, metadata::text, attempt::integer,
              max_attempts::integer, priority::integer,
              coalesce(jsonb_array_length(to_jsonb(errors)), 0)::bigint AS errors,
              (SELECT count(name) FROM unnest(attempted_by) AS each (name)) AS attempted_by,
              (SELECT count(name) FROM unnest(tags) AS each (name)) AS tags,
              attempted_at IS NOT NULL AS was_attempted, finalized_at IS NOT NULL AS is_final,
              jsonb_typeof(metadata) = 'object' AND metadata ?? 'output' AS has_output
            FROM %s.river_job WHERE id = ?
            """
                .formatted(database.schema()),
            id)
        .getFirst();
  }

  @ParameterizedTest
  @EnumSource
  void allTogetherArePagedThroughAndCounted(Order order) {
    var ids = new ArrayList<Long>();
    for (Odd odd : rows.values()) {
      for (JobState state : states(odd)) {
        rows.insert(odd, state, "default").ifPresent(ids::add);
      }
    }
    String hidden = order == Order.FINALIZED_AT ? "WHERE finalized_at IS NOT NULL" : "";
    long expected =
        database.number(
            "SELECT count(*) FROM %s.river_job %s".formatted(database.schema(), hidden));

    for (boolean latestFirst : new boolean[] {false, true}) {
      JobQuery query = JobQuery.all().orderBy(order).withLimit(97);
      var seen = pages(latestFirst ? query.latestFirst() : query);
      assertThat(seen).doesNotHaveDuplicates().hasSize((int) expected);
    }
    assertThat(jobs.countByState().values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(ids.size());
    assertThat(jobs.countByState().keySet()).containsAll(STATES);
  }

  private List<Long> pages(JobQuery query) {
    var seen = new ArrayList<Long>();
    Optional<JobCursor> next = Optional.empty();
    do {
      JobPage page = jobs.list(next.isEmpty() ? query : query.after(next.get()));
      page.jobs().forEach(job -> seen.add(job.id()));
      next = page.next().map(cursor -> JobCursor.parse(cursor.text()));
    } while (next.isPresent());
    return seen;
  }

  /** What is done to one job, and the state that it is in then. */
  private record Verb(
      String name,
      BiFunction<Jobs, Long, Optional<JobRow>> action,
      Map<JobState, JobState> changes) {}

  private static final JobUpdate UPDATE =
      JobUpdate.nothing().withMetadata("{\"mark\":1}").withOutput("out");

  private static final JobUpdate MOVE =
      JobUpdate.nothing().withScheduledAt(Instant.EPOCH).withQueue("elsewhere").withPriority(2);

  private static List<Verb> verbs() {
    return List.of(
        new Verb(
            "cancel",
            Jobs::cancel,
            Map.of(
                JobState.AVAILABLE, JobState.CANCELLED,
                JobState.RETRYABLE, JobState.CANCELLED)),
        new Verb(
            "retry",
            Jobs::retry,
            Map.of(
                JobState.RETRYABLE, JobState.AVAILABLE,
                JobState.COMPLETED, JobState.AVAILABLE)),
        new Verb("update", (jobs, id) -> jobs.update(id, UPDATE), Map.of()),
        new Verb("move", OddRowsTest::move, Map.of(JobState.RETRYABLE, JobState.AVAILABLE)),
        new Verb(
            "delete",
            (jobs, id) ->
                jobs.find(id).orElseThrow().state() == JobState.RUNNING
                    ? jobs.find(id)
                    : jobs.delete(id),
            Map.of()));
  }

  /** A job that does not wait, or has no attempt left, stays as it is. */
  private static Optional<JobRow> move(Jobs jobs, long id) {
    try {
      return jobs.update(id, MOVE);
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContainingAll("job " + id, "CAIRN-40");
      return jobs.find(id);
    }
  }

  @Tag("thorough")
  @Test
  void eachIsCancelledRetriedUpdatedAndDeleted() {
    for (Verb verb : verbs()) {
      for (Odd odd : rows.values()) {
        for (JobState state : states(odd)) {
          rows.insert(odd, state, "default").ifPresent(id -> act(verb, odd, state, id));
        }
      }
    }

    assertNoProblems();
  }

  private void act(Verb verb, Odd odd, JobState state, long id) {
    trying(
        odd + " (" + state + ")",
        verb.name(),
        () -> {
          JobRow after = verb.action().apply(jobs, id).orElseThrow();
          assertThat(after.id()).isEqualTo(id);
          if (!odd.column().equals("state")) {
            assertThat(after.state()).isEqualTo(verb.changes().getOrDefault(state, state));
          }
          if (verb.name().equals("update")) {
            assertThat(after.metadata()).contains("\"mark\": 1", "\"output\": \"out\"");
          }
        });
    forget(id);
  }
}
