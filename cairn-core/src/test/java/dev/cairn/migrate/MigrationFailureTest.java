package dev.cairn.migrate;

import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

class MigrationFailureTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final MigrationOptions MAIN_LINE = MigrationOptions.defaults().withLine(MAIN);

  private static Migrator migrator(String schema) {
    return Migrator.of(database.dataSource()).inSchema(schema);
  }

  @Test
  void aStepThatFailsIsUndoneAndTheOnesBeforeItStay() {
    Migrator migrator = migrator("torn");
    migrator.up(MAIN_LINE.withTargetVersion(5));
    database.execute("DROP TABLE torn.river_client_queue");

    assertThatThrownBy(migrator::up)
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith(
            "Could not migrate schema torn up by version 7 of line main "
                + "(notifications_and_defaults); it was rolled back: "
                + "ERROR: table \"river_client_queue\" does not exist");

    assertThat(migrator.list()).filteredOn(Migration::isApplied).hasSize(6);
    assertThat(Catalog.of(database.dataSource(), "torn").lines())
        .noneMatch(line -> line.contains("river_notification"));
  }

  @Test
  void aRoleThatMayNotCreateASchemaCanMigrateOneThatExists() {
    database.execute("CREATE ROLE humble LOGIN");
    Migrator migrator = Migrator.of(Logins.of(database, "humble")).inSchema("granted");
    assertThatThrownBy(migrator::up)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("permission denied for database");

    database.execute("CREATE SCHEMA granted");
    assertThatThrownBy(migrator::up)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("permission denied for schema granted");

    database.execute("GRANT USAGE, CREATE ON SCHEMA granted TO humble");
    assertThat(migrator.up().steps()).hasSize(11);
    assertThat(migrator.validate().isValid()).isTrue();
  }

  @Test
  void aSearchPathThatLeadsNowhereIsNamed() {
    PGSimpleDataSource lost = Logins.local(database);
    lost.setCurrentSchema("nowhere");

    assertThatThrownBy(() -> Migrator.of(lost).up())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("has no current schema");
  }

  @Test
  void anUnreachableDatabaseIsUnavailable() throws IOException {
    PGSimpleDataSource closed = Logins.local(database);
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed.setPortNumbers(new int[] {socket.getLocalPort()});
    }

    assertThatThrownBy(() -> Migrator.of(closed).inSchema("far").up())
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("the database is not available");
    assertThatThrownBy(() -> Migrator.of(closed).validate())
        .isInstanceOf(StoreUnavailableException.class);
  }

  @Test
  void aMissingDatabaseIsUnavailable() {
    PGSimpleDataSource missing = Logins.local(database);
    missing.setDatabaseName("no_such_database");

    assertThatThrownBy(() -> Migrator.of(missing).up())
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("no_such_database");
  }

  @Test
  void aWrongPasswordIsUnavailable() {
    database.execute("CREATE ROLE guarded LOGIN");
    PGSimpleDataSource wrong = Logins.of(database, "guarded");
    wrong.setPassword("wrong");

    await()
        .untilAsserted(() ->
            assertThatThrownBy(() -> Migrator.of(wrong).inSchema("barred").list())
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("password authentication failed for user \"guarded\""));
  }
}
