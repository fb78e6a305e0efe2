package dev.cairn.internal.postgres;

import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.SchemaException;
import dev.cairn.TestDatabase;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.MigrationOptions;
import dev.cairn.migrate.Migrator;
import dev.cairn.migrate.Privileges;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaCheckTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static SchemaCheck check(String schema) {
    return new SchemaCheck(database.dataSource(), new SchemaName(schema));
  }

  private static Migrator migrator(String schema) {
    return Migrator.of(database.dataSource()).inSchema(schema);
  }

  @Test
  void aMigratedSchemaIsFine() {
    migrator("fine").up();

    assertThatCode(() -> check("fine").verify()).doesNotThrowAnyException();
  }

  @Test
  void missingTablesAreToldWithTheCommandThatMakesThem() {
    database.execute("CREATE SCHEMA bare");

    assertThatThrownBy(() -> check("bare").verify())
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "Schema bare has none of Cairn's tables: run `./cairn migrate up --schema bare` [CAIRN-601]");
    assertThatThrownBy(() -> check("not_there").verify())
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "Schema not_there has none of Cairn's tables: run `./cairn migrate up --schema not_there` [CAIRN-601]");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void anOldLineMainIsTold(int version) {
    String schema = "old_" + version;
    migrator(schema).up(MigrationOptions.defaults().withLine(MAIN).withTargetVersion(version));

    assertThatThrownBy(() -> check(schema).verify())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("at version %d of line main and Cairn needs 7", version)
        .hasMessageEndingWith("run `./cairn migrate up --schema %s` [CAIRN-601]", schema);
  }

  @Test
  void aDatabaseOfRiverAloneIsTold() {
    migrator("river_alone").up(MigrationOptions.defaults().withLine(MAIN));

    assertThatThrownBy(() -> check("river_alone").verify())
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "Schema river_alone is at version 0 of line cairn and Cairn needs 2 "
                + "(not applied: 1, 2): run `./cairn migrate up --schema river_alone` [CAIRN-601]");
  }

  @Test
  void aNewerLineOfOursIsTold() {
    migrator("newer_cairn").up();
    database.execute("INSERT INTO newer_cairn.river_migration (line, version) VALUES ('cairn', 4)");

    assertThatThrownBy(() -> check("newer_cairn").verify())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("at version 4 of line cairn")
        .hasMessageContaining("upgrade Cairn");
  }

  /** A process of the old version may be started again while a new one is rolled out. */
  @Test
  void aNewerLineOfOursMaySayThatOlderClientsCanUseIt() {
    Migrator migrator = migrator("Usable");
    migrator.up();
    apply("Usable", 4);
    note("Usable", 4, 3);

    assertThat(check("Usable").validate().problems()).isEmpty();
    assertThat(check("Usable").validate().warnings())
        .singleElement()
        .asString()
        .contains("at version 4 of line cairn", "up to 3", "from version 3 on", "upgrade");
    check("Usable").verify();

    note("Usable", 4, 4);
    assertThatThrownBy(() -> check("Usable").verify())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("need clients that know version 4")
        .hasMessageContaining("upgrade Cairn");
    assertThatThrownBy(migrator::up).isInstanceOf(SchemaException.class);
  }

  @Test
  void aPermissionDoesNotOutliveItsVersion() {
    migrator("forgotten").up();
    apply("forgotten", 4);
    note("forgotten", 4, 3);
    apply("forgotten", 5);

    assertThat(check("forgotten").validate().problems())
        .singleElement()
        .asString()
        .contains("does not say that it may use the tables");
  }

  @Test
  void anOlderProgramChangesNothingBesideANewerLineOfOurs() {
    Migrator migrator = migrator("beside");
    migrator.up(MigrationOptions.defaults().withLine(MAIN).withTargetVersion(7));
    migrator.up(MigrationOptions.defaults().withLine(MigrationLine.CAIRN));
    apply("beside", 4);
    note("beside", 4, 3);

    assertThat(migrator.up().steps()).isEmpty();
    assertThatThrownBy(() -> migrator.grant(Privileges.WORKER, "pg_monitor"))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("use the newer version");
    for (MigrationOptions options :
        List.of(
            MigrationOptions.defaults(),
            MigrationOptions.defaults().withLine(MAIN),
            MigrationOptions.defaults().withLine(MAIN).withTargetVersion(6),
            MigrationOptions.defaults().withLine(MigrationLine.CAIRN).withTargetVersion(3))) {
      assertThatThrownBy(() -> migrator.down(options))
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("revert the newer versions first");
    }
  }

  @Test
  void anotherCommentOnOurTableIsNoPermission() {
    migrator("commented").up();
    apply("commented", 4);
    database.execute("COMMENT ON TABLE commented.cairn_client IS 'clients that know version 3'");

    assertThat(check("commented").validate().problems()).hasSize(1);
  }

  private static void apply(String schema, int version) {
    database.execute(
        "INSERT INTO \"%s\".river_migration (line, version) VALUES ('cairn', %d)"
            .formatted(schema, version));
  }

  private static void note(String schema, int version, int from) {
    database.execute(
        ("COMMENT ON TABLE \"%s\".cairn_client IS 'Their beats. Version %d of line cairn is for"
                + " clients that know version %d.'")
            .formatted(schema, version, from));
  }

  @Test
  void anOlderViewOfProgressIsNoReasonNotToWork() {
    migrator("older_view").up();
    migrator("older_view").down();

    assertThat(check("older_view").validate().problems()).isEmpty();
    assertThat(check("older_view").validate().warnings())
        .singleElement()
        .asString()
        .contains("at version 2 of line cairn")
        .contains("`./cairn migrate up --schema older_view`");
  }

  /** Without the index of unique keys, each insertion of a unique job fails. */
  @ParameterizedTest
  @ValueSource(ints = {7, 8})
  void anIndexThatWasLostIsTold(int version) {
    String schema = "lost_index_" + version;
    migrator(schema).up(MigrationOptions.defaults().withLine(MAIN).withTargetVersion(version));
    migrator(schema).up(MigrationOptions.defaults().withLine(MigrationLine.CAIRN));
    assertThat(check(schema).validate().warnings()).noneMatch(it -> it.contains("lacks"));
    database.execute("DROP INDEX %s.river_job_unique_idx".formatted(schema));

    assertThat(check(schema).validate().problems()).isEmpty();
    assertThat(check(schema).validate().warnings())
        .anySatisfy(warning ->
            assertThat(warning)
                .contains("Schema %s lacks".formatted(schema), "unique index on river_job"));
  }

  @Test
  void aTableThatWasLostIsTold() {
    migrator("lossy").up();
    database.execute("DROP TABLE lossy.cairn_checkpoint CASCADE");

    assertThatThrownBy(() -> check("lossy").verify())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("has lost the tables cairn_checkpoint");
  }
}
