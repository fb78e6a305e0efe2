package dev.cairn.migrate;

import static dev.cairn.migrate.MigrationDirection.DOWN;
import static dev.cairn.migrate.MigrationDirection.UP;
import static dev.cairn.migrate.MigrationLine.CAIRN;
import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.InterceptedCalls;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigratorTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final MigrationOptions DEFAULTS = MigrationOptions.defaults();
  private static final List<String> ALL =
      List.of(
          "main 1", "main 2", "main 3", "main 4", "main 5", "main 6", "main 7", "main 8", "cairn 1",
          "cairn 2", "cairn 3");

  private static Migrator migrator(String schema) {
    return Migrator.of(database.dataSource()).inSchema(schema);
  }

  private static List<String> versions(MigrationResult result) {
    return result.steps().stream().map(step -> step.line() + " " + step.version()).toList();
  }

  private static List<String> applied(Migrator migrator) {
    return migrator.list().stream()
        .filter(Migration::isApplied)
        .map(migration -> migration.line() + " " + migration.version())
        .toList();
  }

  @Test
  void bringsRiversLineUpAndThenOurs() {
    MigrationResult result = migrator("whole").up();

    assertThat(versions(result)).isEqualTo(ALL);
    assertThat(result.direction()).isEqualTo(UP);
    assertThat(result.dryRun()).isFalse();
    assertThat(result.steps())
        .allSatisfy(step -> {
          assertThat(step.duration()).isPositive();
          assertThat(step.sql()).contains("\"whole\".").doesNotContain("{schema}");
        });
    assertThat(applied(migrator("whole"))).isEqualTo(ALL);
  }

  @Test
  void usesTheCurrentSchemaUnlessToldAnother() {
    Migrator.of(database.dataSource()).up();

    assertThat(applied(migrator(database.schema()))).isEqualTo(ALL);
    assertThat(applied(migrator("whole").inSchema(null))).isEqualTo(ALL);
  }

  @Test
  void aSecondRunChangesNothing() {
    migrator("twice").up();
    Catalog before = Catalog.identities(database.dataSource(), "twice");
    List<Migration> listed = migrator("twice").list();

    assertThat(migrator("twice").up().steps()).isEmpty();

    assertThat(Catalog.identities(database.dataSource(), "twice")).isEqualTo(before);
    assertThat(migrator("twice").list()).isEqualTo(listed);
  }

  @Test
  void stopsAtATargetVersion() {
    Migrator migrator = migrator("target");

    assertThat(versions(migrator.up(DEFAULTS.withLine(MAIN).withTargetVersion(3))))
        .containsExactly("main 1", "main 2", "main 3");
    assertThat(versions(migrator.up(DEFAULTS.withLine(MAIN).withTargetVersion(2)))).isEmpty();
    assertThat(versions(migrator.up(DEFAULTS.withTargetVersion(5).withLine(MAIN))))
        .containsExactly("main 4", "main 5");
    assertThat(versions(migrator.up()))
        .containsExactly("main 6", "main 7", "main 8", "cairn 1", "cairn 2", "cairn 3");
    assertThat(versions(migrator.down(DEFAULTS.withLine(MAIN).withTargetVersion(5))))
        .containsExactly("main 8", "main 7", "main 6");
    assertThat(applied(migrator))
        .containsExactly(
            "main 1", "main 2", "main 3", "main 4", "main 5", "cairn 1", "cairn 2", "cairn 3");
  }

  @Test
  void takesNoMoreThanTheMostSteps() {
    Migrator migrator = migrator("few");

    assertThat(versions(migrator.up(DEFAULTS.withMaxSteps(2)))).containsExactly("main 1", "main 2");
    assertThat(versions(migrator.up(DEFAULTS.withMaxSteps(100)))).hasSize(ALL.size() - 2);
    assertThat(versions(migrator.down(DEFAULTS.withMaxSteps(3))))
        .containsExactly("cairn 3", "cairn 2", "cairn 1");
    assertThat(
            versions(migrator.down(DEFAULTS.withLine(MAIN).withTargetVersion(1).withMaxSteps(1))))
        .containsExactly("main 8");
  }

  @Test
  void downTakesOneStep() {
    Migrator migrator = migrator("back");
    migrator.up();

    MigrationResult result = migrator.down();

    assertThat(versions(result)).containsExactly("cairn 3");
    assertThat(result.direction()).isEqualTo(DOWN);
    assertThat(versions(migrator.down())).containsExactly("cairn 2");
    assertThat(versions(migrator.down())).containsExactly("cairn 1");
    assertThat(versions(migrator.down())).containsExactly("main 8");
    assertThat(versions(migrator.down(DEFAULTS.withLine(CAIRN)))).isEmpty();
    assertThat(versions(migrator.up())).containsExactly("main 8", "cairn 1", "cairn 2", "cairn 3");
  }

  /** What version 3 of line cairn changes is a view, which version 2 has as it was. */
  @Test
  void downBringsTheViewBack() {
    Migrator before = migrator("view_before");
    before.up(DEFAULTS.withLine(MAIN));
    before.up(DEFAULTS.withLine(CAIRN).withTargetVersion(2));
    Migrator after = migrator("view_after");
    after.up();
    after.down();

    assertThat(view("view_after").replace("view_after", "view_before"))
        .isEqualTo(view("view_before"));
  }

  private static String view(String schema) {
    return String.valueOf(
        database.text(
            "SELECT pg_get_viewdef('%s.cairn_job_progress'::regclass)".formatted(schema)));
  }

  @Test
  void downToNothingLeavesNothingBehind() {
    Migrator migrator = migrator("nothing");
    migrator.up();

    MigrationResult result = migrator.down(DEFAULTS.withTargetVersion(0));

    assertThat(versions(result)).isEqualTo(ALL.reversed());
    assertThat(Catalog.of(database.dataSource(), "nothing").lines()).isEmpty();
    assertThat(versions(migrator.down(DEFAULTS.withTargetVersion(0)))).isEmpty();
    assertThat(versions(migrator.up())).isEqualTo(ALL);
  }

  @Test
  void aDryRunTellsTheStepsAndTakesNone() {
    Migrator migrator = migrator("dry");

    MigrationResult up = migrator.up(DEFAULTS.withDryRun());

    assertThat(up.dryRun()).isTrue();
    assertThat(versions(up)).isEqualTo(ALL);
    assertThat(up.steps())
        .allSatisfy(step -> assertThat(step.duration()).isEqualTo(Duration.ZERO))
        .allSatisfy(step -> assertThat(step.sql()).contains("\"dry\"."));
    assertThat(schemas("dry")).isZero();

    migrator.up();
    Catalog before = Catalog.identities(database.dataSource(), "dry");
    assertThat(versions(migrator.down(DEFAULTS.withTargetVersion(0).withDryRun())))
        .isEqualTo(ALL.reversed());
    assertThat(Catalog.identities(database.dataSource(), "dry")).isEqualTo(before);
  }

  @Test
  void listsEveryVersionWithTheTimeItWasApplied() {
    Migrator migrator = migrator("listed");
    assertThat(migrator.list()).hasSize(ALL.size()).noneMatch(Migration::isApplied);
    assertThat(schemas("listed")).isZero();

    migrator.up(DEFAULTS.withLine(MAIN).withTargetVersion(2));

    List<Migration> listed = migrator.list();
    assertThat(listed)
        .extracting(Migration::name)
        .startsWith("create_river_migration", "initial_schema", "tags_not_null")
        .endsWith("clients_and_checkpoints", "progress", "current_step");
    assertThat(listed).extracting(Migration::isApplied).startsWith(true, true, false);
    migrator.up();
    assertThat(migrator.list().subList(0, 2)).isEqualTo(listed.subList(0, 2));
  }

  @Test
  void givesTheSqlOfOneVersionWithTheSchemaFilledIn() {
    assertThat(migrator("shown").sql(MAIN, 3, UP))
        .contains("ALTER TABLE \"shown\".river_job")
        .contains("SET DEFAULT '{}'");
    assertThat(migrator("shown").sql(CAIRN, 1, DOWN))
        .contains("DROP TABLE \"shown\".cairn_checkpoint");
    assertThat(Migrator.of(database.dataSource()).sql(MAIN, 1, UP))
        .contains('"' + database.schema() + "\".river_migration");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 9})
  void anUnknownVersionHasNoSql(int version) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> migrator("shown").sql(MAIN, version, UP))
        .withMessage("line main has no version %d: use 1 to 8", version);
  }

  @Test
  void anUnknownTargetIsRefusedWithTheRange() {
    Migrator migrator = migrator("unknown");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> migrator.up(DEFAULTS.withLine(MAIN).withTargetVersion(9)))
        .withMessage("line main has no version 9: the target of up must be 1 to 8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> migrator.up(DEFAULTS.withLine(CAIRN).withTargetVersion(0)))
        .withMessage("line cairn has no version 0: the target of up must be 1 to 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> migrator.down(DEFAULTS.withLine(MAIN).withTargetVersion(-1)))
        .withMessage("line main has no version -1: the target of down must be 0 to 8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> migrator.up(DEFAULTS.withTargetVersion(0)))
        .withMessage("target version 0 belongs to one line: name it, main or cairn");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> migrator.down(DEFAULTS.withTargetVersion(3)))
        .withMessage("target version 3 belongs to one line: name it, main or cairn");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULTS.withMaxSteps(0))
        .withMessage("maxSteps must be at least 1, not 0");
    assertThat(schemas("unknown")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "9lives", "drop table", "quo\"te", "semi;colon", "schön"})
  void anInvalidSchemaNameIsRefused(String name) {
    Migrator migrator = Migrator.of(database.dataSource());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> migrator.inSchema(name))
        .withMessageStartingWith("invalid schema name '" + name + "'");
  }

  @Test
  void aValidationNamesWhatIsMissing() {
    Migrator migrator = migrator("judged");
    assertThat(migrator.validate().problems())
        .containsExactly(
            "Schema judged has none of Cairn's tables: run `./cairn migrate up --schema judged`");

    migrator.up(DEFAULTS.withLine(MAIN).withTargetVersion(5));
    assertThat(migrator.validate().problems())
        .containsExactly(
            "Schema judged is at version 5 of line main and Cairn needs 7 "
                + "(not applied: 6, 7): run `./cairn migrate up --schema judged`",
            "Schema judged is at version 0 of line cairn and Cairn needs 2 "
                + "(not applied: 1, 2): run `./cairn migrate up --schema judged`");
    assertThat(migrator.validate().isValid()).isFalse();

    migrator.up();
    assertThat(migrator.validate().isValid()).isTrue();
    assertThat(migrator.validate().warnings()).isEmpty();
  }

  /** Version 8 of line main changes nothing on PostgreSQL. */
  @Test
  void aDatabaseWithoutTheRecordOfVersionEightIsGoodEnough() {
    Migrator migrator = migrator("seven");
    migrator.up();
    assertThat(versions(migrator.down(DEFAULTS.withLine(MAIN)))).containsExactly("main 8");

    assertThat(migrator.validate().problems()).isEmpty();
    assertThat(migrator.validate().warnings())
        .containsExactly(
            "Schema seven is at version 7 of line main: newer clients of River expect 8, which "
                + "changes nothing that Cairn needs; `./cairn migrate up --schema seven` applies it");
    assertThat(versions(migrator.up())).containsExactly("main 8");
  }

  /** Seen before: the page promised a warning, and there was none. */
  @Test
  void migratingUpWarnsOfALineThatIsNewer() {
    TestLogs.forget();
    Migrator migrator = migrator("warned");
    migrator.up();
    assertThat(TestLogs.warnings("CAIRN-611")).isEmpty();
    database.execute("INSERT INTO warned.river_migration (line, version) VALUES ('main', 9)");

    migrator.up(DEFAULTS.withDryRun());
    assertThat(TestLogs.warnings("CAIRN-611")).isEmpty();
    assertThat(migrator.up().steps()).isEmpty();

    assertThat(TestLogs.warnings("CAIRN-611"))
        .singleElement()
        .asString()
        .contains("Schema warned is at version 9 of line main");
  }

  @Test
  void aLookWaitsNoLongerForAMigrationThanItIsTold() throws SQLException {
    migrator("looked").up();
    Migrator patient = migrator("looked").withReadTimeout(Duration.ofMillis(200));
    assertThat(patient.validate().isValid()).isTrue();
    try (Connection other = database.dataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "SELECT pg_advisory_xact_lock(hashtextextended('cairn migrate looked', 0))");
      assertThatThrownBy(patient::validate)
          .isInstanceOf(CairnException.class)
          .hasMessageContaining("wait for migrations in progress");
      assertThatThrownBy(patient::list).isInstanceOf(CairnException.class);
      assertThatThrownBy(() -> patient.inSchema("looked").verify())
          .isInstanceOf(CairnException.class);
    }
    assertThat(patient.list()).isNotEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> patient.withReadTimeout(Duration.ZERO));
  }

  /** Seen before: the failure to restore the network timeout took the place of the reason. */
  @Test
  void aPoolThatCannotRestoreTheNetworkTimeoutHidesNoCause() throws SQLException {
    migrator("hidden").up();
    DataSource broken =
        InterceptedCalls.of(
            DataSource.class,
            database.dataSource(),
            (method, call) -> {
              Object result = call.proceed();
              return result instanceof Connection connection
                  ? restoringNothing(connection)
                  : result;
            });
    Migrator patient =
        Migrator.of(broken).inSchema("hidden").withReadTimeout(Duration.ofMillis(200));
    try (Connection other = database.dataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "SELECT pg_advisory_xact_lock(hashtextextended('cairn migrate hidden', 0))");

      assertThatThrownBy(patient::validate)
          .isInstanceOf(CairnException.class)
          .hasMessageContaining("wait for migrations in progress");
    }
  }

  private static Connection restoringNothing(Connection connection) {
    var changes = new AtomicInteger();
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          if (method.equals("setNetworkTimeout") && changes.getAndIncrement() > 0) {
            throw new IllegalStateException("the pool is broken");
          }
          return call.proceed();
        });
  }

  @Test
  void linesAreFoundByTheirNames() {
    assertThat(MigrationLine.ofLabel("cairn")).isEqualTo(CAIRN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MigrationLine.ofLabel("pro"))
        .withMessage("no line 'pro': use main or cairn");
  }

  private static long schemas(String name) {
    return database.number("SELECT count(*) FROM pg_namespace WHERE nspname = ?", name);
  }
}
