package dev.cairn.migrate;

import static dev.cairn.migrate.LeastPrivilegeTest.Role.INSERTER;
import static dev.cairn.migrate.LeastPrivilegeTest.Role.OWNER;
import static dev.cairn.migrate.LeastPrivilegeTest.Role.READER;
import static dev.cairn.migrate.LeastPrivilegeTest.Role.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.CairnException;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.SchemaException;
import dev.cairn.TestDatabase;
import dev.cairn.UniqueOptions;
import dev.cairn.Workers;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.Queues;
import dev.cairn.resumable.Steps;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The roles of docs/migrations.md: each does what is promised, and nothing else. */
class LeastPrivilegeTest {
  private static final Path PAGE = Path.of("..", "docs", "migrations.md");
  private static final String SCHEMA = "jobs";

  private static final Set<Role> ALL = Set.of(OWNER, WORKER, INSERTER, READER);
  private static final Set<Role> INSERTING = Set.of(OWNER, WORKER, INSERTER);
  private static final Set<Role> READING = Set.of(OWNER, WORKER, READER);
  private static final Set<Role> WORKING = Set.of(OWNER, WORKER);

  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final Map<Role, DataSource> logins = new EnumMap<>(Role.class);

  enum Role {
    OWNER,
    WORKER,
    INSERTER,
    READER;

    String sqlName() {
      return "cairn_" + name().toLowerCase(Locale.ROOT);
    }
  }

  @JobKind("errand")
  record Errand(int number) {}

  /** As the page says: the owner's role first, and the others when it has migrated. */
  @BeforeAll
  static void makeRoles() {
    Migrator superuser = Migrator.of(database.dataSource()).inSchema(SCHEMA);
    for (Role role : Role.values()) {
      assertThat(superuser.createRole(role.sqlName())).isTrue();
      logins.put(role, Logins.of(database, role.sqlName()));
    }
    superuser.grant(Privileges.MIGRATOR, OWNER.sqlName());
    Migrator owner = Migrator.of(login(OWNER)).inSchema(SCHEMA);
    owner.up();
    owner.grant(Privileges.WORKER, WORKER.sqlName());
    owner.grant(Privileges.UNIQUE_INSERTER, INSERTER.sqlName());
    owner.grant(Privileges.READER, READER.sqlName());
  }

  private static DataSource login(Role role) {
    return Objects.requireNonNull(logins.get(role));
  }

  private static void execute(Role role, String sql) throws SQLException {
    try (Connection connection = login(role).getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static CairnBuilder builder(Role role) {
    return Cairn.builder(login(role)).schema(SCHEMA);
  }

  /** What a role tries, on a job in the state that the operation is for. */
  record Trial(Role role, Cairn client, long id) {
    JobOperator operator() {
      return client.jobs().operator("ada");
    }
  }

  @FunctionalInterface
  interface Body {
    void run(Trial trial) throws Exception;
  }

  record Operation(String name, JobState state, Set<Role> allowed, Body body) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Operation operation(String name, Set<Role> allowed, Body body) {
    return new Operation(name, JobState.AVAILABLE, allowed, body);
  }

  private static List<Operation> operations() {
    JobInsert plain = JobInsert.of(new Errand(1));
    JobInsert later =
        JobInsert.of(
            new Errand(2), InsertOptions.defaults().withScheduledAt(Instant.now().plusSeconds(60)));
    JobInsert unique =
        JobInsert.of(
            new Errand(3), InsertOptions.defaults().withUnique(UniqueOptions.byKind().withArgs()));
    return List.of(
        operation("insert", INSERTING, it -> it.client().insert(plain.args())),
        operation("insert later", INSERTING, it -> it.client().insertMany(List.of(later))),
        operation("insert unique", INSERTING, it -> it.client().insertMany(List.of(unique))),
        operation("insertMany", INSERTING, it -> it.client().insertMany(List.of(plain, later))),
        operation(
            "insertManyFast",
            INSERTING,
            it -> it.client().insertManyFast(List.of(plain, later, unique))),
        operation("insert in a transaction", INSERTING, LeastPrivilegeTest::insertInTransaction),
        operation("jobs.find", ALL, it -> it.client().jobs().find(it.id())),
        operation("jobs.list", ALL, it -> it.client().jobs().list(JobQuery.all())),
        operation("jobs.countByState", ALL, it -> it.client().jobs().countByState()),
        operation("jobs.progress", READING, it -> it.client().jobs().progress(it.id())),
        operation("jobs.quarantined", READING, it -> it.client().jobs().quarantined(it.id())),
        operation("jobs.cancel", WORKING, it -> it.client().jobs().cancel(it.id())),
        new Operation(
            "jobs.retry", JobState.DISCARDED, WORKING, it -> it.client().jobs().retry(it.id())),
        operation(
            "jobs.update",
            WORKING,
            it -> it.client().jobs().update(it.id(), JobUpdate.nothing().withOutput("x"))),
        operation(
            "jobs.update to another queue",
            WORKING,
            it -> it.client().jobs().update(it.id(), JobUpdate.nothing().withQueue("elsewhere"))),
        operation(
            "operator.update",
            WORKING,
            it -> it.operator().update(it.id(), JobUpdate.nothing().withPriority(2))),
        operation("jobs.delete", WORKING, it -> it.client().jobs().delete(it.id())),
        operation(
            "jobs.deleteMany",
            WORKING,
            it -> it.client().jobs().deleteMany(JobQuery.all().withIds(Set.of(it.id())))),
        operation(
            "jobs.cancelMany",
            WORKING,
            it -> it.client().jobs().cancelMany(JobQuery.all().withIds(Set.of(it.id())))),
        new Operation(
            "jobs.retryMany",
            JobState.DISCARDED,
            WORKING,
            it -> it.client().jobs().retryMany(JobQuery.all().withIds(Set.of(it.id())))),
        new Operation(
            "operator.interrupt",
            JobState.RUNNING,
            WORKING,
            it -> it.operator().interrupt(it.id())),
        operation("operator.pause", WORKING, it -> it.operator().pause(it.id())),
        new Operation(
            "operator.resume", JobState.PENDING, WORKING, it -> it.operator().resume(it.id())),
        operation("operator.cancel", WORKING, it -> it.operator().cancel(it.id())),
        new Operation(
            "operator.retry", JobState.DISCARDED, WORKING, it -> it.operator().retry(it.id())),
        operation(
            "operator.cancelMany",
            WORKING,
            it -> it.operator().cancelMany(JobQuery.all().withIds(Set.of(it.id())))),
        new Operation(
            "operator.retryMany",
            JobState.DISCARDED,
            WORKING,
            it -> it.operator().retryMany(JobQuery.all().withIds(Set.of(it.id())))),
        operation(
            "operator.rewindToStep", WORKING, it -> it.operator().rewindToStep(it.id(), "one")),
        operation(
            "operator.rewindCursor",
            WORKING,
            it -> it.operator().rewindCursor(it.id(), "one", "1")),
        operation(
            "operator.runAgainFrom", WORKING, it -> it.operator().runAgainFrom(it.id(), "one")),
        operation("operator.skipStep", WORKING, it -> it.operator().skipStep(it.id(), "one")),
        operation("operator.restart", WORKING, it -> it.operator().restart(it.id())),
        operation("operator.redrive", WORKING, it -> it.operator().redrive(it.id())),
        operation("queues.list", READING, it -> it.client().queues().list()),
        operation("queues.find", READING, it -> it.client().queues().find("default")),
        operation("queues.backlog", READING, it -> it.client().queues().backlog()),
        operation("clients", READING, it -> it.client().clients()),
        operation("leader", READING, it -> it.client().leader()),
        operation("queues.pause", WORKING, it -> it.client().queues().pause("idle")),
        operation(
            "queues.pause by", WORKING, it -> it.client().queues().pause("idle", "ada", "rest")),
        operation("queues.pauseAll", WORKING, it -> it.client().queues().pauseAll()),
        operation("queues.resume", WORKING, it -> it.client().queues().resume("idle")),
        operation("queues.resumeAll", WORKING, it -> it.client().queues().resumeAll()),
        operation("queues.update", WORKING, it -> it.client().queues().update("idle", "{}")),
        operation("signal", WORKING, it -> it.client().signal("go", 1)),
        operation("work", WORKING, LeastPrivilegeTest::work),
        operation("migrator.list", READING, it -> migrator(it).list()),
        operation("migrator.validate", READING, it -> migrator(it).validate()),
        operation("migrator.profile", ALL, it -> migrator(it).profile()));
  }

  private static void insertInTransaction(Trial trial) throws SQLException {
    try (Connection connection = login(trial.role()).getConnection()) {
      connection.setAutoCommit(false);
      trial.client().insert(connection, new Errand(4));
      connection.commit();
    }
  }

  private static void work(Trial trial) {
    Cairn client = builder(trial.role()).workers(workers()).queue("another", 1).build();
    try {
      client.start();
      assertThat(client.work(trial.id())).isTrue();
      await()
          .until(() -> client.jobs().find(trial.id()).orElseThrow().state() == JobState.COMPLETED);
    } finally {
      client.stopNow();
    }
  }

  /**
   * With a step, a cursor, a result and what else a job leaves in the tables. The cursor goes on
   * where another one was, which put an item aside and has another name now.
   */
  private static Workers workers() {
    return Workers.builder()
        .register(
            Errand.class,
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps
                  .renamedFrom("one")
                  .cursor("rows", Integer.class, 0, cursor -> cursor.advance(1));
              steps.step("fetch", String.class, () -> "fetched");
              steps.stepTx("last", connection -> {});
              context.recordOutput("done");
            })
        .build();
  }

  private static Migrator migrator(Trial trial) {
    return Migrator.of(login(trial.role())).inSchema(SCHEMA);
  }

  static Stream<Arguments> trials() {
    return operations().stream()
        .flatMap(
            operation -> Arrays.stream(Role.values()).map(role -> Arguments.of(operation, role)));
  }

  @ParameterizedTest(name = "{0} by {1}")
  @MethodSource("trials")
  void eachRoleDoesWhatIsPromisedAndNothingElse(Operation operation, Role role) throws Exception {
    var trial = new Trial(role, builder(role).build(), insert(operation.state()));
    if (operation.allowed().contains(role)) {
      operation.body().run(trial);
    } else {
      assertThatThrownBy(() -> operation.body().run(trial))
          .isInstanceOf(CairnException.class)
          .hasMessageContaining("permission denied for ");
    }
  }

  private static long insert(JobState state) {
    return database.number(
        """
        WITH queue AS (
          INSERT INTO jobs.river_queue (name, updated_at) VALUES ('idle', now()), ('default', now())
          ON CONFLICT DO NOTHING
        ), job AS (
          INSERT INTO jobs.river_job (kind, args, state, finalized_at, attempted_by, attempted_at,
            attempt, max_attempts)
          SELECT 'errand', '{"number": 1}', state,
            CASE WHEN state = 'discarded' THEN now() END, ARRAY['somebody'], now(), 1, 25
          FROM (SELECT ?::jobs.river_job_state AS state) AS given
          RETURNING id
        ), checkpoint AS (
          INSERT INTO jobs.cairn_checkpoint
            (job_id, name, position, finished, value, claimed_at, sequence)
          SELECT id, 'one', 0, false, '0', now(), 1 FROM job
        ), quarantine AS (
          INSERT INTO jobs.cairn_quarantine (job_id, step, item, position, error)
          SELECT id, 'one', 'x', '0', 'x' FROM job
        )
        SELECT id FROM job
        """,
        state.label());
  }

  @Test
  void noOperationIsForgotten() {
    Set<String> tried =
        operations().stream()
            .map(operation -> operation.name().replaceFirst(" .*", ""))
            .collect(Collectors.toSet());
    var all = new ArrayList<String>();
    all.addAll(methods(Cairn.class, ""));
    all.addAll(methods(Jobs.class, "jobs."));
    all.addAll(methods(Queues.class, "queues."));
    all.addAll(methods(JobOperator.class, "operator."));
    // These begin and end a client, or ask and change only the client itself.
    all.removeAll(
        List.of(
            "builder",
            "id",
            "status",
            "shutdownGrace",
            "resumePolicy",
            "outside",
            "inCurrentTransaction",
            "start",
            "stop",
            "stopNow",
            "close",
            "stopped",
            "awaitStopped",
            "subscribe",
            "periodicJobs",
            "jobs",
            "queues",
            "jobs.operator",
            "operator.because",
            "queues.add",
            "queues.remove"));
    assertThat(tried).containsAll(all);
  }

  private static List<String> methods(Class<?> type, String prefix) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .map(Method::getName)
        .distinct()
        .map(name -> prefix + name)
        .toList();
  }

  /** With all that a client does beside its jobs: heartbeats, leading, scheduling, its queues. */
  @Test
  void aWorkerWorksWhatAnInserterHasInserted() {
    Cairn worker =
        builder(WORKER)
            .workers(workers())
            .queue("errands", 2)
            // So that only a notification can be that fast.
            .pollInterval(Duration.ofMinutes(5))
            .build();
    worker.start();
    try {
      await().until(() -> database.number("SELECT count(*) FROM jobs.river_leader") == 1);
      InsertOptions options = InsertOptions.defaults().withQueue("errands");
      Cairn inserter = builder(INSERTER).build();
      var ids = new ArrayList<Long>();
      ids.add(inserter.insert(new Errand(7), options).id());
      ids.add(
          inserter
              .insert(new Errand(8), options.withScheduledAt(Instant.now().plusSeconds(1)))
              .id());
      for (long id : ids) {
        await()
            .atMost(Duration.ofMinutes(1))
            .until(() -> worker.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
      }
    } finally {
      worker.stop();
    }
    assertThat(database.number("SELECT count(*) FROM jobs.cairn_client WHERE timeout > '0'"))
        .isZero();
  }

  /** Which a client does only after a minute. */
  @Test
  void aWorkerLooksForNeglectedPeriodicJobs() {
    assertThat(PostgresStores.of(login(WORKER), SCHEMA).periodic().neglected(Set.of("nightly")))
        .containsExactly("nightly");
  }

  @ParameterizedTest
  @EnumSource(
      value = Role.class,
      names = {"INSERTER", "READER"})
  void whoMayNotWorkCannotStartAClient(Role role) {
    Cairn client = builder(role).workers(workers()).queue("default", 1).build();
    try {
      assertThatThrownBy(client::start)
          .isInstanceOf(CairnException.class)
          .hasMessageContaining("permission denied for ");
    } finally {
      client.stopNow();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Role.class,
      names = {"WORKER", "INSERTER", "READER"})
  void onlyTheOwnerChangesTables(Role role) {
    Migrator migrator = Migrator.of(login(role)).inSchema(SCHEMA);

    for (ThrowingCallable change :
        List.<ThrowingCallable>of(migrator::down, () -> migrator.profile(IndexProfile.LEAN))) {
      assertThatThrownBy(change)
          .isInstanceOf(CairnException.class)
          .hasMessageMatching(".*(must be owner of|permission denied for) .*");
    }
  }

  @Test
  void theRecordOfMigrationsIsTheOwnersAlone() {
    for (Role role : List.of(WORKER, INSERTER, READER)) {
      assertThatThrownBy(() -> execute(role, "DELETE FROM jobs.river_migration"))
          .hasMessageContaining("permission denied for table river_migration");
    }
  }

  @Test
  void withoutTheRightForUniqueJobsOnlyThoseAreRefused() throws Exception {
    execute(OWNER, "REVOKE UPDATE (kind) ON jobs.river_job FROM cairn_inserter");
    Cairn inserter = builder(INSERTER).build();
    InsertOptions unique = InsertOptions.defaults().withUnique(UniqueOptions.byKind().withArgs());
    try {
      assertThat(inserter.insert(new Errand(9)).id()).isPositive();
      assertThat(inserter.insertManyFast(List.of(JobInsert.of(new Errand(9))))).isEqualTo(1);
      assertThatThrownBy(() -> inserter.insert(new Errand(9), unique))
          .isInstanceOf(CairnException.class)
          .hasMessageContaining("permission denied for table river_job");
    } finally {
      Migrator.of(login(OWNER))
          .inSchema(SCHEMA)
          .grant(Privileges.UNIQUE_INSERTER, INSERTER.sqlName());
    }
  }

  @Test
  void maintenanceIsARightOfItsOwn() throws Exception {
    assumeTrue(
        database.number("SHOW server_version_num") >= 170_000,
        "from PostgreSQL 17 on there is one");
    String rebuild = "REINDEX INDEX CONCURRENTLY jobs.river_job_kind";
    assertThatThrownBy(() -> execute(WORKER, rebuild)).hasMessageContaining("permission denied");
    assertThat(Files.readString(PAGE))
        .contains("`GRANT MAINTAIN ON jobs.river_job TO cairn_worker`");

    execute(OWNER, "GRANT MAINTAIN ON jobs.river_job TO cairn_worker");

    execute(WORKER, rebuild);
  }

  @Test
  void nobodyGetsAnythingOnTheTablesOfOthers() throws Exception {
    execute(OWNER, "CREATE TABLE jobs.salaries (amount int)");
    Migrator owner = Migrator.of(login(OWNER)).inSchema(SCHEMA);
    owner.grant(Privileges.WORKER, WORKER.sqlName());
    owner.grant(Privileges.READER, READER.sqlName());

    for (Role role : List.of(WORKER, INSERTER, READER)) {
      assertThatThrownBy(() -> execute(role, "SELECT FROM jobs.salaries"))
          .hasMessageContaining("permission denied for table salaries");
    }
  }

  @Test
  void aRoleIsCreatedOnceAndItsNameIsTakenLiterally() {
    String name = "o'brien \"the worker\"; DROP TABLE jobs.river_job";
    Migrator superuser = Migrator.of(database.dataSource()).inSchema(SCHEMA);

    assertThat(superuser.createRole(name)).isTrue();
    assertThat(superuser.createRole(name)).isFalse();
    superuser.grant(Privileges.READER, name);

    assertThat(
            database.text("SELECT has_table_privilege(?, 'jobs.river_job', 'SELECT')::text", name))
        .isEqualTo("true");
  }

  /** PostgreSQL only warns whoever has a privilege, but may not grant it. */
  @Test
  void whoHasPrivilegesButMayNotGrantThemIsToldSo() {
    Migrator superuser = Migrator.of(database.dataSource()).inSchema(SCHEMA);
    superuser.createRole("cairn_support");
    Migrator worker = Migrator.of(login(WORKER)).inSchema(SCHEMA);

    assertThatThrownBy(() -> worker.grant(Privileges.READER, "cairn_support"))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("Could not grant privileges to role cairn_support")
        .hasMessageContaining("as the owner of the schema and of the tables");
    assertThat(database.text("SELECT has_schema_privilege('cairn_support', 'jobs', 'USAGE')::text"))
        .isEqualTo("false");
  }

  @Test
  void theOwnerOfTablesNeedNotOwnTheSchemaThatAllRolesMayUse() throws Exception {
    database.execute("GRANT USAGE, CREATE ON SCHEMA public TO cairn_owner");
    Migrator owner = Migrator.of(login(OWNER)).inSchema("public");
    owner.up();

    owner.grant(Privileges.READER, READER.sqlName());

    execute(READER, "SELECT FROM public.river_job");
  }

  /** Instances that are deployed at once may all begin with this. */
  @Test
  void anotherThatGrantsOrCreatesTheSameMeanwhileDoesNoHarm() throws Exception {
    Migrator superuser = Migrator.of(database.dataSource()).inSchema(SCHEMA);

    whileAnotherHasDone(
        "GRANT USAGE ON SCHEMA jobs TO cairn_reader",
        () -> superuser.grant(Privileges.READER, READER.sqlName()));
    whileAnotherHasDone(
        "CREATE ROLE cairn_twin", () -> assertThat(superuser.createRole("cairn_twin")).isFalse());
  }

  /** Runs an act, and commits the other's statement once the act waits for it. */
  private static void whileAnotherHasDone(String sql, Runnable act) throws Exception {
    try (var executor = Executors.newSingleThreadExecutor();
        Connection other = database.dataSource().getConnection()) {
      other.setAutoCommit(false);
      try (var statement = other.createStatement()) {
        statement.execute(sql);
      }
      Future<?> done = executor.submit(act);
      await()
          .until(() ->
              database.number(
                      """
                      SELECT count(*) FROM pg_stat_activity
                      WHERE datname = current_database() AND wait_event_type = 'Lock'
                      """)
                  == 1);
      other.commit();
      other.setAutoCommit(true);
      done.get();
    }
  }

  @Test
  void whatCannotBeGrantedIsSaidAndNothingIsHalfGranted() {
    Migrator owner = Migrator.of(login(OWNER)).inSchema(SCHEMA);
    assertThatThrownBy(() -> owner.grant(Privileges.READER, "nobody_of_this_name"))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("role \"nobody_of_this_name\" does not exist");
    assertThatThrownBy(() -> owner.createRole("another"))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("permission denied to create role");
    assertThatThrownBy(() -> owner.grant(Privileges.READER, " "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> owner.createRole("x".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> owner.grant(Privileges.READER, "public"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("all roles");
    assertThatThrownBy(() ->
            Migrator.of(database.dataSource())
                .inSchema("elsewhere")
                .grant(Privileges.READER, READER.sqlName()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("run `./cairn migrate up --schema elsewhere`");
  }

  @Test
  void theStatementsOfThePageAreThoseOfTheCode() throws IOException {
    String page = Files.readString(PAGE);
    Migrator migrator = Migrator.of(database.dataSource()).inSchema(SCHEMA);

    assertThat(migrator.grants(Privileges.UNIQUE_INSERTER, "cairn_inserter"))
        .hasSize(4)
        .allSatisfy(sql -> assertThat(page).contains(sql + ";"));
  }
}
