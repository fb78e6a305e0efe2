package dev.cairn.embedded;

import static dev.cairn.embedded.EmbeddedDatabaseTest.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A start that fails leaves nothing of its own, and leaves alone what is not its own. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the guard is a shell")
class FailedStartTest {
  private static Set<Long> children() {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  /** What the guard of another start on the same data directory would do when its JVM ends. */
  private static void guard(Path data, Path scratch) throws IOException, InterruptedException {
    var command = List.of("sh", "-c", ExitGuard.STOP, "guard", data.toString(), scratch.toString());
    Process guard = new ProcessBuilder(command).inheritIO().start();
    assertThat(guard.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theServerThatUsesTheDirectoryStaysUp(@TempDir Path folder)
      throws SQLException, IOException, InterruptedException {
    Folders.openToAll(folder);
    Path data = folder.resolve("data");
    ServerOptions options = ServerOptions.defaults().withDataDirectory(data);
    try (var server = EmbeddedDatabase.start(options)) {
      FreshDatabase database = server.database("kept");
      Set<Long> processes = children();
      Path scratch = Files.createTempDirectory("cairn-postgres-").toRealPath();

      assertThatThrownBy(
              () -> EmbeddedDatabase.start(options, false, scratch, ServerUser.of(scratch)))
          .isInstanceOf(EmbeddedDatabaseException.class)
          .hasMessageContaining("postmaster.pid")
          .hasMessageContaining("[CAIRN-801]");
      assertThat(ask(database, "SELECT 'up'")).isEqualTo("up");
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(processes).containsAll(children()));
      assertThat(scratch).doesNotExist();

      guard(data, folder.resolve("of-another-start"));
      assertThat(ask(database, "SELECT 'up'")).isEqualTo("up");
    }
  }

  @Test
  void aProcessThatHasTheNumberOfAnEarlierServerIsLeftAlone(@TempDir Path folder)
      throws IOException, InterruptedException {
    Process innocent = new ProcessBuilder("sleep", "60").start();
    try {
      Files.writeString(folder.resolve("postmaster.pid"), innocent.pid() + "\n");
      Files.writeString(folder.resolve("postmaster.opts"), "postgres -D elsewhere\n");

      guard(folder, folder.resolve("scratch"));

      assertThat(innocent.isAlive()).isTrue();
    } finally {
      innocent.destroy();
    }
  }

  @Test
  void aStandbyWhoseNameIsTakenLeavesTheSlotThatIsThere() throws SQLException {
    try (var primary = EmbeddedDatabase.start()) {
      FreshDatabase database = primary.database("shop");
      // Its name exists already, so the second one is refused before anything is copied.
      EmbeddedDatabaseTest.run(database, "SELECT pg_create_physical_replication_slot('taken')");
      assertThatThrownBy(() -> primary.standby("taken", database.port()))
          .isInstanceOf(EmbeddedDatabaseException.class)
          .hasMessageContaining("taken");
      assertThat(ask(database, "SELECT count(*) FROM pg_replication_slots")).isEqualTo("1");
    }
  }
}
