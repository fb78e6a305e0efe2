package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cairn.jobs.JobQuery;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A delay counts from the insertion, by the database's clock, whatever the client's clock shows.
 */
class DelayTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration DELAY = Duration.ofMinutes(5);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Instant FAR = Instant.parse("2050-01-01T00:00:00Z");

  @JobKind("delayed")
  record Delayed(String text) {}

  @JobKind("beside")
  record Beside() {}

  @JobKind("delayed_by_default")
  record ByDefault() implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      return after(DELAY).withQueue("late");
    }
  }

  /** The ways to insert a job. */
  enum Way {
    ONE,
    MANY,
    FAST,
    ONE_IN_TRANSACTION,
    MANY_IN_TRANSACTION,
    FAST_IN_TRANSACTION
  }

  private static InsertOptions after(Duration delay) {
    return InsertOptions.defaults().withDelay(delay);
  }

  private Cairn wrongBy(int hours) {
    Clock wrong = Clock.offset(Clock.systemUTC(), Duration.ofHours(hours));
    return clients.build(builder -> builder.clock(wrong));
  }

  /** Inserts a job, with another one beside it if the way is one for many. */
  private static JobRow insert(Cairn client, Way way, InsertOptions options) throws SQLException {
    Object args = new Delayed("later");
    List<JobInsert> jobs = List.of(JobInsert.of(args, options), JobInsert.of(new Beside()));
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      switch (way) {
        case ONE -> client.insert(args, options);
        case MANY -> client.insertMany(jobs);
        case FAST -> client.insertManyFast(jobs);
        case ONE_IN_TRANSACTION -> client.insert(connection, args, options);
        case MANY_IN_TRANSACTION -> client.insertMany(connection, jobs);
        case FAST_IN_TRANSACTION -> client.insertManyFast(connection, jobs);
      }
      connection.commit();
    }
    return client.jobs().list(JobQuery.all().withKinds("delayed")).jobs().getFirst();
  }

  /** Its transaction begins a little before its statement. */
  private static void assertDueAfter(Duration delay, JobRow job) {
    Instant least = job.createdAt().plus(delay);
    assertThat(job.scheduledAt()).isBetween(least, least.plusSeconds(60));
  }

  private static Instant now() {
    long micros = database.number("SELECT (extract(epoch FROM clock_timestamp()) * 1e6)::bigint");
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  @ParameterizedTest
  @EnumSource
  void theClockOfTheClientDoesNotMatter(Way way) throws SQLException {
    Instant before = now();

    JobRow job = insert(wrongBy(-1), way, after(DELAY));

    assertThat(job.scheduledAt()).isBetween(before.plus(DELAY), now().plus(DELAY));
    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(clients.inserter().jobs().list(JobQuery.all().withKinds("beside")).jobs())
        .allMatch(other -> other.state() == JobState.AVAILABLE)
        .allMatch(other -> other.scheduledAt().equals(other.createdAt()));
  }

  @Test
  void theResultSaysWhenTheJobIsDue() {
    JobRow job = clients.inserter().insert(new Delayed("later"), after(DELAY)).job();

    assertDueAfter(DELAY, job);
  }

  @Test
  void aDelayBeginsWithTheInsertionAndNotWithItsTransaction() throws SQLException {
    Cairn client = clients.inserter();
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.jobs().find(connection, 1); // the first statement of the transaction
      Instant before = now();

      InsertResult result = client.insert(connection, new Delayed("later"), after(DELAY));

      assertThat(result.job().scheduledAt()).isAfterOrEqualTo(before.plus(DELAY));
      assertThat(result.job().createdAt()).isBefore(before);
      connection.rollback();
    }
  }

  /** The period is that of the time with which the job is inserted, so it has the same key. */
  @ParameterizedTest
  @EnumSource
  void aPeriodIsThatInWhichTheJobIsDueByTheDatabasesClock(Way way) throws SQLException {
    InsertOptions once =
        InsertOptions.defaults().withUnique(UniqueOptions.byKind().withPeriod(HOUR));

    JobRow job = insert(wrongBy(1), way, once.withDelay(DELAY));

    Cairn client = clients.inserter();
    Object again = new Delayed("again");
    assertThat(client.insert(again, once.withScheduledAt(job.scheduledAt())).isDuplicate())
        .isTrue();
    for (Duration further : List.of(HOUR, HOUR.negated())) {
      Instant other = job.scheduledAt().plus(further);
      assertThat(client.insert(again, once.withScheduledAt(other)).isDuplicate()).isFalse();
    }
  }

  @Test
  void aDuplicateWithADelayIsNotInserted() {
    Cairn client = wrongBy(1);
    InsertOptions options = after(DELAY).withUnique(UniqueOptions.byKind());

    long id = client.insert(new Delayed("first"), options).id();
    List<InsertResult> more =
        client.insertMany(
            List.of(
                JobInsert.of(new Delayed("second"), options),
                JobInsert.of(new Delayed("third"), options)));

    assertThat(more).allMatch(InsertResult::isDuplicate).allMatch(result -> result.id() == id);
  }

  @Test
  void aPendingJobKeepsItsTime() {
    JobRow job = clients.inserter().insert(new Delayed("later"), after(DELAY).withPending()).job();

    assertThat(job.state()).isEqualTo(JobState.PENDING);
    assertDueAfter(DELAY, job);
  }

  @Test
  void theLongestDelayIsAHundredYears() {
    Duration longest = Duration.ofDays(36_500);

    JobRow job = clients.inserter().insert(new Delayed("later"), after(longest)).job();

    assertDueAfter(longest, job);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> after(longest.plusNanos(1)))
        .withMessageContaining("at most 36500 days");
  }

  @Test
  void ofATimeAndADelayTheLaterCounts() {
    InsertOptions delayed = InsertOptions.defaults().withScheduledAt(FAR).withDelay(DELAY);
    InsertOptions timed = InsertOptions.defaults().withDelay(DELAY).withScheduledAt(FAR);

    assertThat(delayed).isEqualTo(after(DELAY));
    assertThat(delayed.delay()).isEqualTo(DELAY);
    assertThat(delayed.scheduledAt()).isNull();
    assertThat(timed).isEqualTo(InsertOptions.defaults().withScheduledAt(FAR));
    assertThat(timed.delay()).isNull();
  }

  @Test
  void aTimeReplacesTheDelayOfTheArgumentsAndTheOtherWayRound() {
    Cairn client = clients.inserter();

    JobRow byDefault = client.insert(new ByDefault()).job();
    JobRow atTime =
        client.insert(new ByDefault(), InsertOptions.defaults().withScheduledAt(FAR)).job();
    JobRow later = client.insert(new ByDefault(), after(HOUR)).job();

    assertDueAfter(DELAY, byDefault);
    assertThat(atTime.scheduledAt()).isEqualTo(FAR);
    assertDueAfter(HOUR, later);
    assertThat(List.of(byDefault, atTime, later)).allMatch(job -> job.queue().equals("late"));
    assertThat(after(DELAY).orElse(InsertOptions.defaults().withScheduledAt(FAR)))
        .isEqualTo(after(DELAY));
  }
}
