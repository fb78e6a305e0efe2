package dev.cairn.migrate;

import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.SchemaException;
import dev.cairn.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

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
        .isNotEmpty()
        .allSatisfy(step -> assertThat(step.line()).isEqualTo(MigrationLine.CAIRN));

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
            "SELECT version, created_at, xmin::text FROM %s.river_migration WHERE line = 'main'"
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

    migrator("old").down(MigrationOptions.defaults().withMaxSteps(6));
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

  @Test
  void aNewerRiverIsRefusedInBothDirections() {
    Migrator migrator = migrator("newer");
    migrator.up();
    database.execute("INSERT INTO newer.river_migration (line, version) VALUES ('main', 8)");

    for (MigrationDirection direction : MigrationDirection.values()) {
      assertThatThrownBy(
              () -> {
                switch (direction) {
                  case UP -> migrator.up();
                  case DOWN -> migrator.down();
                }
              })
          .isInstanceOf(SchemaException.class)
          .hasMessage(
              "Schema newer is at version 8 of line main and this Cairn knows versions up to 7: "
                  + "upgrade Cairn, or take the newer versions down with what applied them");
    }
    assertThat(migrator.validate().problems()).singleElement().asString().contains("upgrade Cairn");
    assertThat(migrator.list())
        .filteredOn(migration -> migration.version() == 8)
        .singleElement()
        .satisfies(unknown -> {
          assertThat(unknown.isApplied()).isTrue();
          assertThat(unknown.name()).isEqualTo("unknown");
        });
  }

  @Test
  void aNewerCairnIsRefused() {
    Migrator migrator = migrator("newer_cairn");
    migrator.up();
    database.execute(
        "INSERT INTO newer_cairn.river_migration (line, version) VALUES ('cairn', 99)");

    assertThatThrownBy(migrator::up)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("version 99 of line cairn and this Cairn knows versions up to 2");
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
                + "take them down first");
    assertThat(migrator.up().steps()).as("nothing was taken back").isEmpty();
    assertThat(database.number("SELECT count(*) FROM pro.river_migration")).isEqualTo(10);

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
                + "migrate line main first");

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
        .hasMessageContaining("no table river_migration that says at which version");
    assertThat(migrator("goose").validate().problems())
        .singleElement()
        .asString()
        .contains("docs/migrations.md");

    assertThat(Catalog.identities(database.dataSource(), "goose")).isEqualTo(before);
  }
}
