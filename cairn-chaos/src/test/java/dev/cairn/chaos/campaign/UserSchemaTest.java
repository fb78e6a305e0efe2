package dev.cairn.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.fleet.Tables;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class UserSchemaTest {
  private final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
  private final List<String> said = new ArrayList<>();

  private Tables tables() throws SQLException {
    var source = (PGSimpleDataSource) database.dataSource();
    source.setOptions("-c lock_timeout=300ms");
    return Tables.create(source, "cairn_kept", null);
  }

  private boolean isThere() throws SQLException {
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement();
        var row = statement.executeQuery("SELECT to_regnamespace('cairn_kept') IS NOT NULL")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /** As {@code pg_dump} locks all tables of the database. */
  @Test
  void aSchemaThatCannotBeDroppedIsNamed() throws SQLException {
    Tables tables = tables();
    try (var backup = database.dataSource().getConnection();
        var statement = backup.createStatement()) {
      backup.setAutoCommit(false);
      statement.execute("LOCK TABLE cairn_kept.river_job IN ACCESS SHARE MODE");

      UserSchema.watch(tables, said::add).end(true);

      backup.rollback();
    }
    assertThat(said).hasSize(2);
    assertThat(said.getFirst()).contains("cairn_kept cannot be dropped", "lock timeout");
    assertThat(said.getLast()).contains("cairn_kept is kept");
    assertThat(isThere()).isTrue();
  }

  @Test
  void itIsDroppedAfterACleanRunOnly() throws SQLException {
    Tables tables = tables();

    UserSchema.watch(tables, said::add).end(false);

    assertThat(said).singleElement().asString().contains("cairn_kept is kept");
    assertThat(isThere()).isTrue();

    UserSchema.watch(tables, said::add).end(true);

    assertThat(said).hasSize(1);
    assertThat(isThere()).isFalse();
  }
}
