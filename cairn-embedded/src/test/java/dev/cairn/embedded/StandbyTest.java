package dev.cairn.embedded;

import static dev.cairn.embedded.EmbeddedDatabaseTest.ask;
import static dev.cairn.embedded.EmbeddedDatabaseTest.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StandbyTest {
  @Test
  void receivesWhatIsCommittedAndTakesOver() throws SQLException {
    try (var primary = EmbeddedDatabase.start()) {
      FreshDatabase database = primary.database("shop");
      run(database, "CREATE TABLE stone AS SELECT 1 AS weight");
      try (EmbeddedDatabase standby = primary.standby("second", database.port())) {
        FreshDatabase copy = standby.database("shop");
        assertThat(ask(copy, "SELECT weight FROM stone")).isEqualTo("1");

        run(database, "UPDATE stone SET weight = 2");
        await()
            .atMost(Duration.ofMinutes(1))
            .until(() -> ask(copy, "SELECT weight FROM stone").equals("2"));
        assertThatThrownBy(() -> run(copy, "DELETE FROM stone"))
            .hasMessageContaining("read-only transaction");

        standby.promote();
        run(copy, "DELETE FROM stone");
        assertThat(ask(copy, "SELECT pg_is_in_recovery()")).isEqualTo("f");
        assertThat(ask(copy, "SELECT count(*) FROM stone")).isEqualTo("0");
      }
      assertThat(ask(database, "SELECT weight FROM stone")).isEqualTo("2");
    }
  }

  @Test
  void leavesNoSlotBehindSoThatItsNameIsFreeAgain() throws SQLException {
    try (var primary = EmbeddedDatabase.start()) {
      FreshDatabase database = primary.database("shop");
      String slots = "SELECT count(*) FROM pg_replication_slots";
      for (boolean promoted : List.of(false, true)) {
        try (EmbeddedDatabase standby = primary.standby("second", database.port())) {
          assertThat(ask(database, slots)).isEqualTo("1");
          if (promoted) {
            standby.promote();
          }
        }
        assertThat(ask(database, slots)).isEqualTo("0");
      }
    }
  }

  @Test
  void aStandbyIsClosedAfterItsPrimary() {
    EmbeddedDatabase primary = EmbeddedDatabase.start();
    EmbeddedDatabase standby = primary.standby("second", primary.database("shop").port());
    primary.close();
    standby.close();
  }

  /** Seen before: it waited for the answer of the frozen server for ever. */
  @Tag("thorough")
  @Test
  void aStandbyIsClosedThoughItsPrimaryIsFrozen() throws Exception {
    try (var primary = EmbeddedDatabase.start();
        var background = Executors.newVirtualThreadPerTaskExecutor()) {
      FreshDatabase database = primary.database("shop");
      EmbeddedDatabase standby = primary.standby("second", database.port());
      String pid = ask(database, "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)");
      standby.promote();
      signal("-STOP", pid);
      try {
        assertThat(background.submit(standby::close)).succeedsWithin(Duration.ofMinutes(1));
      } finally {
        signal("-CONT", pid);
      }
    }
  }

  private static void signal(String name, String pid) throws Exception {
    assertThat(new ProcessBuilder("kill", name, pid).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void onlyAStandbyCanBePromoted() {
    assertThatThrownBy(() -> EmbeddedDatabase.shared().promote())
        .isInstanceOf(EmbeddedDatabaseException.class)
        .hasMessageContaining("not in standby mode");
  }
}
