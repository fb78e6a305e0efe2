package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TestDatabaseTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  @Test
  void runsTheVersionThatTheBuildNames() {
    assertThat(System.getProperty("cairn.test.postgres"))
        .startsWith(database.text("SHOW server_version") + ".");
  }

  @Test
  void sessionsAreNotInUtc() {
    assertThat(database.text("SHOW timezone")).isEqualTo("Asia/Kathmandu");
  }

  @Test
  void isMigratedInASchemaOfItsOwn() {
    assertThat(database.text("SELECT current_schema()")).isEqualTo(database.schema());
    assertThat(database.number("SELECT count(*) FROM river_job")).isZero();
  }

  @Test
  void readsAndWritesWithValues() {
    database.execute("CREATE TABLE stone (id bigint, name text)");
    assertThat(database.execute("INSERT INTO stone VALUES (?, ?)", 7L, "flat")).isEqualTo(1);
    assertThat(database.query("SELECT id, name FROM stone WHERE id = ?", 7L))
        .singleElement()
        .hasToString("{id=7, name=flat}");
  }
}
