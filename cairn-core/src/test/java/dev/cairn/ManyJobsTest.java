package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.jobs.Jobs;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What one call does to many jobs, beside what {@link Jobs#cancel} and {@link Jobs#retry} do. */
class ManyJobsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private Cairn client;
  private Jobs jobs;

  @JobKind("one_of_many")
  record OneOfMany(int number) {}

  @BeforeEach
  void connect() {
    client = clients.inserter();
    jobs = client.jobs();
  }

  private static void sql(String sql, Object... values) {
    database.execute(sql.formatted(database.schema()), values);
  }

  private long insert(int number) {
    return client.insert(new OneOfMany(number)).id();
  }

  /** A job in each state, all due. */
  private Map<JobState, Long> oneInEachState() {
    var ids = new EnumMap<JobState, Long>(JobState.class);
    for (JobState state : JobState.values()) {
      long id = insert(ids.size());
      sql(
          """
          UPDATE %%s.river_job
          SET state = '%1$s', attempted_at = now(), attempt = 1,
            finalized_at = CASE WHEN '%1$s' IN ('cancelled', 'completed', 'discarded') THEN now() END
          WHERE id = ?
          """
              .formatted(state.label()),
          id);
      ids.put(state, id);
    }
    return ids;
  }

  private static long id(Map<JobState, Long> ids, JobState state) {
    return Objects.requireNonNull(ids.get(state));
  }

  private JobState state(long id) {
    return jobs.find(id).orElseThrow().state();
  }

  private static Stream<Long> idsOf(List<JobRow> jobs) {
    return jobs.stream().map(JobRow::id);
  }

  @ParameterizedTest
  @EnumSource(value = Order.class, mode = EnumSource.Mode.EXCLUDE, names = "FINALIZED_AT")
  void cancelsWhatHasNotEndedAndAsksWhatRuns(Order order) {
    Map<JobState, Long> ids = oneInEachState();

    List<JobRow> cancelled = jobs.cancelMany(JobQuery.all().orderBy(order));

    assertThat(idsOf(cancelled))
        .containsExactlyInAnyOrder(
            id(ids, JobState.AVAILABLE),
            id(ids, JobState.PENDING),
            id(ids, JobState.RETRYABLE),
            id(ids, JobState.RUNNING),
            id(ids, JobState.SCHEDULED));
    assertThat(cancelled)
        .allSatisfy(job -> {
          assertThat(job).isEqualTo(jobs.find(job.id()).orElseThrow());
          assertThat(job.metadata()).contains("cancel_attempted_at");
          boolean runs = job.id() == id(ids, JobState.RUNNING);
          assertThat(job.state()).isEqualTo(runs ? JobState.RUNNING : JobState.CANCELLED);
          assertThat(job.finalizedAt() == null).isEqualTo(runs);
        });
    for (JobState ended : List.of(JobState.COMPLETED, JobState.DISCARDED)) {
      assertThat(state(id(ids, ended))).isEqualTo(ended);
    }
    assertThat(idsOf(jobs.cancelMany(JobQuery.all()))).containsExactly(id(ids, JobState.RUNNING));
  }

  @ParameterizedTest
  @EnumSource(value = Order.class, mode = EnumSource.Mode.EXCLUDE, names = "FINALIZED_AT")
  void retriesWhatNeitherRunsNorIsAvailable(Order order) {
    Map<JobState, Long> ids = oneInEachState();

    List<JobRow> retried = jobs.retryMany(JobQuery.all().orderBy(order));

    var expected = new EnumMap<>(ids);
    expected.remove(JobState.AVAILABLE);
    expected.remove(JobState.RUNNING);
    assertThat(idsOf(retried)).containsExactlyInAnyOrderElementsOf(expected.values());
    assertThat(retried)
        .allSatisfy(job -> {
          assertThat(job).isEqualTo(jobs.find(job.id()).orElseThrow());
          assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
          assertThat(job.finalizedAt()).isNull();
        });
    assertThat(state(id(ids, JobState.RUNNING))).isEqualTo(JobState.RUNNING);
    assertThat(jobs.retryMany(JobQuery.all())).isEmpty();
  }

  @Test
  void whatIsPassedOverUsesUpNothingOfTheLimit() {
    var ids = new ArrayList<Long>();
    for (int i = 0; i < 6; i++) {
      ids.add(insert(i));
    }
    JobQuery two = JobQuery.all().withLimit(2);

    assertThat(idsOf(jobs.cancelMany(two))).containsExactlyElementsOf(ids.subList(0, 2));
    assertThat(idsOf(jobs.cancelMany(two.latestFirst()))).containsExactly(ids.get(5), ids.get(4));
    assertThat(idsOf(jobs.cancelMany(two))).containsExactlyElementsOf(ids.subList(2, 4));
    assertThat(jobs.cancelMany(two)).isEmpty();
    jobs.retry(ids.get(0));
    assertThat(idsOf(jobs.retryMany(two))).containsExactlyElementsOf(ids.subList(1, 3));
  }

  @Test
  void retriesACompletedJobFromZeroAndGivesAnAttemptMore() {
    Map<JobState, Long> ids = oneInEachState();
    long completed = id(ids, JobState.COMPLETED);
    sql("UPDATE %s.river_job SET attempt = 25, metadata = '{\"cairn:resumable\": {}, \"x\": 1}'");
    for (long id : ids.values()) {
      sql(
          """
          INSERT INTO %s.cairn_checkpoint (job_id, name, finished, claimed_at, sequence)
          VALUES (?, 'step', true, now(), 1)
          """,
          id);
    }

    JobQuery ended = JobQuery.all().withStates(JobState.COMPLETED, JobState.DISCARDED);
    List<JobRow> retried = jobs.retryMany(ended);

    assertThat(retried).hasSize(2).allMatch(job -> job.maxAttempts() == 26);
    assertThat(jobs.find(completed).orElseThrow().metadata()).isEqualTo("{\"x\": 1}");
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.cairn_checkpoint".formatted(database.schema())))
        .isEqualTo(ids.size() - 1);
  }

  @Test
  void aRunningJobIsToldAndARetriedOneIsWorkedAtOnce() throws Exception {
    var running = new CountDownLatch(1);
    Cairn worker =
        clients.start(
            OneOfMany.class,
            (job, context) -> {
              if (job.args().number() == 0) {
                running.countDown();
                while (true) {
                  context.yieldIfInterrupted();
                  Thread.onSpinWait();
                }
              }
            },
            builder -> builder.pollInterval(Duration.ofMinutes(10)));
    long asked = worker.insert(new OneOfMany(0)).id();
    running.await();
    jobs.cancelMany(JobQuery.all());
    clients.await(asked, JobState.CANCELLED);
    long retried = worker.insert(new OneOfMany(1), InsertOptions.defaults().withPending()).id();

    jobs.retryMany(JobQuery.all().withStates(JobState.PENDING));

    clients.await(retried, JobState.COMPLETED);
  }

  @Test
  void ofJobsWithOneUniqueKeyOneIsRetriedAndNoneBesideALivingOne() {
    InsertOptions once = InsertOptions.defaults().withUnique(UniqueOptions.byKind().withArgs());
    var cancelled = new ArrayList<Long>();
    for (int i = 0; i < 3; i++) {
      long id = client.insert(new OneOfMany(1), once).id();
      jobs.cancel(id);
      cancelled.add(id);
    }
    long held = client.insert(new OneOfMany(2), once).id();
    jobs.cancel(held);
    long living = client.insert(new OneOfMany(2), once).id();
    JobQuery query = JobQuery.all().withStates(JobState.CANCELLED);

    assertThat(idsOf(jobs.retryMany(query))).containsExactly(cancelled.getFirst());
    assertThat(jobs.retryMany(query)).isEmpty();

    jobs.delete(living);
    assertThat(idsOf(jobs.retryMany(query.withLimit(1)))).containsExactly(held);
  }

  /** A retryable job gives its key to others where that state does not count. */
  @Test
  void aJobWhoseKeyAnotherOneHasByNowIsCancelledWithoutIt() {
    InsertOptions once =
        InsertOptions.defaults()
            .withUnique(
                UniqueOptions.byKind()
                    .withStates(
                        Set.of(
                            JobState.AVAILABLE,
                            JobState.PENDING,
                            JobState.RUNNING,
                            JobState.SCHEDULED,
                            JobState.CANCELLED)));
    long failed = client.insert(new OneOfMany(1), once).id();
    sql("UPDATE %s.river_job SET state = 'retryable', attempt = 1 WHERE id = ?", failed);
    long holder = client.insert(new OneOfMany(2), once).id();
    long other = insert(3);

    assertThat(idsOf(jobs.cancelMany(JobQuery.all().withIds(Set.of(failed, other)))))
        .containsExactlyInAnyOrder(failed, other);
    assertThat(idsOf(jobs.cancelMany(JobQuery.all()))).containsExactly(holder);
  }

  @Test
  void anOperatorIsRecordedOnEachJob() {
    long one = insert(1);
    long two = insert(2);
    jobs.operator("ada").cancel(one);
    JobOperator operator = jobs.operator("bob");

    assertThat(idsOf(operator.cancelMany(JobQuery.all()))).containsExactly(two);
    assertThat(operator.retryMany(JobQuery.all())).hasSize(2);

    assertThat(operations(one)).containsExactly("cancel by ada", "retry by bob");
    assertThat(operations(two)).containsExactly("cancel by bob", "retry by bob");
    jobs.cancelMany(JobQuery.all());
    assertThat(operations(two)).as("nobody was named").hasSize(2);
  }

  private List<String> operations(long id) {
    return jobs.progress(id).orElseThrow().operations().stream()
        .map(operation -> operation.verb() + " by " + operation.by())
        .toList();
  }

  @Test
  void bothArePartOfTheCallersTransaction() throws Exception {
    long id = insert(1);
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      assertThat(jobs.cancelMany(connection, JobQuery.all())).hasSize(1);
      assertThat(jobs.retryMany(connection, JobQuery.all())).hasSize(1);
      assertThat(jobs.operator(connection, "ada").cancelMany(JobQuery.all())).hasSize(1);
      connection.rollback();
    }

    assertThat(jobs.find(id).orElseThrow().metadata()).isEqualTo("{}");
  }

  @Test
  void aScanLimitIsForLists() {
    JobQuery limited = JobQuery.all().withScanLimit(10);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> jobs.cancelMany(limited))
        .withMessageContaining("cancel them by their ids");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> jobs.operator("ada").retryMany(limited))
        .withMessageContaining("retry them by their ids");
    assertThat(jobs.cancelMany(JobQuery.all().withStates(JobState.COMPLETED))).isEmpty();
    assertThat(jobs.retryMany(JobQuery.all().withIds(Set.of()))).isEmpty();
  }

  /** Waits until a session waits for the lock of another one. */
  private static void awaitSessionThatWaits() {
    await()
        .until(() ->
            database.number(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND"
                        + " cardinality(pg_blocking_pids(pid)) > 0")
                > 0);
  }

  /* The key is taken by a transaction that ends while the statement waits for it. */
  @Test
  void aKeyThatIsJustBeingTakenIsPassedOver() throws Exception {
    InsertOptions once = InsertOptions.defaults().withUnique(UniqueOptions.byKind().withArgs());
    long cancelled = client.insert(new OneOfMany(1), once).id();
    jobs.cancel(cancelled);
    long other = insert(2);
    jobs.cancel(other);
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.insert(connection, new OneOfMany(1), once);
      var retried = new ArrayList<Long>();
      Thread retrying =
          Thread.ofPlatform()
              .start(() -> idsOf(jobs.retryMany(JobQuery.all())).forEach(retried::add));
      awaitSessionThatWaits();
      connection.commit();
      retrying.join();

      assertThat(retried).containsExactly(other);
    }
  }

  /**
   * A job whose row somebody else is changing, so that it does not match any more once the verb
   * gets its lock.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "retry  | discarded | state = 'completed'",
        "retry  | discarded | state = 'retryable', finalized_at = NULL",
        "delete | discarded | state = 'available', finalized_at = NULL",
        "delete | available | queue = 'other'",
        "cancel | available | state = 'running', attempted_at = now()",
        "cancel | scheduled | tags = '{kept}'",
      })
  void whatDoesNotMatchAnyMoreWhenItIsLockedIsLeftAlone(String verb, String state, String change)
      throws Exception {
    long changed = insert(1);
    long other = insert(2);
    sql(
        """
        UPDATE %%s.river_job
        SET state = '%1$s', finalized_at = CASE WHEN '%1$s' = 'discarded' THEN now() END,
          tags = '{gone}'
        """
            .formatted(state));
    JobQuery query =
        JobQuery.all()
            .withStates(JobState.valueOf(state.toUpperCase(Locale.ROOT)))
            .withQueues("default")
            .withTagsAll("gone");
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "UPDATE %s.river_job SET %s WHERE id = %d".formatted(database.schema(), change, changed));
      var met = new ArrayList<Long>();
      Thread acting = Thread.ofPlatform().start(() -> idsOf(act(verb, query)).forEach(met::add));
      awaitSessionThatWaits();
      connection.commit();
      acting.join();

      assertThat(met).containsExactly(other);
      assertThat(
              database.number(
                  "SELECT count(*) FROM %s.river_job WHERE id = %d AND NOT jsonb_exists(metadata, 'cancel_attempted_at')"
                      .formatted(database.schema(), changed)))
          .isEqualTo(1);
    }
  }

  private List<JobRow> act(String verb, JobQuery query) {
    return switch (verb) {
      case "cancel" -> jobs.cancelMany(query);
      case "retry" -> jobs.retryMany(query);
      default -> jobs.deleteMany(query);
    };
  }

  @Test
  void pagesOfJobsToCancelAreNotInAnOrderThatThisChanges() {
    insert(1);
    JobRow first = jobs.list(JobQuery.all()).jobs().getFirst();

    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            jobs.cancelMany(
                JobQuery.all().orderBy(Order.TIME).after(JobCursor.of(Order.TIME, first))))
        .withMessageContaining("use the order ID");
    assertThat(
            jobs.cancelMany(
                JobQuery.all()
                    .orderBy(Order.SCHEDULED_AT)
                    .after(JobCursor.of(Order.SCHEDULED_AT, first))))
        .isEmpty();
  }

  @Test
  void whatJobsContainStaysInTheDatabaseIfAQuerySaysSo() throws Exception {
    var narrow = new PGSimpleDataSource();
    narrow.setUrl(database.fresh().jdbcUrl());
    narrow.setUser(database.fresh().user());
    narrow.setPassword(database.fresh().password());
    narrow.setMaxResultBuffer("300K");
    var ids = new ArrayList<Long>();
    for (int i = 0; i < 10; i++) {
      ids.add(insert(i));
    }
    sql(
        """
        UPDATE %s.river_job SET metadata = jsonb_build_object('log', repeat('x', 100000)),
          errors = ARRAY[jsonb_build_object('error', 'broken')]
        """);
    JobQuery query = JobQuery.all().withIds(Set.copyOf(ids));
    JobQuery without = query.withoutContents();

    try (Connection connection = narrow.getConnection()) {
      connection.setAutoCommit(false);
      List<JobRow> listed = jobs.list(connection, without).jobs();
      assertThat(idsOf(listed)).isEqualTo(ids);
      assertThat(listed)
          .allSatisfy(job -> {
            assertThat(job.kind()).isEqualTo("one_of_many");
            assertThat(job.args()).isEqualTo("{}");
            assertThat(job.metadata()).isEqualTo("{}");
            assertThat(job.errors()).isEmpty();
          });
      assertThat(idsOf(jobs.cancelMany(connection, without))).isEqualTo(ids);
      assertThat(idsOf(jobs.retryMany(connection, without.orderBy(Order.TIME)))).hasSize(10);
      assertThat(jobs.find(ids.getFirst()).orElseThrow().metadata()).contains("xxx");
      assertThat(idsOf(jobs.deleteMany(connection, without.orderBy(Order.SCHEDULED_AT))))
          .hasSize(10);
      connection.rollback();
    }
    assertThat(jobs.list(query).jobs())
        .allSatisfy(job -> {
          assertThat(job.metadata()).contains("xxx");
          assertThat(job.errors()).hasSize(1);
        });
  }
}
