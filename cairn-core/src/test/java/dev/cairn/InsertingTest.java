package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.jobs.JobQuery;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Good and bad input, where it comes in. */
class InsertingTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("plain")
  record Plain(String text) {}

  @JobKind("other")
  record Other(String text) {}

  record WithoutKind(String text) {}

  @JobKind("no spaces allowed")
  record BadKind(String text) {}

  @JobKind("loop")
  record Loop(Object self) {}

  @Test
  void aJobForLaterIsScheduled() {
    Instant later = Instant.parse("2030-05-17T13:47:11.123456Z");

    JobRow job =
        clients
            .inserter()
            .insert(new Plain("later"), InsertOptions.defaults().withScheduledAt(later))
            .job();

    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(job.scheduledAt()).isEqualTo(later);
  }

  @Test
  void aJobForThePastIsAvailableAtOnce() {
    JobRow job =
        clients
            .inserter()
            .insert(
                new Plain("past"),
                InsertOptions.defaults().withScheduledAt(Instant.now().minusSeconds(60)))
            .job();

    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void aJobIsDueInAYearThatEveryProgramUnderstands() {
    Cairn client = clients.inserter();
    var first = Instant.parse("0001-01-01T00:00:00Z");
    var last = Instant.parse("9999-12-31T23:59:59.999999Z");
    for (Instant time : List.of(first, last)) {
      List<JobInsert> inserts =
          List.of(
              JobInsert.of(
                  new Plain("edge"), InsertOptions.defaults().withPending().withScheduledAt(time)));
      client.insert(inserts.getFirst().args(), inserts.getFirst().options());
      client.insertMany(inserts);
      client.insertManyFast(inserts);
    }

    assertThat(client.jobs().list(JobQuery.all().withKinds("plain")).jobs())
        .extracting(JobRow::scheduledAt)
        .containsExactly(first, first, first, last, last, last);
    for (Instant time :
        List.of(first.minusNanos(1), last.plusSeconds(1), Instant.MIN, Instant.MAX)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> InsertOptions.defaults().withScheduledAt(time))
          .withMessageContaining("scheduledAt")
          .withMessageContaining(time.toString());
    }
  }

  @Test
  void aPendingJobWaits() {
    JobRow job =
        clients
            .inserter()
            .insert(new Plain("parked"), InsertOptions.defaults().withPending())
            .job();

    assertThat(job.state()).isEqualTo(JobState.PENDING);
  }

  @Test
  void jobsInsertedShortlyAfterAnotherAreToldOfToo() throws InterruptedException {
    int jobs = 200;
    var worked = new CountDownLatch(jobs);
    clients.start(
        Plain.class,
        (job, context) -> worked.countDown(),
        builder -> builder.pollInterval(Duration.ofHours(1)));
    Cairn inserter = clients.inserter();

    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int job = 0; job < jobs; job++) {
        threads.execute(() -> inserter.insert(new Plain("told")));
      }
    }

    assertThat(worked.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void oneConnectionIsEnoughForAClientThatHasToAskForItsSchema() {
    try (var pool = poolOfOne(1_000)) {
      assertThat(Cairn.builder(pool).build().insertManyFast(List.of(JobInsert.of(new Plain("a")))))
          .isEqualTo(1);
      assertThat(Cairn.builder(pool).build().insert(new Plain("b")).id()).isPositive();
    }
  }

  /** Seen before: the first statement waited for a second connection until that failed. */
  @Test
  void oneConnectionIsEnoughInATransactionToo() throws SQLException {
    try (var pool = poolOfOne(20_000)) {
      assertWorksInATransactionOf(pool, (client, connection) -> client.insert(connection, JOB));
      assertWorksInATransactionOf(
          pool, (client, connection) -> client.insertManyFast(connection, List.of(FAST)));
      assertWorksInATransactionOf(
          pool, (client, connection) -> client.signal(connection, "one", null));
      assertWorksInATransactionOf(
          pool, (client, connection) -> client.queues().pause(connection, "one"));
      assertWorksInATransactionOf(
          pool, (client, connection) -> client.jobs().cancel(connection, 7));
    }
  }

  private static final Plain JOB = new Plain("job");
  private static final JobInsert FAST = JobInsert.of(new Plain("fast"));

  @FunctionalInterface
  private interface Use {
    Object with(Cairn client, Connection connection) throws SQLException;
  }

  private static void assertWorksInATransactionOf(DataSource pool, Use use) throws SQLException {
    long begun = System.nanoTime();
    for (boolean autoCommit : new boolean[] {false, true}) {
      Cairn client = Cairn.builder(pool).build();
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(autoCommit);
        assertThat(use.with(client, connection)).isNotNull();
        assertThat(use.with(client, connection)).isNotNull();
        assertThat(connection.getAutoCommit()).isEqualTo(autoCommit);
        if (!autoCommit) {
          connection.rollback();
        }
      }
    }
    // It waits a moment for a second connection, once, and not until the pool gives up.
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
  }

  /** The caller's connection may have another search path than the client's own. */
  @Test
  void theSchemaOfTheCallersConnectionIsNotKept() throws SQLException {
    var config = new HikariConfig();
    config.setDataSource(database.fresh().dataSource());
    config.setConnectionInitSql("SET search_path TO " + database.schema());
    config.setMaximumPoolSize(2);
    try (var pool = new HikariDataSource(config);
        Connection connection = pool.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("SET search_path TO pg_catalog");
      Cairn client = Cairn.builder(pool).build();

      assertThat(client.insert(connection, JOB).id()).isPositive();
      assertThat(client.insert(JOB).id()).isPositive();
    }
  }

  @Test
  void whatWasTriedInAnotherSchemaIsForgotten() throws SQLException {
    try (var pool = poolOfOne(20_000)) {
      Cairn client = Cairn.builder(pool).build();
      try (Connection connection = pool.getConnection();
          var statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("SET LOCAL search_path TO pg_catalog");
        assertThatThrownBy(() -> client.insert(connection, JOB))
            .isInstanceOf(SchemaException.class)
            .hasMessageContaining("schema(...)")
            .hasMessageContaining("[CAIRN-602]");
        connection.rollback();
      }

      assertThat(client.insert(JOB).id()).isPositive();
    }
  }

  private static HikariDataSource poolOfOne(long connectionTimeout) {
    var config = new HikariConfig();
    config.setJdbcUrl(database.fresh().jdbcUrl() + "?currentSchema=" + database.schema());
    config.setUsername(database.fresh().user());
    config.setPassword(database.fresh().password());
    config.setMaximumPoolSize(1);
    config.setConnectionTimeout(connectionTimeout);
    return new HikariDataSource(config);
  }

  @Test
  void insertingNothingReturnsNothing() {
    assertThat(clients.inserter().insertMany(List.of())).isEmpty();
  }

  @Test
  void theClientsMaximumOfAttemptsIsTheDefault() {
    Cairn client = clients.build(builder -> builder.maxAttempts(3));

    assertThat(client.insert(new Plain("few")).job().maxAttempts()).isEqualTo(3);
  }

  @Test
  void anyTextSurvivesTheWay() {
    String text = "a <b> & \"c\" \\u0000 é 日本 \uD83D\uDE00 \n\t";

    JobRow job = clients.inserter().insert(new Plain(text)).job();

    assertThat(clients.inserter().jobs().find(job.id()).orElseThrow().args())
        .contains("日本", "\\\\u0000");
  }

  @Test
  void argumentsWithoutAKindAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clients.inserter().insert(new WithoutKind("x")))
        .withMessageContainingAll("WithoutKind", "@JobKind");
  }

  @Test
  void aKindThatRiverRefusesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clients.inserter().insert(new BadKind("x")))
        .withMessageContainingAll("no spaces allowed", "BadKind");
  }

  @Test
  void aKindWithTwoWorkersIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Workers.builder()
                .register(Plain.class, (job, context) -> {})
                .register(Plain.class, (job, context) -> {}))
        .withMessageContainingAll("'plain'", "two workers", "InsertingTest$Plain");
  }

  @Test
  void aKindWithoutWorkerIsRefusedByAClientThatHasWorkers() {
    Cairn client =
        clients.build(builder ->
            builder.workers(Workers.builder().register(Plain.class, (job, context) -> {}).build()));

    assertThatThrownBy(() -> client.insert(new Other("x")))
        .isInstanceOf(UnknownKindException.class)
        .hasMessageContainingAll("'other'", "[plain]", "without workers");
  }

  @Test
  void metadataMustBeAJsonObject() {
    Cairn client = clients.inserter();
    InsertOptions options = InsertOptions.defaults();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.insert(new Plain("x"), options.withMetadata("[1, 2]")))
        .withMessageContainingAll("metadata", "'plain'", "JSON object", "[1, 2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.insert(new Plain("x"), options.withMetadata("{oops")))
        .withMessageContainingAll("metadata", "'plain'", "not JSON");
  }

  @Test
  void textThatPostgresCannotStoreIsRefusedBeforeItReachesTheDatabase() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clients.inserter().insert(new Plain("a \0 b")))
        .withMessageContainingAll("'plain'", "U+0000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clients.inserter().insert(new Plain("half \ud800 pair")))
        .withMessageContainingAll("'plain'", "surrogate");
  }

  @Test
  void argumentsThatCannotBeEncodedAreRefused() {
    var endless = new Object[1];
    endless[0] = endless;

    assertThatIllegalArgumentException()
        .isThrownBy(() -> clients.inserter().insert(new Loop(endless)))
        .withMessageContaining("'loop'");
  }

  @Test
  void badOptionsAreRefusedWithTheFieldAndTheValue() {
    InsertOptions options = InsertOptions.defaults();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.withPriority(5))
        .withMessage("priority must be 1 to 4, not 5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.withMaxAttempts(0))
        .withMessageContaining("maxAttempts must be 1 to 32767, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.withQueue(""))
        .withMessageContaining("queue must have 1 to 127 characters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.withTags("with,comma"))
        .withMessageContaining("tag 'with,comma'");
  }

  @Test
  void badSettingsAreRefusedWithTheFieldAndTheValue() {
    CairnBuilder builder = Cairn.builder(database.dataSource());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.schema("no\"quotes").build())
        .withMessageContainingAll("invalid schema name", "no\"quotes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.schema("x".repeat(47)).build())
        .withMessageContaining("1 to 46");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.queue("default", 0))
        .withMessageContainingAll("'default'", "1 to 10000, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.heartbeatTimeout(Duration.ofMillis(10)))
        .withMessageContaining("between PT1S and PT24H");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.schema("public").queue("default", 1).build())
        .withMessageContainingAll("[default]", "no workers");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.queue("default", 1))
        .withMessageContaining("'default' is added twice");
  }

  @Test
  void aClientWithoutQueuesDoesNotStart() {
    assertThatIllegalStateException()
        .isThrownBy(() -> clients.inserter().start())
        .withMessageContaining("no queue");
  }

  @Test
  void aDatabaseWithoutTheTablesIsNamedWithTheCommandThatMendsIt() {
    Cairn client = Cairn.builder(database.dataSource()).schema("empty_one").build();

    assertThatThrownBy(() -> client.insert(new Plain("x")))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("./cairn migrate up");
    Cairn worker =
        Cairn.builder(database.dataSource())
            .schema("empty_one")
            .workers(Workers.builder().register(Plain.class, (job, context) -> {}).build())
            .queue("default", 1)
            .build();
    assertThatThrownBy(worker::start)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("./cairn migrate up");
  }

  @Test
  void anUnreachableDatabaseIsSaidToBeSo() {
    var nowhere = new PGSimpleDataSource();
    nowhere.setUrl("jdbc:postgresql://127.0.0.1:1/nowhere?connectTimeout=2");
    nowhere.setUser("cairn");
    nowhere.setPassword("secret-word");

    assertThatThrownBy(() -> Cairn.builder(nowhere).schema("public").build().insert(new Plain("x")))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContainingAll("insert jobs", "not available")
        .hasMessageNotContaining("secret-word");
  }

  @Test
  void theSchemaIsTheCurrentOneUnlessItIsNamed() {
    Cairn client = Cairn.builder(database.dataSource()).build();

    long id = client.insert(new Plain("x")).id();

    assertThat(clients.inserter().jobs().find(id)).isPresent();
  }

  @Test
  @SuppressWarnings("NullAway") // as a caller without checks would
  void whatIsNullIsRefusedByItsName() {
    Cairn client = clients.inserter();
    InsertOptions defaults = InsertOptions.defaults();
    var plain = new Plain("x");

    Map<String, ThrowingCallable> calls =
        Map.ofEntries(
            Map.entry("args", () -> client.insert(null)),
            Map.entry("options", () -> client.insert(plain, null)),
            Map.entry("connection", () -> client.insert((Connection) null, plain)),
            Map.entry("inserts", () -> client.insertMany(null)),
            Map.entry(
                "inserts[1]",
                () -> client.insertManyFast(Arrays.asList(JobInsert.of(plain), null))),
            Map.entry("labels", () -> defaults.withTags((String[]) null)),
            Map.entry("a tag", () -> defaults.withTags("abc", null)),
            Map.entry("counting", () -> UniqueOptions.byKind().withStates(null)),
            Map.entry("a unique state", InsertingTest::withoutState),
            Map.entry("insertDefaults()", () -> client.insert(new NoDefaults("x"))),
            Map.entry("worker", () -> Workers.builder().register(Plain.class, null)),
            Map.entry("query", () -> client.jobs().list(null)),
            Map.entry("update", () -> client.jobs().update(1, null)),
            Map.entry("by", () -> client.jobs().operator(null)),
            Map.entry("name", () -> client.signal(null, 1)),
            Map.entry("dataSource", () -> Cairn.builder(null)));
    assertThat(calls)
        .allSatisfy((name, call) ->
            assertThatNullPointerException().isThrownBy(call).withMessageStartingWith(name));
  }

  @SuppressWarnings("NullAway") // as above
  private static void withoutState() {
    Set<JobState> states = EnumSet.allOf(JobState.class).stream().collect(Collectors.toSet());
    states.add(null);
    UniqueOptions.byKind().withStates(states);
  }

  @JobKind("no_defaults")
  record NoDefaults(String text) implements InsertDefaults {
    @Override
    @SuppressWarnings("NullAway") // as above
    public InsertOptions insertDefaults() {
      return null;
    }
  }

  /** Seen before: as an array's element without quotes it is no text. */
  @Test
  void aTagThatReadsNullIsATagHoweverItIsInserted() {
    Cairn client = clients.inserter();
    InsertOptions options = InsertOptions.defaults().withTags("null", "NULL", "plain");

    client.insertManyFast(List.of(JobInsert.of(new Plain("fast"), options)));
    long one = client.insert(new Plain("one"), options).id();

    long fast =
        database.number("SELECT id FROM river_job WHERE args ->> 'text' = 'fast' AND tags <> '{}'");
    for (long id : List.of(fast, one)) {
      assertThat(client.jobs().find(id).orElseThrow().tags())
          .containsExactly("null", "NULL", "plain");
    }
  }

  @Test
  void keysThatControlAJobAreNotCopiedIntoANewOne() {
    var options = InsertOptions.defaults();
    Cairn client = clients.inserter();
    for (String key :
        List.of("cancel_attempted_at", "river:rescue_count", "cairn:interruptions", "cairn:new")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              client.insert(new Plain("x"), options.withMetadata("{\"%s\": 1}".formatted(key))))
          .withMessageContaining("'" + key + "'")
          .withMessageContaining("kind 'plain'")
          .withMessageContaining("[CAIRN-207]");
    }
    long id =
        client
            .insert(new Plain("x"), options.withMetadata("{\"river:resumable_step\": \"load\"}"))
            .id();
    assertThat(database.text("SELECT metadata::text FROM river_job WHERE id = ?", id))
        .as("a job that goes on where another one was")
        .contains("load");
  }
}
