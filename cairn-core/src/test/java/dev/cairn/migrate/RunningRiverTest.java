package dev.cairn.migrate;

import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.SchemaException;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import java.sql.SQLException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunningRiverTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final MigrationOptions MAIN_LINE = MigrationOptions.defaults().withLine(MAIN);

  private static Migrator migrator(String schema) {
    return Migrator.of(database.dataSource()).inSchema(schema);
  }

  private static void riverMigrated(String schema) throws SQLException {
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + schema);
      connection.setSchema(schema);
      for (String sql : RiverCatalog.read().statements(schema)) {
        statement.execute(sql);
      }
      connection.setSchema(database.schema());
    }
  }

  @Test
  void aDatabaseOfRiverIsTakenAsItIs() throws SQLException {
    riverMigrated("river");
    Catalog catalog = Catalog.of(database.dataSource(), "river");
    assertThat(catalog).isEqualTo(RiverCatalog.read().catalog());
    Catalog before = Catalog.identities(database.dataSource(), "river");
    String rows = rows("river");

    assertThat(migrator("river").up().steps())
        .extracting(step -> step.line() + " " + step.version())
        .containsExactly("main 8", "cairn 1", "cairn 2", "cairn 3");

    assertThat(
            Catalog.identities(database.dataSource(), "river").lines().stream()
                .filter(line -> !line.contains("cairn_") && !line.startsWith("id_length")))
        .containsAll(before.lines())
        .allMatch(line -> before.lines().contains(line) || line.startsWith("pg_toast"));
    assertThat(Catalog.of(database.dataSource(), "river").withoutCairn()).isEqualTo(catalog);
    assertThat(rows("river")).isEqualTo(rows);
    assertThat(migrator("river").validate().problems()).isEmpty();
  }

  private static String rows(String schema) {
    return database
        .query(
            "SELECT version, created_at, xmin::text FROM %s.river_migration WHERE line = 'main' AND version <= 7"
                .formatted(schema))
        .toString();
  }

  @Test
  void jobsAndTimesOfAnOldDatabaseSurviveTheWayUpAndDown() {
    migrator("old").up(MAIN_LINE.withTargetVersion(2));
    database.execute("INSERT INTO old.river_job (kind, max_attempts) VALUES ('old', 3)");
    database.execute("UPDATE old.river_migration SET created_at = '2024-02-03 04:05Z'");

    migrator("old").up();

    assertThat(
            database.text(
                "SELECT concat_ws(' ', id, kind, args, metadata, tags) FROM old.river_job"))
        .isEqualTo("1 old {} {} {}");
    assertThat(migrator("old").list().subList(0, 2))
        .extracting(migration -> String.valueOf(migration.appliedAt()))
        .containsOnly("2024-02-03T04:05:00Z");

    migrator("old").down(MigrationOptions.defaults().withMaxSteps(7));
    assertThat(database.number("SELECT count(*) FROM old.river_job")).isEqualTo(1);
    assertThat(migrator("old").list().subList(0, 2))
        .extracting(migration -> String.valueOf(migration.appliedAt()))
        .containsOnly("2024-02-03T04:05:00Z");
  }

  @Test
  void indexesThatWereMadeBeforehandAreNotMadeAgain() {
    Migrator migrator = migrator("ahead");
    migrator.up(MAIN_LINE.withTargetVersion(5));
    database.execute("ALTER TABLE ahead.river_job ADD COLUMN unique_states bit(8)");
    database.execute(
        "CREATE UNIQUE INDEX river_job_unique_idx ON ahead.river_job (unique_key) "
            + "WHERE unique_key IS NOT NULL");

    migrator.up();

    assertThat(migrator.validate().isValid()).isTrue();
    assertThat(Catalog.of(database.dataSource(), "ahead").lines())
        .anyMatch(line -> line.endsWith("WHERE (unique_key IS NOT NULL)"));
  }

  /** As newer versions of River for Go record it. */
  @Test
  void versionEightOfRiverIsTakenAsItIs() throws SQLException {
    riverMigrated("eight");
    database.execute("INSERT INTO eight.river_migration (line, version) VALUES ('main', 8)");
    Migrator migrator = migrator("eight");

    assertThat(migrator.up().steps())
        .isNotEmpty()
        .allSatisfy(step -> assertThat(step.line()).isEqualTo(MigrationLine.CAIRN));

    assertThat(migrator.validate()).isEqualTo(new MigrationValidation(List.of(), List.of()));
    assertThat(migrator.list())
        .filteredOn(migration -> migration.version() == 8)
        .singleElement()
        .satisfies(eighth -> {
          assertThat(eighth.isApplied()).isTrue();
          assertThat(eighth.name()).isEqualTo("job_id_autoincrement");
        });
    start("eight");
    assertThat(migrator.down(MAIN_LINE).steps())
        .singleElement()
        .satisfies(step -> assertThat(step.version()).isEqualTo(8));
  }

  @JobKind("idle")
  record Idle() {}

  private static void start(String schema) {
    Cairn client =
        Cairn.builder(database.dataSource())
            .schema(schema)
            .workers(Workers.builder().register(Idle.class, (job, context) -> {}).build())
            .queue("default", 1)
            .build();
    client.start();
    client.stop();
  }

  private static Migrator newer(String schema, String... changes) {
    Migrator migrator = migrator(schema);
    migrator.up();
    database.execute(
        "INSERT INTO %s.river_migration (line, version) VALUES ('main', 9)".formatted(schema));
    for (String change : changes) {
      database.execute(change.replace("{schema}", schema));
    }
    return migrator;
  }

  @Test
  void aNewerRiverWithAllThatCairnNeedsIsWorkedWithAWarning() {
    Migrator migrator =
        newer(
            "newer",
            "ALTER TABLE {schema}.river_job ADD COLUMN more text",
            "ALTER TABLE {schema}.river_job ADD COLUMN even_more text NOT NULL DEFAULT ''",
            "ALTER TABLE {schema}.river_job ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY",
            "ALTER TYPE {schema}.river_job_state ADD VALUE 'elsewhere'",
            "CREATE TABLE {schema}.river_more (id bigint PRIMARY KEY)",
            "ALTER INDEX {schema}.river_job_prioritized_fetching_index RENAME TO otherwise",
            "DROP INDEX {schema}.river_job_kind");

    assertThat(migrator.validate().problems()).isEmpty();
    assertThat(migrator.validate().warnings())
        .containsExactly(
            "Schema newer is at version 9 of line main and this Cairn knows versions up to 8. The "
                + "schema has everything that Cairn needs, so Cairn works: see River's notes on "
                + "the newer versions, and upgrade Cairn");
    start("newer");
    assertThat(migrator.up().steps()).isEmpty();
    assertThat(migrator.list())
        .filteredOn(migration -> migration.version() == 9)
        .singleElement()
        .satisfies(unknown -> {
          assertThat(unknown.isApplied()).isTrue();
          assertThat(unknown.name()).isEqualTo("unknown");
        });
  }

  @Test
  void ourLineGoesUpAndDownBesideANewerRiverButRiversDoesNot() {
    Migrator migrator = newer("beside");

    assertThat(migrator.down().steps())
        .singleElement()
        .satisfies(step -> assertThat(step.line()).isEqualTo(MigrationLine.CAIRN));
    assertThat(migrator.up().steps())
        .singleElement()
        .satisfies(step -> assertThat(step.line()).isEqualTo(MigrationLine.CAIRN));
    assertThatThrownBy(() -> migrator.down(MAIN_LINE))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "Schema beside is at version 9 of line main and this Cairn knows versions up to 8: "
                + "revert the newer versions first, with the program that applied them [CAIRN-603]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER TABLE {schema}.river_job DROP COLUMN tags | column river_job.tags of type character varying[]
          ALTER TABLE {schema}.river_leader ALTER COLUMN leader_id TYPE varchar(100) | column river_leader.leader_id of type text
          ALTER TABLE {schema}.river_job ADD COLUMN tenant text NOT NULL | no value by default for river_job.tenant
          ALTER TABLE {schema}.river_queue ADD COLUMN tenant text NOT NULL | no value by default for river_queue.tenant
          ALTER TYPE {schema}.river_job_state RENAME VALUE 'pending' TO 'waiting' | value pending of type river_job_state
          ALTER TYPE {schema}.river_job_state RENAME TO job_state | column river_job.state of type river_job_state
          DROP INDEX {schema}.river_job_prioritized_fetching_index | index on river_job (state, queue, priority, scheduled_at, id)
          DROP INDEX {schema}.river_job_unique_idx | unique index on river_job (unique_key) where river_job_state_in_bitmask
          ALTER TABLE {schema}.river_leader DROP CONSTRAINT river_leader_pkey | unique index on river_leader (name)
          ALTER TABLE {schema}.river_queue RENAME TO queues | column river_queue.name of type text
          """)
  void aNewerRiverThatLacksWhatCairnNeedsIsRefusedByNameOfIt(String change, String missing) {
    String schema = "lacks_" + Integer.toUnsignedString(change.hashCode());
    Migrator migrator = newer(schema, change);

    assertThat(migrator.validate().problems())
        .singleElement()
        .asString()
        .startsWith(
            "Schema %s is at version 9 of line main and this Cairn knows versions up to 8, and "
                .formatted(schema))
        .contains("lacks something that Cairn needs (", missing)
        .endsWith("upgrade Cairn, or revert the newer versions with the program that applied them");
    assertThat(migrator.validate().warnings()).isEmpty();
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(migrator::up, migrator::down, () -> start(schema))) {
      assertThatThrownBy(call).isInstanceOf(SchemaException.class).hasMessageContaining(missing);
    }
  }

  @Test
  void aNewerCairnIsRefused() {
    Migrator migrator = migrator("newer_cairn");
    migrator.up();
    database.execute(
        "INSERT INTO newer_cairn.river_migration (line, version) VALUES ('cairn', 99)");

    assertThatThrownBy(migrator::up)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("version 99 of line cairn and this Cairn knows versions up to 3");
  }

  @Test
  void linesOfOthersAreLeftAloneButHoldVersionFive() {
    Migrator migrator = migrator("pro");
    migrator.up(MAIN_LINE);
    database.execute("INSERT INTO pro.river_migration (line, version) VALUES ('pro', 40)");
    migrator.up();

    assertThatThrownBy(() -> migrator.down(MAIN_LINE.withTargetVersion(0)))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "Line main cannot go below version 5 while other lines are applied (cairn, pro): "
                + "revert them first [CAIRN-603]");
    assertThat(migrator.up().steps()).as("nothing was taken back").isEmpty();
    assertThat(database.number("SELECT count(*) FROM pro.river_migration")).isEqualTo(12);

    assertThatThrownBy(() -> database.execute(migrator.sql(MAIN, 5, MigrationDirection.DOWN)))
        .as("also if the SQL is run by hand")
        .hasMessageContaining("while other lines are applied");
  }

  @Test
  void ourLineNeedsRiversFirst() {
    assertThatThrownBy(
            () -> migrator("alone").up(MigrationOptions.defaults().withLine(MigrationLine.CAIRN)))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "Line cairn needs line main at version 5 or newer, and it is at 0: "
                + "migrate line main first [CAIRN-603]");

    migrator("alone").up(MAIN_LINE.withTargetVersion(5));
    migrator("alone").up(MigrationOptions.defaults().withLine(MigrationLine.CAIRN));
    migrator("alone").up();
    assertThat(migrator("alone").validate().isValid()).isTrue();
  }

  @Test
  void tablesWithoutARecordOfTheirVersionAreNotTouched() throws SQLException {
    riverMigrated("goose");
    database.execute("DROP TABLE goose.river_migration");
    Catalog before = Catalog.identities(database.dataSource(), "goose");

    assertThatThrownBy(() -> migrator("goose").up())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("no table river_migration with their version");
    assertThat(migrator("goose").validate().problems())
        .singleElement()
        .asString()
        .contains("docs/migrations.md");

    assertThat(Catalog.identities(database.dataSource(), "goose")).isEqualTo(before);
  }
}
