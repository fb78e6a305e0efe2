package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.Jobs;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UniqueTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("unique_report")
  record Report(@Unique String customer, Month month, String trace) {}

  record Month(int year, @Unique int number) {}

  @JobKind("unique_other")
  record Other(String customer) {}

  @JobKind("unique_defaults")
  record WithDefaults(String name) implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      return InsertOptions.defaults()
          .withQueue("reports")
          .withPriority(3)
          .withTags("from-args")
          .withUnique(UniqueOptions.byKind().withArgs());
    }
  }

  @Test
  void noRulesOverrideThoseOfTheArguments() {
    Cairn client = clients.inserter();
    client.insert(new WithDefaults("ada"));

    assertThat(client.insert(new WithDefaults("ada"), unique(UniqueOptions.none())).isDuplicate())
        .isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UniqueOptions.byKind().withStates(Set.of()));
  }

  /** Seen before: no tags were the same as none given. */
  @Test
  void noTagsOverrideThoseOfTheArguments() {
    Cairn client = clients.inserter();

    assertThat(client.insert(new WithDefaults("a")).job().tags()).containsExactly("from-args");
    assertThat(client.insert(new WithDefaults("b"), InsertOptions.defaults().withTags()).job())
        .satisfies(job -> assertThat(job.tags()).isEmpty())
        .satisfies(job -> assertThat(job.queue()).isEqualTo("reports"));
  }

  private static InsertOptions unique(UniqueOptions rules) {
    return InsertOptions.defaults().withUnique(rules);
  }

  @Test
  void aDuplicateIsNotInsertedAndTheEarlierJobIsGivenBack() {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());

    InsertResult first = client.insert(new Other("ada"), options);
    InsertResult second = client.insert(new Other("ada"), options);
    InsertResult other = client.insert(new Other("bob"), options);

    assertThat(first.isDuplicate()).isFalse();
    assertThat(second).isEqualTo(new InsertResult(first.job(), true));
    assertThat(other.isDuplicate()).isFalse();
  }

  @Test
  void onlyMarkedArgumentsCountAlsoNestedOnes() {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());
    var report = new Report("ada", new Month(2026, 11), "trace-1");

    client.insert(report, options);

    assertThat(client.insert(new Report("ada", new Month(2027, 11), "trace-2"), options))
        .matches(InsertResult::isDuplicate);
    assertThat(client.insert(new Report("ada", new Month(2026, 12), "trace-1"), options))
        .matches(result -> !result.isDuplicate());
  }

  @Test
  void duplicatesWithinOneCallAreFoundToo() {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());

    List<InsertResult> results =
        client.insertMany(
            List.of(
                JobInsert.of(new Other("x"), options),
                JobInsert.of(new Other("x")),
                JobInsert.of(new Other("y"), options),
                JobInsert.of(new Other("x"), options)));

    assertThat(results)
        .extracting(InsertResult::isDuplicate)
        .containsExactly(false, false, false, true);
    assertThat(results.get(3).id()).isEqualTo(results.get(0).id());
    assertThat(results.get(1).id()).isBetween(results.get(0).id() + 1, results.get(2).id() - 1);
  }

  @Test
  void queueKindAndPeriodNarrowOrWidenIt() {
    Cairn client = clients.inserter();
    UniqueOptions byQueue = UniqueOptions.byKind().withQueue();
    UniqueOptions acrossKinds =
        UniqueOptions.byKind().withArgs().withoutKind().withPeriod(Duration.ofDays(10_000));

    client.insert(new Report("q", new Month(1, 1), ""), unique(byQueue));
    InsertResult elsewhere =
        client.insert(new Report("q", new Month(1, 1), ""), unique(byQueue).withQueue("elsewhere"));
    client.insert(new Other("same"), unique(acrossKinds));
    InsertResult sameArgs = client.insert(new SameArgs("same"), unique(acrossKinds));

    assertThat(elsewhere.isDuplicate()).isFalse();
    assertThat(sameArgs.isDuplicate()).isTrue();
  }

  @JobKind("unique_same_args")
  record SameArgs(String customer) {}

  @Test
  void aJobThatHasEndedCountsOnlyInTheGivenStates() {
    Cairn client = clients.inserter();
    InsertOptions always = unique(UniqueOptions.byKind().withArgs());
    InsertOptions whileUnfinished = unique(UniqueOptions.byKind().withArgs().untilFinished());
    long first = client.insert(new Other("ends"), always).id();
    long second = client.insert(new Other("ends too"), whileUnfinished).id();
    database.execute(
        "UPDATE %s.river_job SET state = 'completed', finalized_at = now() WHERE id IN (?, ?)"
            .formatted(database.schema()),
        first,
        second);

    assertThat(client.insert(new Other("ends"), always).isDuplicate()).isTrue();
    assertThat(client.insert(new Other("ends too"), whileUnfinished).isDuplicate()).isFalse();
  }

  @Test
  void aJobThatIsRetriedHasNotFinished() {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs().untilFinished());
    long first = client.insert(new Other("fails"), options).id();
    for (String state : List.of("retryable", "scheduled", "running", "pending")) {
      database.execute(
          "UPDATE %s.river_job SET state = ?::%s.river_job_state WHERE id = ?"
              .formatted(database.schema(), database.schema()),
          state,
          first);
      assertThat(client.insert(new Other("fails"), options).id()).as(state).isEqualTo(first);
    }
  }

  @Test
  void statesThatRiverRequiresMustBeAmongThem() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UniqueOptions.byKind().withStates(EnumSet.of(JobState.AVAILABLE)))
        .withMessageContaining("PENDING");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UniqueOptions.byKind().withPeriod(Duration.ofMillis(10)))
        .withMessageContaining("1 s");
  }

  @Test
  void ofManyAtOnceOneWins() throws Exception {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());
    Callable<InsertResult> insert = () -> client.insert(new Other("contended"), options);
    var results = new ArrayList<InsertResult>();

    try (var threads = Executors.newFixedThreadPool(8)) {
      for (Future<InsertResult> result : threads.invokeAll(Collections.nCopies(40, insert))) {
        results.add(result.get());
      }
    }

    assertThat(results).filteredOn(result -> !result.isDuplicate()).hasSize(1);
    assertThat(results).extracting(InsertResult::id).containsOnly(results.getFirst().id());
  }

  @Test
  void worksInTheCallersTransaction() throws SQLException {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.insert(connection, new Other("rolled back"), options);
      assertThat(client.insert(connection, new Other("rolled back"), options).isDuplicate())
          .isTrue();
      connection.rollback();
    }

    assertThat(client.insert(new Other("rolled back"), options).isDuplicate()).isFalse();
  }

  @Test
  void argumentsMayBringTheirOwnOptions() {
    Cairn client = clients.inserter();

    JobRow job = client.insert(new WithDefaults("a")).job();
    JobRow urgent =
        client.insert(new WithDefaults("b"), InsertOptions.defaults().withPriority(1)).job();

    assertThat(job.queue()).isEqualTo("reports");
    assertThat(job.priority()).isEqualTo(3);
    assertThat(job.tags()).containsExactly("from-args");
    assertThat(client.insert(new WithDefaults("a")).isDuplicate()).isTrue();
    assertThat(urgent.priority()).isEqualTo(1);
    assertThat(urgent.queue()).isEqualTo("reports");
  }

  @Test
  void manyAreInsertedFastAndNoneTwice() {
    Cairn client = clients.inserter();
    var jobs = new ArrayList<JobInsert>();
    for (int i = 0; i < 1_000; i++) {
      jobs.add(JobInsert.of(new Other("fast \\ \t \n \r \u00e9 " + i)));
    }
    jobs.add(JobInsert.of(new Other("u"), unique(UniqueOptions.byKind().withArgs())));
    jobs.add(JobInsert.of(new Other("u"), unique(UniqueOptions.byKind().withArgs())));
    jobs.add(
        JobInsert.of(
            new Other("t"),
            InsertOptions.defaults().withTags("one-tag", "two-tag").withPriority(4)));

    assertThat(client.insertManyFast(jobs)).isEqualTo(1_002);

    JobQuery fast = JobQuery.all().withKinds("unique_other").latestFirst();
    assertThat(client.jobs().list(fast.withTagsAll("two-tag")).jobs())
        .singleElement()
        .satisfies(job -> {
          assertThat(job.tags()).containsExactly("one-tag", "two-tag");
          assertThat(job.priority()).isEqualTo(4);
        });
    assertThat(client.jobs().list(fast.withLimit(1)).jobs().getFirst().args()).contains("\"t\"");
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.river_job WHERE args->>'customer' LIKE E'fast \\\\\\\\ \\t \\n \\r %%'"
                    .formatted(database.schema())))
        .isEqualTo(1_000);
  }

  @Test
  void fastInsertionIsAllOrNone() throws SQLException {
    Cairn client = clients.inserter();
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.insertManyFast(connection, List.of(JobInsert.of(new SameArgs("never"))));
      connection.rollback();
    }

    assertThat(client.jobs().list(JobQuery.all().withMetadata("{}").withKinds("never")).jobs())
        .isEmpty();
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.river_job WHERE args->>'customer' = 'never'"
                    .formatted(database.schema())))
        .isZero();
  }

  /** Seen before: the jobs with a time stayed, although the others were refused. */
  @Test
  void fastInsertionIsAllOrNoneAlsoOnAConnectionThatCommitsByItself() throws SQLException {
    Cairn client = clients.inserter();
    var later = InsertOptions.defaults().withScheduledAt(Instant.parse("2100-01-01T00:00:00Z"));
    var refused = JobInsert.of(new SameArgs("refused"), InsertOptions.defaults().withQueue("no"));
    database.execute("ALTER TABLE river_job ADD CONSTRAINT test_queue CHECK (queue <> 'no')");
    try (Connection connection = database.dataSource().getConnection()) {
      assertThatThrownBy(() ->
              client.insertManyFast(
                  connection, List.of(JobInsert.of(new SameArgs("scheduled"), later), refused)))
          .isInstanceOf(CairnException.class);
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(client.jobs().list(JobQuery.all()).jobs()).isEmpty();

      assertThat(
              client.insertManyFast(
                  connection, List.of(JobInsert.of(new SameArgs("scheduled"), later))))
          .isEqualTo(1);
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(client.jobs().list(JobQuery.all()).jobs()).hasSize(1);
    } finally {
      database.execute("ALTER TABLE river_job DROP CONSTRAINT test_queue");
    }
  }

  @JobKind("unique_money")
  record Money(BigDecimal amount) {}

  @JobKind("unique_renamed")
  record Renamed(@Unique @JsonProperty("customer_id") long customer) {}

  @Test
  void jobsThatDifferAreNoDuplicates() {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());

    List<InsertResult> results =
        client.insertMany(
            List.of(
                JobInsert.of(new Money(new BigDecimal("12345678901234567.11")), options),
                JobInsert.of(new Money(new BigDecimal("12345678901234567.12")), options),
                JobInsert.of(new Renamed(1), options),
                JobInsert.of(new Renamed(2), options),
                JobInsert.of(new Renamed(2), options)));

    assertThat(results)
        .extracting(InsertResult::isDuplicate)
        .containsExactly(false, false, false, false, true);
  }

  @Test
  void thePeriodIsThatInWhichTheJobIsDue() {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withPeriod(Duration.ofHours(1)));
    Instant due = Instant.parse("2040-01-02T05:21:05Z");

    client.insert(new Money(BigDecimal.ONE), options.withScheduledAt(due));

    assertThat(
            client.insert(new Money(BigDecimal.TWO), options.withScheduledAt(due.plusSeconds(60))))
        .matches(InsertResult::isDuplicate);
    assertThat(
            client.insert(
                new Money(BigDecimal.TWO), options.withScheduledAt(due.plusSeconds(3_600))))
        .matches(result -> !result.isDuplicate());
    assertThat(client.insert(new Money(BigDecimal.TWO), options))
        .matches(result -> !result.isDuplicate());
  }

  @JobKind("unique_badly_marked")
  record BadlyMarked(@Unique @JsonIgnore String hidden, String seen) {}

  @Test
  void aMarkThatCannotBeHonouredIsRefusedWithItsWorkerAndBeforeTheFirstInsertion() {
    Cairn client = clients.inserter();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.insert(new BadlyMarked("h", "s")))
        .withMessageContainingAll("@Unique on 'hidden'", BadlyMarked.class.getName());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clients.start(BadlyMarked.class, (job, context) -> {}))
        .withMessageContaining("@Unique on 'hidden'");
  }

  private record Twins(long cancelled, long living) {}

  private Twins twins(Cairn client, String customer) {
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());
    long cancelled = client.insert(new Other(customer), options).id();
    client.jobs().cancel(cancelled);
    return new Twins(cancelled, client.insert(new Other(customer), options).id());
  }

  @Test
  void aJobWhoseKeyAnotherOneHoldsIsNotBroughtBack() throws SQLException {
    Cairn client = clients.inserter();
    Jobs jobs = client.jobs();
    Twins twins = twins(client, "twin");
    JobOperator operator = jobs.operator("test");

    List<ThrowingCallable> ways =
        List.of(
            () -> jobs.retry(twins.cancelled()),
            () -> operator.retry(twins.cancelled()),
            () -> operator.restart(twins.cancelled()));
    assertThat(ways)
        .allSatisfy(way ->
            assertThatIllegalStateException()
                .isThrownBy(way)
                .withMessageContainingAll(
                    "job %d (unique_other)".formatted(twins.cancelled()),
                    "job %d, which is available".formatted(twins.living()),
                    "Delete job " + twins.living()));
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      assertThatIllegalStateException()
          .isThrownBy(() -> jobs.retry(connection, twins.cancelled()))
          .withMessageContaining("Delete job " + twins.living());
      assertThatIllegalStateException()
          .isThrownBy(() -> jobs.operator(connection, "test").retry(twins.cancelled()))
          .withMessageContaining("Delete job " + twins.living());
      assertThat(jobs.find(connection, twins.cancelled())).isPresent();
      connection.rollback();
    }
    jobs.delete(twins.living());
    assertThat(jobs.retry(twins.cancelled()))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));
  }

  @Test
  void aJobThatWaitsForARetryIsNotWorkedWhileAnotherOneHoldsItsKey() {
    Set<JobState> states = EnumSet.complementOf(EnumSet.of(JobState.RETRYABLE));
    InsertOptions options =
        unique(UniqueOptions.byKind().withArgs().withStates(states)).withQueue("elsewhere");
    Cairn client = clients.start(Other.class, (job, context) -> {});
    long retryable = client.insert(new Other("later"), options).id();
    database.execute(
        "UPDATE %s.river_job SET state = 'retryable', scheduled_at = now() + interval '1 day' WHERE id = ?"
            .formatted(database.schema()),
        retryable);
    long twin = client.insert(new Other("later"), options).id();

    assertThatIllegalStateException()
        .isThrownBy(() -> client.work(retryable))
        .withMessageContaining("Delete job " + twin);
    assertThatIllegalStateException()
        .isThrownBy(() -> client.jobs().operator("test").pause(retryable))
        .withMessageContaining("Delete job " + twin);
  }

  @Test
  void aJobWhoseKeyIsJustBeingTakenIsNotBroughtBack() throws Exception {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());
    long first = client.insert(new Other("taken"), options).id();
    client.jobs().cancel(first);
    try (Connection connection = database.dataSource().getConnection();
        var threads = Executors.newFixedThreadPool(2)) {
      connection.setAutoCommit(false);
      long twin = client.insert(connection, new Other("taken"), options).id();
      Future<Optional<JobRow>> retried = threads.submit(() -> client.jobs().retry(first));
      Future<Optional<JobRow>> restarted =
          threads.submit(() -> client.jobs().operator("test").restart(first));
      awaitWaiting(2);
      connection.commit();

      for (Future<?> change : List.of(retried, restarted)) {
        assertThatExceptionOfType(ExecutionException.class)
            .isThrownBy(change::get)
            .withCauseInstanceOf(IllegalStateException.class)
            .withMessageContaining("Delete job " + twin);
      }
    }
  }

  /** Until so many statements wait for others. */
  private static void awaitWaiting(int statements) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(5))
        .until(() ->
            database.number(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """)
                == statements);
  }

  private static HikariDataSource repeatableRead() {
    var config = new HikariConfig();
    config.setDataSource(database.fresh().dataSource());
    config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
    return new HikariDataSource(config);
  }

  @Test
  void underRepeatableReadAnInsertionIsTriedAgain() throws Exception {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());
    var one = JobInsert.of(new Other("repeated"), options);
    var two = JobInsert.of(new Other("repeated too"), options);
    try (HikariDataSource pool = repeatableRead();
        Cairn repeating = Cairn.builder(pool).schema(database.schema()).build();
        Connection connection = database.dataSource().getConnection();
        var threads = Executors.newFixedThreadPool(3)) {
      connection.setAutoCommit(false);
      List<InsertResult> earlier = client.insertMany(connection, List.of(one, two));
      Future<InsertResult> single =
          threads.submit(() -> repeating.insert(one.args(), one.options()));
      Future<List<InsertResult>> many =
          threads.submit(() -> repeating.insertMany(List.of(two, one)));
      Future<Long> fast = threads.submit(() -> repeating.insertManyFast(List.of(two)));
      awaitWaiting(3);
      connection.commit();

      assertThat(single.get()).isEqualTo(new InsertResult(earlier.get(0).job(), true));
      assertThat(many.get()).allMatch(InsertResult::isDuplicate);
      assertThat(fast.get()).isZero();
    }
  }

  @Test
  void underRepeatableReadTheCallersTransactionIsToBeRunAgain() throws SQLException {
    Cairn client = clients.inserter();
    InsertOptions options = unique(UniqueOptions.byKind().withArgs());
    try (HikariDataSource pool = repeatableRead();
        Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      client.jobs().find(connection, 1);
      client.insert(new Other("unseen"), options);

      assertThatExceptionOfType(CairnException.class)
          .isThrownBy(() -> client.insert(connection, new Other("unseen"), options))
          .withMessageContainingAll("run yours again", "READ COMMITTED");
      connection.rollback();
    }
  }
}
