package dev.cairn.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.Migrator;
import dev.cairn.migrate.Privileges;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Each finding is made true. */
class DoctorTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration NOTHING = Duration.ZERO;
  private static final InstantSource NOW = InstantSource.system();
  private static final int CONNECTIONS = 40;

  /** From PostgreSQL 17 on. The build says which one is started. */
  private static final boolean LIMITS_NOTIFICATIONS =
      Integer.parseInt(System.getProperty("cairn.test.postgres", "18").split("\\.", -1)[0]) >= 17;

  /** Of its own, because its settings are changed. With fsync, whose absence is a finding. */
  @SuppressWarnings("NullAway.Init") // set before all tests
  private static EmbeddedDatabase server;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static FreshDatabase template;

  @SuppressWarnings("NullAway.Init") // set before each test
  private FreshDatabase database;

  private final List<AutoCloseable> open = new ArrayList<>();

  @JobKind("idle")
  record Idle() {}

  @BeforeAll
  static void startServer() {
    ServerOptions options =
        ServerOptions.defaults()
            .withSetting("max_prepared_transactions", "5")
            .withSetting("max_connections", Integer.toString(CONNECTIONS));
    server =
        EmbeddedDatabase.start(
            LIMITS_NOTIFICATIONS ? options.withSetting("max_notify_queue_pages", "64") : options);
    template = server.newDatabase();
    Migrator.of(template.dataSource()).up();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void copyDatabase() {
    database = server.copyOf(template);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private List<Finding> findings(Limits limits) {
    return findings(database.dataSource(), limits);
  }

  private static Doctor doctor(DataSource dataSource) {
    return Doctor.of(dataSource).withTimeout(TIMEOUT);
  }

  private static List<Finding> findings(DataSource dataSource, Limits limits) {
    return doctor(dataSource).withLimits(limits).examine().findings();
  }

  private Finding only(String check, Limits limits) {
    List<Finding> found = findings(limits).stream().filter(it -> it.check().equals(check)).toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private void assertFinds(Level level, String check, Limits limits, String... words) {
    assertHas(findings(limits), level, check, words);
  }

  private static void assertHas(
      List<Finding> findings, Level level, String check, String... words) {
    assertThat(findings)
        .filteredOn(it -> it.check().equals(check))
        .anySatisfy(it -> {
          assertThat(it.level()).isEqualTo(level);
          assertThat(it.what()).contains(words);
        });
  }

  private void execute(String... statements) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
      statement.execute("SELECT pg_stat_force_next_flush()");
    }
  }

  private Connection session() throws SQLException {
    Connection connection = database.dataSource().getConnection();
    open.add(connection);
    return connection;
  }

  private void insert(String state, String kind, String queue, String more) throws SQLException {
    execute(
        """
        INSERT INTO river_job (args, state, kind, queue, max_attempts, finalized_at, scheduled_at%s)
        """
                .formatted(more.isEmpty() ? "" : ", attempted_at, attempted_by")
            + "VALUES ('{}', '%s', '%s', '%s', 25, NULL, now() - interval '1 hour'%s)"
                .formatted(state, kind, queue, more));
  }

  /** A role that may connect, and see whether the tables are there. */
  private DataSource guest() throws SQLException {
    String role = database.name() + "_guest";
    execute(
        "CREATE ROLE %s LOGIN PASSWORD 'guest'".formatted(role),
        "GRANT SELECT ON river_migration, cairn_client TO " + role);
    var guest = new PGSimpleDataSource();
    guest.setUrl(database.jdbcUrl());
    guest.setUser(role);
    guest.setPassword("guest");
    return guest;
  }

  private void startClient(DataSource dataSource) {
    Cairn client =
        Cairn.builder(dataSource)
            .clientId("ada")
            .workers(Workers.builder().register(Idle.class, (job, context) -> {}).build())
            .queue("default", 5)
            .build();
    client.start();
    open.add(client::stopNow);
    Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> client.leader().isPresent());
  }

  private HikariDataSource pool(int size) {
    var config = new HikariConfig();
    config.setDataSource(database.dataSource());
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(size);
    var pool = new HikariDataSource(config);
    open.add(pool);
    return pool;
  }

  @Test
  void aHealthyDatabaseHasNothingToReport() {
    startClient(pool(5));

    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertThat(findings(Limits.defaults()))
                .hasSizeGreaterThan(15)
                .allMatch(it -> it.level() == Level.OK && it.todo() == null));
  }

  @Test
  void everyFindingThatIsNotOkSaysWhatToDo() {
    assertThat(findings(Limits.defaults()))
        .filteredOn(it -> it.level() != Level.OK)
        .isNotEmpty()
        .allMatch(it -> it.todo() != null);
  }

  @ParameterizedTest
  @CsvSource({
    "full_page_writes, PROBLEM, full_page_writes",
    "autovacuum, PROBLEM, autovacuum",
    "track_counts, PROBLEM, autovacuum"
  })
  void settingsThatLoseData(String setting, Level level, String check) throws SQLException {
    try {
      execute("ALTER SYSTEM SET %s = off".formatted(setting), "SELECT pg_reload_conf()");
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertFinds(level, check, Limits.defaults(), setting + " is off"));
    } finally {
      execute("ALTER SYSTEM RESET " + setting, "SELECT pg_reload_conf()");
      // The server reads its settings some time later, and other tests need them.
      Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> isOnInNewSessions(setting));
    }
  }

  private boolean isOnInNewSessions(String setting) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + setting)) {
      return row.next() && row.getString(1).equals("on");
    }
  }

  /** The server of the tests sets this itself, above what ALTER SYSTEM says. */
  @Test
  void commitsThatAreNotWaitedFor() throws SQLException {
    execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', "
            + "current_database()); END $$");

    assertFinds(
        Level.WARNING, "synchronous_commit", Limits.defaults(), "synchronous_commit is off");
  }

  @ParameterizedTest
  @CsvSource({"600, ahead of", "-600, behind"})
  void clocksThatDiffer(long seconds, String word) {
    Doctor wrong =
        doctor(database.dataSource()).withClock(() -> NOW.instant().plusSeconds(seconds));

    assertThat(wrong.examine().findings())
        .filteredOn(it -> it.check().equals("clock"))
        .singleElement()
        .satisfies(it -> {
          assertThat(it.level()).isEqualTo(Level.WARNING);
          assertThat(it.what()).contains(word);
        });
  }

  @Test
  void connectionsThatAreUsedUp() throws SQLException {
    for (int i = 0; i < CONNECTIONS - 7; i++) {
      session();
    }

    assertThat(only("connections", Limits.defaults()).level()).isIn(Level.WARNING, Level.PROBLEM);
    assertThat(findings(guest(), Limits.defaults()))
        .as("whose role may not see what the others are")
        .filteredOn(it -> it.check().equals("connections"))
        .singleElement()
        .satisfies(it -> assertThat(it.level()).isIn(Level.WARNING, Level.PROBLEM));
  }

  @Test
  void oldTransactionIds() {
    assertFinds(Level.PROBLEM, "transaction ids", Limits.defaults().withTransactions(0), "oldest");
  }

  /** The server stops in all databases for the oldest transaction id of any. */
  @Test
  void theOldestTransactionIdOfAnotherDatabaseCountsToo() throws SQLException {
    execute("SELECT pg_current_xact_id()", "VACUUM (FREEZE)");

    assertThat(only("transaction ids", Limits.defaults().withTransactions(0)).what())
        .matches("the oldest transaction id is .* old, of 2,000,000,000, in database \\S+: .*")
        .doesNotContain(" " + database.name() + ":");
  }

  @Test
  void indexesThatAreMissingInvalidOrBloated() throws SQLException {
    execute(
        "DROP INDEX river_job_state_and_finalized_at_index",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'river_job_kind'::regclass",
        """
        INSERT INTO river_job (args, kind, max_attempts, state)
        SELECT '{}', 'bulk', 25, 'available' FROM generate_series(1, 20000)
        """,
        "DELETE FROM river_job WHERE id % 1000 <> 0",
        "VACUUM ANALYZE river_job");
    Limits limits = Limits.defaults().withIndexBytes(100_000);

    List<Finding> found = findings(limits);
    assertHas(found, Level.PROBLEM, "indexes", "river_job_state_and_finalized_at_index", "missing");
    assertHas(found, Level.PROBLEM, "indexes", "river_job_kind", "invalid");
    assertHas(found, Level.WARNING, "indexes", "river_job_prioritized_fetching_index", "fills");
    assertHas(found, Level.WARNING, "indexes", "river_job_pkey", "fills");

    execute("REINDEX INDEX river_job_pkey", "REINDEX INDEX river_job_prioritized_fetching_index");
    assertThat(findings(limits)).noneMatch(it -> it.what().contains("fills"));
  }

  /** A cast of a name to regnamespace would look for the schema in lower case. */
  @Test
  void theIndexesOfASchemaWithCapitalLettersAreThoseOfThisSchema() throws SQLException {
    for (String schema : List.of("Jobs", "jobs")) {
      execute("CREATE SCHEMA \"%s\"".formatted(schema));
      Migrator.of(database.dataSource()).inSchema(schema).up();
    }

    assertThat(indexesIn("Jobs"))
        .singleElement()
        .satisfies(it -> assertThat(it.level()).isEqualTo(Level.OK));

    execute(
        "DROP INDEX \"Jobs\".river_job_state_and_finalized_at_index",
        """
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"Jobs".river_job_kind'::regclass
        """);

    List<Finding> found = indexesIn("Jobs");
    assertHas(found, Level.PROBLEM, "indexes", "river_job_state_and_finalized_at_index", "missing");
    assertHas(found, Level.PROBLEM, "indexes", "river_job_kind", "invalid");
    assertThat(indexesIn("jobs")).allMatch(it -> it.level() == Level.OK);
  }

  @Test
  void eachNeededIndexIsMadeByTheVersionThatIsNamed() {
    Migrator migrator = Migrator.of(database.dataSource());
    for (TableChecks.Needed needed : TableChecks.NEEDED) {
      MigrationLine line = MigrationLine.valueOf(needed.line().toUpperCase(Locale.ROOT));
      assertThat(migrator.sql(line, needed.version(), MigrationDirection.UP))
          .as("%s", needed)
          .containsPattern(
              "(CREATE (UNIQUE )?INDEX (IF NOT EXISTS )?|CONSTRAINT )" + needed.index() + "\\b");
    }
  }

  /** Without the schema, a command acts on other jobs, and a statement on another index. */
  @Test
  void commandsAndStatementsNameASchemaThatIsNotTheDefault() throws SQLException {
    execute("CREATE SCHEMA \"Jobs\"");
    Migrator.of(database.dataSource()).inSchema("Jobs").up();
    execute(
        "SET search_path = \"Jobs\"",
        "INSERT INTO river_queue (name, paused_at, updated_at) VALUES ('mail', now(), now())",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'river_job_kind'::regclass",
        "DROP INDEX river_job_state_and_finalized_at_index",
        "ALTER TABLE river_job SET (autovacuum_enabled = 0, toast.autovacuum_enabled = no)",
        "ALTER TABLE cairn_checkpoint SET (toast.autovacuum_enabled = off)",
        """
        INSERT INTO river_job (args, kind, max_attempts, state, scheduled_at)
        SELECT '{}', 'bulk', 25, 'available', now() - interval '1 hour'
        FROM generate_series(1, 12000)
        """);
    String[] todos = {
      "./cairn queues resume mail --schema Jobs",
      "is there a worker for it? ./cairn jobs list --kind bulk --schema Jobs",
      "create it as ./cairn migrate get --line main --version 2 --up --schema Jobs shows",
      "DROP INDEX CONCURRENTLY \"Jobs\".river_job_kind, and ./cairn migrate profile --schema Jobs"
          + " shows what is missing",
      "ALTER TABLE \"Jobs\".river_job RESET (autovacuum_enabled, toast.autovacuum_enabled)",
      "ALTER TABLE \"Jobs\".cairn_checkpoint RESET (toast.autovacuum_enabled)",
      "ANALYZE \"Jobs\".river_job"
    };

    assertThat(todos(doctor(database.dataSource()).inSchema("Jobs"))).contains(todos);
    var chosen = (PGSimpleDataSource) database.dataSource();
    chosen.setCurrentSchema("\"Jobs\"");
    assertThat(todos(doctor(chosen))).as("a path of the connection alone").contains(todos);
    assertThat(todos(doctor(database.dataSource()).inSchema("elsewhere")))
        .contains("./cairn migrate up --schema elsewhere");
    assertThat(todos(doctor(database.dataSource())))
        .noneMatch(it -> it.contains("Jobs") || it.contains("--schema"));
  }

  private static List<String> todos(Doctor doctor) {
    return doctor.examine().findings().stream()
        .map(Finding::todo)
        .filter(Objects::nonNull)
        .toList();
  }

  private List<Finding> indexesIn(String schema) {
    return doctor(database.dataSource()).inSchema(schema).examine().findings().stream()
        .filter(it -> it.check().equals("indexes"))
        .toList();
  }

  /** As the leader does it each night. */
  @Test
  void anIndexThatIsBeingBuiltIsNoProblemForWhoMayNotSeeIt() throws Exception {
    DataSource guest = guest();
    Connection writer = session();
    writer.setAutoCommit(false);
    try (Statement statement = writer.createStatement()) {
      statement.execute("LOCK TABLE river_job IN ROW EXCLUSIVE MODE");
    }
    CompletableFuture<Void> built =
        CompletableFuture.runAsync(() -> {
          try {
            execute("CREATE INDEX CONCURRENTLY \"river_job_kind_ccnew\" ON river_job (kind)");
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        });
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() ->
              assertFinds(
                  Level.NOTE, "indexes", Limits.defaults(), "river_job_kind_ccnew is being built"));

      List<Finding> found = findings(guest, Limits.defaults());

      assertHas(found, Level.NOTE, "indexes", "river_job_kind_ccnew", "just being built");
      assertThat(found)
          .noneMatch(it -> it.check().equals("indexes") && it.level() == Level.PROBLEM);
    } finally {
      writer.rollback();
    }
    built.get(1, TimeUnit.MINUTES);
  }

  /** Whoever ended it would leave an invalid index behind. */
  @Test
  void nobodyIsToldToEndASessionThatBuildsAnIndex() throws Exception {
    Connection writer = session();
    writer.setAutoCommit(false);
    try (Statement statement = writer.createStatement()) {
      statement.execute("LOCK TABLE river_job IN ROW EXCLUSIVE MODE");
    }
    CompletableFuture<Void> built =
        CompletableFuture.runAsync(() -> {
          try {
            execute("REINDEX INDEX CONCURRENTLY river_job_kind");
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        });
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() ->
              assertThat(findings(Limits.defaults().withTransaction(NOTHING)))
                  .filteredOn(it -> it.what().contains("has been building an index"))
                  .singleElement()
                  .satisfies(it -> {
                    assertThat(it.level()).isEqualTo(Level.NOTE);
                    assertThat(it.todo()).doesNotContain("pg_terminate_backend");
                  }));
    } finally {
      writer.rollback();
    }
    built.get(1, TimeUnit.MINUTES);
  }

  @Test
  void anIndexOfManyRowsIsNotCalledBloated() throws SQLException {
    execute(
        """
        INSERT INTO river_job (args, kind, queue, max_attempts, state)
        SELECT '{}', 'bulk' || i % 7, 'queue' || i % 3, 25, 'available' FROM generate_series(1, 30000) AS i
        """,
        "VACUUM ANALYZE river_job");

    assertThat(findings(Limits.defaults().withIndexBytes(8_192)))
        .noneMatch(it -> it.what().contains("fills"));
  }

  @Test
  void tablesThatNobodyVacuumsOrAnalyzes() throws SQLException {
    execute(
        "ALTER TABLE river_job SET (autovacuum_enabled = off)",
        """
        INSERT INTO river_job (args, kind, max_attempts, state)
        SELECT '{}', 'bulk', 25, 'available' FROM generate_series(1, 12000)
        """);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertFinds(
                Level.WARNING, "statistics", Limits.defaults(), "river_job", "since never"));
    execute("DELETE FROM river_job WHERE id > 100");

    assertFinds(
        Level.PROBLEM, "vacuum", Limits.defaults(), "autovacuum is off for table river_job");
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(
            () -> assertFinds(Level.WARNING, "vacuum", Limits.defaults(), "11,900 dead rows"));
  }

  @Test
  void transactionsThatStayOpen() throws SQLException {
    Connection connection = session();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT count(*) FROM river_job");
    }

    assertThat(only("transactions", Limits.defaults()).level()).isEqualTo(Level.OK);
    assertFinds(
        Level.WARNING,
        "transactions",
        Limits.defaults().withTransaction(NOTHING),
        "is idle in a transaction");
  }

  @Test
  void preparedTransactions() throws SQLException {
    try {
      execute("BEGIN", "CREATE TABLE half (a int)", "PREPARE TRANSACTION 'half'");

      assertFinds(
          Level.WARNING,
          "prepared transactions",
          Limits.defaults().withTransaction(NOTHING),
          "transaction 'half' has been prepared");
    } finally {
      execute("ROLLBACK PREPARED 'half'");
    }
  }

  @Test
  void replicationSlotsThatNobodyUses() throws SQLException {
    execute("SELECT pg_create_physical_replication_slot('forgotten', true)");
    try {
      assertFinds(Level.WARNING, "replication slots", Limits.defaults(), "slot 'forgotten'");
    } finally {
      execute("SELECT pg_drop_replication_slot('forgotten')");
    }
  }

  @Test
  void nobodyIsAliveAndNobodyLeads() throws SQLException {
    execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        VALUES ('ada', now() - interval '1 hour', interval '15 s')
        """);

    List<Finding> found = findings(Limits.defaults());
    assertHas(found, Level.PROBLEM, "clients", "no client of Cairn is alive");
    assertHas(found, Level.NOTE, "clients", "client ada", "1:0");
    assertHas(found, Level.PROBLEM, "leader", "no client leads");
  }

  /** Whoever may write the table can write any times. */
  @Test
  void oddTimesOfClientsHideNothing() throws SQLException {
    execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        SELECT 'odd ' || row_number() OVER (), heartbeat::timestamptz, timeout::interval
        FROM unnest('{-infinity,infinity,4714-11-24 00:00:00+00 BC,294276-12-31 00:00:00+00}'::text[])
            AS heartbeat,
          unnest('{-300000 years,-1 day,0,15 s,300 years,300000 years}'::text[]) AS timeout
        """);
    execute(
        """
        INSERT INTO river_job (args, state, kind, max_attempts, attempted_at, attempted_by)
        SELECT '{}', 'running', 'import', 25, now(), ARRAY[id] FROM cairn_client
        """);

    assertThat(findings(Limits.defaults())).allMatch(it -> it.failure() == null);
    assertFinds(Level.NOTE, "clients", Limits.defaults(), "client odd", "has not sent a heartbeat");
  }

  @Test
  void aClientWithoutAPool() {
    startClient(database.dataSource());

    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertFinds(Level.WARNING, "pools", Limits.defaults(), "1 alive clients", "no pool"));
  }

  @Test
  void jobsOfDeadClients() throws SQLException {
    execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        VALUES ('dead', now() - interval '1 hour', interval '15 s'),
          ('alive', now(), interval '1 hour')
        """);
    insert("running", "import", "default", ", now(), ARRAY['alive', 'dead']");
    insert("running", "import", "default", ", now() - interval '1 hour', ARRAY['unknown']");
    insert("running", "import", "default", ", now(), ARRAY['alive']");

    assertThat(findings(Limits.defaults()))
        .filteredOn(it -> it.check().equals("orphans"))
        .hasSize(2)
        .allMatch(it -> it.level() == Level.PROBLEM && it.what().startsWith("1 job of client "))
        .anyMatch(it -> it.what().contains("client dead"))
        .anyMatch(it -> it.what().contains("client unknown"));
  }

  @Test
  void queuesThatArePausedUnworkedOrBehind() throws SQLException {
    execute(
        """
        INSERT INTO river_queue (name, metadata, paused_at, updated_at)
        VALUES ('paused;rm x', '{}', now() - interval '2 hours', now()),
          ('slow', '{}', NULL, now()), ('left', '{}', NULL, now() - interval '1 hour'),
          ('resumed', '{}', NULL, now()), ('quick', '{}', NULL, now() - interval '5 minutes')
        """);
    for (String queue : List.of("paused;rm x", "slow", "left", "never", "resumed", "quick")) {
      insert("available", "import", queue, "");
    }
    insert("running", "import", "slow", ", now(), ARRAY['ada']");
    execute(
        """
        INSERT INTO river_job (args, state, kind, queue, max_attempts, finalized_at)
        VALUES ('{}', 'completed', 'import', 'quick', 25, now())
        """);

    List<Finding> found = findings(Limits.defaults());
    assertHas(found, Level.NOTE, "queues", "queue paused;rm x has been paused for 2:0");
    assertThat(found).anyMatch(it -> "./cairn queues resume 'paused;rm x'".equals(it.todo()));
    assertHas(found, Level.WARNING, "queues", "queue slow is behind", "1 job wait");
    assertHas(found, Level.WARNING, "queues", "queue quick is behind", "1 job wait");
    assertHas(found, Level.PROBLEM, "queues", "no client works queue left: 1 job");
    assertHas(found, Level.PROBLEM, "queues", "no client works queue never", "1:0");
    // Whoever resumes a queue says no more than that.
    assertHas(
        found, Level.PROBLEM, "queues", "no client works queue resumed, although", "1 job wait");
    assertThat(findings(Limits.defaults().withDelay(Duration.ofHours(2))))
        .noneMatch(it -> it.what().contains("queue slow"));
  }

  @Test
  void aTimeThatIsInfiniteHidesNoOtherQueue() throws SQLException {
    insert("available", "greet", "odd", "");
    insert("available", "greet", "left", "");
    execute("UPDATE river_job SET scheduled_at = '-infinity' WHERE queue = 'odd'");
    execute("UPDATE river_job SET scheduled_at = now() - interval '2 hours' WHERE queue = 'left'");
    execute(
        """
        INSERT INTO river_queue (name, updated_at, paused_at)
        VALUES ('stopped', now(), '-infinity'), ('later', now(), 'infinity')
        """);

    List<Finding> found = findings(Limits.defaults());
    assertHas(found, Level.PROBLEM, "queues", "no client works queue odd: 1 job wait");
    assertHas(found, Level.PROBLEM, "queues", "no client works queue left: 1 job wait");
  }

  @Test
  void manyJobsOfOneQueueHideNoOtherQueueAndKind() throws SQLException {
    execute(
        """
        INSERT INTO river_job (args, kind, queue, max_attempts, state, scheduled_at)
        SELECT '{}', 'bulk', 'a', 25, 'available', now() - interval '2 hours'
        FROM generate_series(1, 10001)
        """);
    insert("available", "it''s rare", "z", "");

    List<Finding> found = findings(Limits.defaults());
    assertHas(found, Level.PROBLEM, "queues", "no client works queue z: 1 job wait");
    assertHas(found, Level.PROBLEM, "queues", "no client works queue a: at least 10,000 jobs wait");
    assertHas(found, Level.WARNING, "kinds", "kind it's rare", "1 job");
    assertThat(found)
        .anyMatch(
            it -> String.valueOf(it.todo()).endsWith("./cairn jobs list --kind 'it'\\''s rare'"));
  }

  @Test
  void kindsThatNobodyWorks() throws SQLException {
    insert("retryable", "forgotten", "default", "");
    insert("retryable", "worked", "default", "");
    insert("running", "worked", "default", ", now(), ARRAY['ada']");

    List<Finding> found = findings(Limits.defaults());
    assertHas(found, Level.WARNING, "kinds", "kind forgotten", "1 job");
    assertThat(found).noneMatch(it -> it.what().contains("kind worked"));
  }

  /** Ten thousand jobs are a short time there, and say nothing of a day. */
  @Test
  void rareKindsOfABusySystemAreNotAccused() throws SQLException {
    execute(
        """
        INSERT INTO river_job (args, kind, max_attempts, state, finalized_at)
        SELECT '{}', 'frequent', 25, 'completed', now() - i * interval '1 millisecond'
        FROM generate_series(1, 10000) AS i
        """,
        """
        INSERT INTO river_job (args, kind, max_attempts, state, attempted_at, errors)
        SELECT '{}', kind, 25, 'retryable', now() - interval '1 hour',
          ARRAY[jsonb_build_object('at', now(), 'attempt', 1, 'error', error)]
        FROM (VALUES ('tried', 'no such supplier'), ('alien', 'no worker [CAIRN-201]'))
          AS failed (kind, error)
        """);

    List<Finding> found = findings(Limits.defaults());
    assertHas(
        found, Level.NOTE, "kinds", "no job of kind alien is among the last 10,000 that ended");
    assertThat(found).noneMatch(it -> it.what().contains("kind tried"));
  }

  @Test
  void jobsThatShouldHaveBecomeDue() throws SQLException {
    insert("retryable", "import", "default", "");

    assertFinds(Level.PROBLEM, "schedule", Limits.defaults(), "1 job are due");
  }

  @Test
  void notificationsThatPileUp() throws SQLException {
    Assumptions.assumeTrue(LIMITS_NOTIFICATIONS);
    Connection listener = session();
    try (Statement statement = listener.createStatement()) {
      statement.execute("LISTEN deaf");
      listener.setAutoCommit(false);
      statement.execute("SELECT 1");
      execute("SELECT pg_notify('deaf', i || repeat('x', 7000)) FROM generate_series(1, 50) AS i");

      assertFinds(Level.PROBLEM, "notifications", Limits.defaults(), "insertions fail");
    }
  }

  @Test
  void tablesThatAreMissing() {
    FreshDatabase empty = server.newDatabase();

    assertThat(findings(empty.dataSource(), Limits.defaults()))
        .anyMatch(it ->
            it.check().equals("schema")
                && it.level() == Level.PROBLEM
                && String.valueOf(it.todo()).contains("migrate up"))
        .anyMatch(it -> it.check().equals("transactions"))
        .noneMatch(it -> it.check().equals("orphans"));
  }

  @Test
  void aRoleThatMayOnlyConnectIsToldWhatItMayNotSee() throws SQLException {
    Connection other = session();

    List<Finding> findings = findings(guest(), Limits.defaults());

    assertThat(other.isClosed()).isFalse();
    assertThat(findings)
        .anyMatch(it ->
            it.level() == Level.NOTE && it.what().contains("sessions of other roles are hidden"))
        .anyMatch(
            it -> it.level() == Level.NOTE && it.what().startsWith("this role lacks a privilege"));
  }

  @Test
  void aDatabaseThatHangsIsAFinding() throws IOException {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var dataSource = new PGSimpleDataSource();
      dataSource.setUrl("jdbc:postgresql://localhost:%d/x".formatted(silent.getLocalPort()));
      dataSource.setUser("x");
      dataSource.setPassword("x");
      dataSource.setLoginTimeout(1);
      dataSource.setSocketTimeout(1);

      assertThat(findings(dataSource, Limits.defaults()))
          .singleElement()
          .satisfies(it -> {
            assertThat(it.level()).isEqualTo(Level.PROBLEM);
            assertThat(it.what()).contains("does not answer");
          });
    }
  }

  @Tag("thorough")
  @Test
  void aTableThatIsLockedDoesNotHoldUpTheOtherChecks() throws SQLException {
    Connection connection = session();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE river_job IN ACCESS EXCLUSIVE MODE");
    }

    List<Finding> findings =
        doctor(database.dataSource()).withTimeout(Duration.ofSeconds(1)).examine().findings();

    assertThat(findings)
        .anyMatch(it ->
            it.check().equals("orphans") && it.what().equals("the check took longer than 1 s"))
        .anyMatch(it -> it.check().equals("leader"))
        .anyMatch(it -> it.check().equals("transactions"));
  }

  /** Whoever waits for the answer does not wait for the timeouts of all checks. */
  @Test
  void checksThatAreNotReachedInTimeAreNamed() throws SQLException {
    Connection connection = session();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE river_job, cairn_client IN ACCESS EXCLUSIVE MODE");
    }

    List<Finding> findings =
        doctor(database.dataSource()).withTimeLimit(Duration.ofSeconds(2)).examine().findings();

    assertThat(findings)
        .filteredOn(it -> it.what().startsWith("not checked, because all checks together took"))
        .extracting(Finding::check)
        .contains("clients", "orphans", "schedule", "transactions");
    assertThat(findings).anyMatch(it -> it.check().equals("server") && it.level() == Level.OK);
  }

  @Test
  void aMigrationInProgressIsNotWaitedForWithoutEnd() throws SQLException {
    Connection migrator = session();
    migrator.setAutoCommit(false);
    try (Statement statement = migrator.createStatement()) {
      statement.execute(
          "SELECT pg_advisory_xact_lock(hashtextextended('cairn migrate public', 0))");
    }

    Examination examination =
        doctor(database.dataSource()).withTimeout(Duration.ofMillis(300)).examine();

    assertHas(examination.findings(), Level.WARNING, "schema", "took longer than 300 ms");
    assertThat(examination.versions()).isEmpty();
    assertThat(examination.findings()).anyMatch(it -> it.check().equals("transactions"));
    assertThat(examination.findings())
        .as("what was left out is named")
        .filteredOn(it -> it.what().startsWith("not checked, because the state of the tables"))
        .allMatch(it -> it.level() == Level.WARNING)
        .extracting(Finding::check)
        .containsExactly(
            "indexes",
            "vacuum",
            "statistics",
            "clients",
            "leader",
            "pools",
            "orphans",
            "queues",
            "kinds",
            "schedule");
  }

  /** Its address, roles and databases are nobody's business but the operator's. */
  @Test
  void whyACheckFailedIsNotPartOfItsSentence() {
    var wrong = new PGSimpleDataSource();
    wrong.setUrl(database.jdbcUrl());
    wrong.setDatabaseName("secret_place");
    wrong.setUser("secret_role");
    wrong.setPassword("secret_word");

    assertThat(findings(wrong, Limits.defaults()))
        .singleElement()
        .satisfies(it -> {
          assertThat(it.what()).startsWith("the database does not answer (SQLSTATE ");
          assertThat(it.what() + it.todo()).doesNotContain("secret", "FATAL");
          assertThat(it.failure()).hasMessageContaining("secret_");
          assertThat(it.inFull()).startsWith(it.what() + ": ").contains("secret_");
        });
  }

  /** Some pools throw those of their own. */
  @Test
  void anExceptionOfTheDataSourceIsAFindingWhateverItsClass() {
    var broken =
        (DataSource)
            Proxy.newProxyInstance(
                DoctorTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  throw new UnsupportedOperationException("secret");
                });

    assertThat(findings(broken, Limits.defaults()))
        .singleElement()
        .satisfies(it -> {
          assertThat(it.check()).isEqualTo("connection");
          assertThat(it.what())
              .isEqualTo("the database does not answer (UnsupportedOperationException)");
        });
  }

  @Test
  void eachFindingIsToldAndEachIsOfANamedCheck() {
    List<Finding> told = new ArrayList<>();

    Examination examination = doctor(database.dataSource()).examine(told::add);

    assertThat(told).isEqualTo(examination.findings());
    assertThat(told)
        .extracting(Finding::check)
        .containsOnlyOnceElementsOf(List.of("server", "schema"))
        .containsAll(doctor(database.dataSource()).checks())
        .isSubsetOf(doctor(database.dataSource()).checks());
  }

  /** What was found is worth something, and so is what nobody has looked for. */
  @Test
  void ifTheDatabaseGoesAwayTheChecksThatWereNotMadeAreNamed() {
    var connections = new AtomicInteger();
    var fewConnections =
        (DataSource)
            Proxy.newProxyInstance(
                DoctorTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  if (connections.getAndIncrement() > 0) {
                    throw new SQLException("gone", "08006");
                  }
                  return database.dataSource().getConnection();
                });

    List<Finding> findings = findings(fewConnections, Limits.defaults());

    assertHas(findings, Level.OK, "server", "PostgreSQL");
    assertHas(
        findings,
        Level.PROBLEM,
        "connection",
        "the database does not answer any more, and was not checked for: transactions, prepared"
            + " transactions, replication slots (SQLSTATE 08006)");
  }

  /** As if its host had vanished: no timeout of the server ends that. */
  @Tag("thorough")
  @Test
  @Timeout(120)
  void aServerThatFallsSilentIsGivenUp() throws Exception {
    List<String> frozen = new ArrayList<>();
    DataSource silent = silentFromTheSecondOn(frozen);
    try {
      Examination examination =
          Doctor.of(silent).inSchema("public").withTimeout(Duration.ofSeconds(3)).examine();

      assertHas(examination.findings(), Level.OK, "server", "PostgreSQL");
      assertHas(examination.findings(), Level.PROBLEM, "schema", "cannot be checked (SQLSTATE 08");
      assertHas(examination.findings(), Level.PROBLEM, "transactions", "failed (SQLSTATE 08");
    } finally {
      for (String pid : frozen) {
        signal("-CONT", pid);
      }
    }
  }

  /** The checks of the server are made on the first session. */
  private DataSource silentFromTheSecondOn(List<String> frozen) {
    DataSource real = database.dataSource();
    var given = new AtomicInteger();
    return (DataSource)
        Proxy.newProxyInstance(
            DoctorTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              Connection connection = real.getConnection();
              if (given.incrementAndGet() > 1) {
                try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                  row.next();
                  frozen.add(row.getString(1));
                }
                signal("-STOP", frozen.getLast());
              }
              return connection;
            });
  }

  private static void signal(String name, String pid) throws Exception {
    assertThat(new ProcessBuilder("kill", name, pid).inheritIO().start().waitFor()).isZero();
  }

  /** Also that for ever is a limit: then nothing is reported. */
  @Test
  void limitsThatAreNeverReached() throws SQLException {
    insert("available", "import", "default", "");
    Duration ever = ChronoUnit.FOREVER.getDuration();

    List<Finding> found =
        findings(Limits.defaults().withTransaction(ever).withDelay(ever).withSkew(ever));

    assertThat(found).allMatch(it -> it.failure() == null);
    assertThat(found)
        .filteredOn(
            it -> List.of("clock", "queues", "schedule", "transactions").contains(it.check()))
        .hasSize(4)
        .allMatch(it -> it.level() == Level.OK);
  }

  /** As all reads of the dashboard: compiling would take longer than reading. */
  @Test
  void statementsAreNotCompiled() throws SQLException {
    try (var connection =
        ReadOnlyConnection.open(
            database.dataSource(), null, Patience.from(Duration.ofSeconds(30), null))) {
      assertThat(connection.setting("jit")).contains("off");
      assertThat(connection.setting("plan_cache_mode")).contains("force_custom_plan");
      assertThat(connection.setting("enable_seqscan")).contains("off");
    }
  }

  @Test
  void theVersionsOfTheTablesAreKnownAlsoIfSomethingIsWrongWithThem() throws SQLException {
    assertThat(doctor(database.dataSource()).examine().versions())
        .containsExactly(
            entry(MigrationLine.MAIN, MigrationLine.MAIN.newestVersion()),
            entry(MigrationLine.CAIRN, MigrationLine.CAIRN.newestVersion()));

    execute("DELETE FROM river_migration WHERE line = 'cairn'");

    Examination examination = doctor(database.dataSource()).examine();
    assertThat(examination.versions()).containsEntry(MigrationLine.CAIRN, 0);
    assertThat(examination.hasProblem()).isTrue();
    assertHas(examination.findings(), Level.PROBLEM, "schema", "version 0 of line cairn");
  }

  /** It is told as a problem, because hardly anything can be checked then. */
  @Test
  void aRoleThatMayNotReadTheVersionsIsTold() throws SQLException {
    String role = database.name() + "_stranger";
    execute("CREATE ROLE %s LOGIN PASSWORD 'stranger'".formatted(role));
    var stranger = new PGSimpleDataSource();
    stranger.setUrl(database.jdbcUrl());
    stranger.setUser(role);
    stranger.setPassword("stranger");

    assertHas(
        findings(stranger, Limits.defaults()),
        Level.PROBLEM,
        "schema",
        "the tables cannot be checked (SQLSTATE 42501)");
  }

  /** As `./cairn roles --reader` makes it. */
  @Test
  void aRoleThatMayOnlyReadIsEnough() throws SQLException {
    String role = database.name() + "_reader";
    execute("CREATE ROLE %s LOGIN PASSWORD 'reader'".formatted(role));
    Migrator.of(database.dataSource()).grant(Privileges.READER, role);
    var reader = new PGSimpleDataSource();
    reader.setUrl(database.jdbcUrl());
    reader.setUser(role);
    reader.setPassword("reader");

    assertThat(findings(reader, Limits.defaults()))
        .hasSizeGreaterThan(15)
        .noneMatch(it ->
            it.what().contains("lacks a privilege")
                || it.what().contains("cannot be checked")
                || it.what().contains("the check failed"));
  }

  /**
   * Behind a pooler in transaction mode, a session goes on for somebody else; and some pools give
   * out a connection as it came back.
   */
  @Test
  void aSharedConnectionIsLeftAsItWas() throws SQLException {
    Connection session = session();
    Map<String, String> before = settings(session);

    List<Finding> findings = findings(shared(session), Limits.defaults());

    assertThat(findings).hasSizeGreaterThan(15).noneMatch(it -> it.check().equals("connection"));
    assertThat(session.getAutoCommit()).isTrue();
    assertThat(session.isReadOnly()).isFalse();
    assertThat(session.getNetworkTimeout()).isZero();
    assertThat(settings(session)).isEqualTo(before);
  }

  private static Map<String, String> settings(Connection session) throws SQLException {
    var settings = new TreeMap<String, String>();
    try (var statement = session.createStatement();
        var rows = statement.executeQuery("SELECT name, setting FROM pg_settings")) {
      while (rows.next()) {
        settings.put(rows.getString(1), rows.getString(2));
      }
    }
    return settings;
  }

  /** Keeps the one session to the server, whoever closes what it has got. */
  private static DataSource shared(Connection session) {
    var lent =
        (Connection)
            Proxy.newProxyInstance(
                DoctorTest.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  try {
                    return method.getName().equals("close")
                        ? null
                        : method.invoke(session, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return (DataSource)
        Proxy.newProxyInstance(
            DoctorTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> lent);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "-PT1S", "PT25H"})
  void timesWithoutSenseAreRefused(Duration time) {
    Doctor doctor = doctor(database.dataSource());
    assertThatIllegalArgumentException().isThrownBy(() -> doctor.withTimeout(time));
    assertThatIllegalArgumentException().isThrownBy(() -> doctor.withTimeLimit(time));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limits.defaults().withDelay(Duration.ofSeconds(-1)));
    assertThat(Limits.defaults().withSkew(Duration.ZERO))
        .isEqualTo(Limits.defaults().withSkew(Duration.ZERO))
        .isNotEqualTo(Limits.defaults())
        .hasToString(
            "Limits[transaction=PT10M, delay=PT1M, skew=PT0S, indexBytes=67108864,"
                + " transactions=1000000000]");
  }
}
