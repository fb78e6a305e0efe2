package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Jobs that wait get another time, queue, priority or number of attempts. */
class MovedJobsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final JobUpdate ALL_OF_IT =
      JobUpdate.nothing()
          .withScheduledAt(Instant.parse("2001-01-01T00:00:00Z"))
          .withQueue("other")
          .withPriority(3)
          .withMaxAttempts(7)
          .withMetadata("{\"moved\":true}")
          .withOutput("out");

  private Cairn client;
  private Jobs jobs;

  @JobKind("moved")
  record Moved(@Unique String name) {}

  @BeforeEach
  void empty() {
    client = clients.inserter();
    jobs = client.jobs();
    database.execute("DELETE FROM %s.river_job".formatted(database.schema()));
  }

  private long insert(JobState state) {
    return insert(state, InsertOptions.defaults());
  }

  /** A job that is due in an hour, unless it is available or has ended. */
  private long insert(JobState state, InsertOptions options) {
    long id = client.insert(new Moved("x"), options).id();
    set(id, state);
    return id;
  }

  private void set(long id, JobState state) {
    database.execute(
        """
        UPDATE %s.river_job
        SET state = '%s', attempt = 2, attempted_at = now(),
          scheduled_at = now() + CASE WHEN '%2$s' = 'available' THEN '0' ELSE '1 hour' END::interval,
          finalized_at = CASE WHEN '%2$s' IN ('cancelled', 'completed', 'discarded') THEN now() END
        WHERE id = ?
        """
            .formatted(database.schema(), state.label()),
        id);
  }

  private static Instant in(Duration time) {
    return Instant.now().plus(time).truncatedTo(ChronoUnit.MICROS);
  }

  private static JobUpdate at(Instant due) {
    return JobUpdate.nothing().withScheduledAt(due);
  }

  @ParameterizedTest
  @CsvSource({
    "AVAILABLE, -1, AVAILABLE",
    "AVAILABLE, 2, SCHEDULED",
    "SCHEDULED, -1, AVAILABLE",
    "SCHEDULED, 2, SCHEDULED",
    "RETRYABLE, -1, AVAILABLE",
    "RETRYABLE, 2, RETRYABLE",
    "PENDING, -1, PENDING",
    "PENDING, 2, PENDING"
  })
  void aNewTimeDecidesTheState(JobState state, int hours, JobState next) {
    Instant before = databaseTime();
    long id = insert(state);
    Instant due = in(Duration.ofHours(hours));

    JobRow moved = jobs.update(id, at(due)).orElseThrow();

    assertThat(moved.state()).isEqualTo(next);
    if (hours > 0) {
      assertThat(moved.scheduledAt()).isEqualTo(due);
    } else {
      assertThat(moved.scheduledAt()).as("now").isBetween(before, databaseTime());
    }
    assertThat(moved.attempt()).isEqualTo(2);
    assertThat(jobs.find(id)).contains(moved);
  }

  private static Instant databaseTime() {
    return Instant.parse(
        database.text("SELECT to_json(clock_timestamp() AT TIME ZONE 'UTC') #>> '{}'") + "Z");
  }

  /** Else it would seem to have waited for years, and a periodic run of River to be another one. */
  @Test
  void aTimeThatHasComeIsNeverEarlierThanTheJobCouldRun() {
    Instant before = databaseTime();
    long later = insert(JobState.SCHEDULED);
    long due = insert(JobState.AVAILABLE);
    Instant place = jobs.find(due).orElseThrow().scheduledAt();

    assertThat(jobs.update(later, ALL_OF_IT).orElseThrow().scheduledAt())
        .isBetween(before, databaseTime());
    assertThat(jobs.update(due, ALL_OF_IT).orElseThrow().scheduledAt())
        .as("it keeps its place")
        .isEqualTo(place);
  }

  @ParameterizedTest
  @EnumSource(names = {"AVAILABLE", "SCHEDULED", "RETRYABLE", "PENDING"})
  void whatIsNotNamedStaysAsItIs(JobState state) {
    long id = insert(state, InsertOptions.defaults().withPriority(2).withMaxAttempts(9));
    JobRow before = jobs.find(id).orElseThrow();

    JobRow moved = jobs.update(id, JobUpdate.nothing().withQueue("other")).orElseThrow();

    assertThat(moved.queue()).isEqualTo("other");
    assertThat(moved).usingRecursiveComparison().ignoringFields("queue").isEqualTo(before);
    moved = jobs.update(id, JobUpdate.nothing().withPriority(4).withMaxAttempts(3)).orElseThrow();
    assertThat(moved.priority()).isEqualTo(4);
    assertThat(moved.maxAttempts()).isEqualTo(3);
    assertThat(moved)
        .usingRecursiveComparison()
        .ignoringFields("queue", "priority", "maxAttempts")
        .isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(names = {"RUNNING", "CANCELLED", "COMPLETED", "DISCARDED"})
  void aJobThatDoesNotWaitIsRefusedAndStaysAsItIs(JobState state) throws SQLException {
    long id = insert(state);
    JobRow before = jobs.find(id).orElseThrow();
    String wayOut = state == JobState.RUNNING ? "pause it first" : "retry it";

    assertThatIllegalStateException()
        .isThrownBy(() -> jobs.update(id, ALL_OF_IT))
        .withMessageContainingAll("job %d (moved) is %s".formatted(id, state.label()), wayOut);
    for (JobUpdate each :
        List.of(
            at(in(Duration.ZERO)),
            JobUpdate.nothing().withQueue("other"),
            JobUpdate.nothing().withPriority(1),
            JobUpdate.nothing().withMaxAttempts(1))) {
      assertThatIllegalStateException()
          .isThrownBy(() -> jobs.update(id, each))
          .withMessageContaining("job %d (moved) is %s".formatted(id, state.label()));
    }
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      assertThatIllegalStateException()
          .isThrownBy(() -> jobs.update(connection, id, ALL_OF_IT))
          .withMessageContaining(wayOut);
      // The transaction can go on.
      assertThat(jobs.find(connection, id)).contains(before);
      connection.rollback();
    }
    assertThat(jobs.find(id)).contains(before);
    assertThat(jobs.update(id, JobUpdate.nothing().withOutput("out")).orElseThrow().output())
        .contains("\"out\"");
    JobRow recorded =
        jobs.operator("ada")
            .update(id, JobUpdate.nothing().withMetadata("{\"seen\":1}"))
            .orElseThrow();
    assertThat(recorded.metadata()).contains("\"seen\": 1");
    assertThat(recorded.state()).isEqualTo(state);
  }

  @Test
  void aJobThatHasEndedIsRetriedAndMovedInOneTransaction() throws SQLException {
    long id = insert(JobState.DISCARDED);
    Instant due = in(Duration.ofHours(2));
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      jobs.retry(connection, id);
      jobs.update(connection, id, at(due).withQueue("other"));
      connection.commit();
    }

    JobRow job = jobs.find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(job.scheduledAt()).isEqualTo(due);
    assertThat(job.queue()).isEqualTo("other");
  }

  @Test
  void aTimeThatHasComeSinceTheTransactionBeganHasCome() throws SQLException {
    long id = insert(JobState.SCHEDULED);
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      assertThat(jobs.find(connection, id)).isPresent();

      assertThat(jobs.update(connection, id, at(databaseTime())).orElseThrow().state())
          .isEqualTo(JobState.AVAILABLE);
      connection.rollback();
    }
  }

  @Test
  void thereIsNoJobToMove() {
    assertThat(jobs.update(-1, ALL_OF_IT)).isEmpty();
  }

  @Test
  void aJobKeepsOneAttemptAtLeast() {
    long id = insert(JobState.RETRYABLE);

    assertThatIllegalStateException()
        .isThrownBy(() -> jobs.update(id, ALL_OF_IT.withMaxAttempts(2)))
        .withMessageContainingAll("job %d (moved)".formatted(id), "at least 3", "[CAIRN-408]");
    assertThat(jobs.find(id).orElseThrow().queue()).isEqualTo("default");
    assertThat(jobs.update(id, JobUpdate.nothing().withMaxAttempts(3)).orElseThrow().maxAttempts())
        .isEqualTo(3);
    set(id, JobState.AVAILABLE);
    database.execute(
        "UPDATE %s.river_job SET attempt = 32767 WHERE id = ?".formatted(database.schema()), id);
    assertThatIllegalStateException()
        .isThrownBy(() -> jobs.update(id, JobUpdate.nothing().withMaxAttempts(32_767)))
        .withMessageContaining("[CAIRN-408]");
  }

  @Test
  void theLimitsAreThoseOfAnInsertion() {
    JobUpdate update = JobUpdate.nothing();
    InsertOptions options = InsertOptions.defaults();
    for (int priority : new int[] {0, 5}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> update.withPriority(priority))
          .withMessage(refusal(() -> options.withPriority(priority)));
    }
    for (int attempts : new int[] {0, 32_768}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> update.withMaxAttempts(attempts))
          .withMessage(refusal(() -> options.withMaxAttempts(attempts)));
    }
    for (String queue : List.of("", "q".repeat(128))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> update.withQueue(queue))
          .withMessage(refusal(() -> options.withQueue(queue)));
    }
    for (Instant due : List.of(Instant.MIN, Instant.MAX)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> update.withScheduledAt(due))
          .withMessageContaining("scheduledAt must be in the years 1 to 9999, not " + due);
    }
    long id = insert(JobState.AVAILABLE);
    assertThat(jobs.update(id, at(Instant.parse("0001-01-01T00:00:00Z"))).orElseThrow().state())
        .isEqualTo(JobState.AVAILABLE);
    Instant last = Instant.parse("9999-12-31T23:59:59Z");
    assertThat(jobs.update(id, at(last)).orElseThrow().scheduledAt()).isEqualTo(last);
    assertThat(jobs.update(id, update.withQueue("\u00e9".repeat(127)))).isPresent();
  }

  private static String refusal(Runnable refused) {
    try {
      refused.run();
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("it was not refused");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPausedJobThatWasMovedWaitsForItsNewTime(boolean later) {
    long id = insert(JobState.SCHEDULED);
    jobs.operator("ada").pause(id);
    Instant due = in(Duration.ofHours(later ? 2 : -2));
    jobs.update(id, at(due).withQueue("other"));
    assertThat(jobs.find(id).orElseThrow().state()).isEqualTo(JobState.PENDING);

    JobRow resumed = jobs.operator("ada").resume(id).orElseThrow();

    assertThat(resumed.queue()).isEqualTo("other");
    if (later) {
      assertThat(resumed.state()).isEqualTo(JobState.SCHEDULED);
      assertThat(resumed.scheduledAt()).isEqualTo(due);
    } else {
      assertThat(resumed.state()).isEqualTo(JobState.AVAILABLE);
    }
  }

  /** A key that counts in all states but retryable, as {@code untilFinished} without retries. */
  private static InsertOptions unique() {
    return InsertOptions.defaults()
        .withUnique(
            UniqueOptions.byKind()
                .withArgs()
                .withStates(EnumSet.complementOf(EnumSet.of(JobState.RETRYABLE))));
  }

  @Test
  void aJobWhoseKeyAnotherOneHoldsMayMoveButNotBecomeAvailable() throws SQLException {
    long id = insert(JobState.RETRYABLE, unique());
    long twin = client.insert(new Moved("x"), unique()).id();
    Instant later = in(Duration.ofHours(2));

    JobRow moved = jobs.update(id, at(later).withQueue("other")).orElseThrow();
    assertThat(moved.state()).isEqualTo(JobState.RETRYABLE);
    assertThatIllegalStateException()
        .isThrownBy(() -> jobs.update(id, ALL_OF_IT))
        .withMessageContainingAll(
            "job %d (moved) cannot become available".formatted(id),
            "job %d, which is available".formatted(twin),
            "Delete job " + twin,
            "[CAIRN-405]");
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      assertThatIllegalStateException()
          .isThrownBy(() -> jobs.update(connection, id, ALL_OF_IT))
          .withMessageContaining("Delete job " + twin);
      assertThat(jobs.find(connection, id)).contains(moved);
      connection.rollback();
    }
    assertThat(jobs.find(id)).contains(moved);
    jobs.delete(twin);
    assertThat(jobs.update(id, ALL_OF_IT).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void aJobWhoseKeyIsJustBeingTakenDoesNotBecomeAvailable() throws Exception {
    long id = insert(JobState.RETRYABLE, unique());
    try (Connection connection = database.dataSource().getConnection();
        var threads = Executors.newSingleThreadExecutor()) {
      connection.setAutoCommit(false);
      long twin = client.insert(connection, new Moved("x"), unique()).id();
      Future<?> update = threads.submit(() -> jobs.update(id, ALL_OF_IT));
      Awaitility.await()
          .until(() ->
              database.number(
                      """
                      SELECT count(*) FROM pg_stat_activity
                      WHERE wait_event_type = 'Lock' AND datname = current_database()
                      """)
                  == 1);
      connection.commit();

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(update::get)
          .withCauseInstanceOf(IllegalStateException.class)
          .withMessageContaining("Delete job " + twin);
    }
    assertThat(jobs.find(id).orElseThrow().state()).isEqualTo(JobState.RETRYABLE);
  }

  /** It was made of the queue and of the time with which the job was inserted. */
  @Test
  void theUniqueKeyStaysThatOfTheInsertion() {
    InsertOptions options =
        InsertOptions.defaults()
            .withScheduledAt(Instant.parse("2099-01-01T00:00:00Z"))
            .withUnique(UniqueOptions.byKind().withQueue().withPeriod(Duration.ofDays(1)));
    long id = client.insert(new Moved("x"), options).id();

    jobs.update(id, at(Instant.parse("2099-03-01T00:00:00Z")).withQueue("other"));

    assertThat(client.insert(new Moved("x"), options).id()).isEqualTo(id);
    assertThat(
            client
                .insert(
                    new Moved("x"),
                    options
                        .withQueue("other")
                        .withScheduledAt(Instant.parse("2099-03-01T00:00:00Z")))
                .isDuplicate())
        .isFalse();
  }

  private List<String> told(Connection ear) throws SQLException {
    PGNotification[] all = ear.unwrap(PGConnection.class).getNotifications(1_000);
    var payloads = new ArrayList<String>();
    for (PGNotification each : all) {
      payloads.add(each.getParameter());
    }
    return payloads;
  }

  /** A notification at the end shows that there was no earlier one. */
  @Test
  void theNewQueueIsToldOnCommitOfJobsThatAreAvailable() throws SQLException {
    long id = insert(JobState.SCHEDULED);
    try (Connection ear = database.dataSource().getConnection();
        Connection connection = database.dataSource().getConnection();
        var statement = ear.createStatement()) {
      statement.execute("LISTEN \"%s.river_insert\"".formatted(database.schema()));
      connection.setAutoCommit(false);
      jobs.update(connection, id, at(in(Duration.ZERO)).withQueue("rolled_back"));
      connection.rollback();
      jobs.update(id, JobUpdate.nothing().withQueue("still_scheduled"));
      jobs.update(id, at(in(Duration.ofHours(3))));
      jobs.update(id, at(in(Duration.ofMinutes(-1))).withQueue("due"));
      assertThat(told(ear)).containsExactly("{\"queue\" : \"due\"}");
      jobs.update(id, JobUpdate.nothing().withPriority(3).withMaxAttempts(9));
      jobs.update(id, JobUpdate.nothing().withQueue("moved"));
      assertThat(told(ear)).containsExactly("{\"queue\" : \"moved\"}");
      statement.execute("UNLISTEN *");
    }
  }

  @Test
  void aMovedJobIsWorkedInItsNewQueueWithoutDelay() {
    clients.start(
        Moved.class,
        (job, context) -> context.setMetadata("worked", job.queue()),
        builder -> builder.queue("other", 1).pollInterval(Duration.ofMinutes(5)));
    long id = insert(JobState.SCHEDULED);
    // Its claims of the new queue have gone past the time of the moved job.
    clients.await(
        client.insert(new Moved("y"), InsertOptions.defaults().withQueue("other")).id(),
        JobState.COMPLETED);
    Awaitility.await().until(() -> database.listening() > 0);

    jobs.update(id, at(in(Duration.ofMinutes(-1))).withQueue("other").withPriority(2));

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.metadata()).contains("\"worked\": \"other\"");
    assertThat(job.priority()).isEqualTo(2);
  }

  @Test
  void anOperatorRecordsWhatWasChanged() {
    long id = insert(JobState.SCHEDULED);

    jobs.operator("ada").because("the disk is full").update(id, ALL_OF_IT);
    jobs.operator("bob").update(id, JobUpdate.nothing().withPriority(1));

    JobRow job = jobs.find(id).orElseThrow();
    assertThat(job.queue()).isEqualTo("other");
    assertThat(job.metadata()).contains("\"moved\": true", "\"output\": \"out\"");
    assertThat(jobs.progress(id).orElseThrow().operations())
        .extracting(JobOperation::verb, JobOperation::by, JobOperation::detail)
        .containsExactly(
            tuple(
                "update",
                "ada",
                "scheduled at 2001-01-01T00:00:00Z, queue other, priority 3, max attempts 7,"
                    + " metadata changed, output changed"),
            tuple("update", "bob", "priority 1"));
  }
}
