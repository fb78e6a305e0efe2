package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows uses a shutdown hook")
class ExitGuardTest {
  @Test
  void aKilledJvmTakesItsServerAlong() throws IOException {
    Owner owner = Owner.start("wait");
    owner.process().destroyForcibly();
    awaitEndOfServer(owner);
  }

  @Test
  void aTerminatedJvmTakesItsServerAlong() throws IOException {
    Owner owner = Owner.start("wait");
    owner.process().destroy();
    awaitEndOfServer(owner);
  }

  @Test
  void aJvmThatExitsTakesItsServerAlong() throws IOException {
    awaitEndOfServer(Owner.start("exit"));
  }

  @Test
  void aServerThatRunsAsAnotherUserIsTakenAlongToo() throws IOException {
    Path ours = Files.createTempFile("cairn-", ".test");
    assumeTrue(Ownership.of(ours).areWeRoot(ours), "only root can try it");
    Files.delete(ours);
    Owner owner = Owner.start("wait", "as nobody");
    owner.process().destroyForcibly();
    awaitEndOfServer(owner);
  }

  private static void awaitEndOfServer(Owner owner) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(owner.data().getParent()).doesNotExist());
    assertThatThrownBy(() -> owner.database().dataSource().getConnection())
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("refused");
  }

  /** A JVM that starts a server and ends without closing it. */
  private record Owner(Process process, Path data, FreshDatabase database) {
    static Owner start(String... orders) throws IOException {
      Process process = ChildJvm.of(Program.class, orders).start();
      try (BufferedReader output = process.inputReader()) {
        return new Owner(
            process,
            Path.of(output.readLine()),
            new FreshDatabase(
                PostgresProcess.HOST,
                Integer.parseInt(output.readLine()),
                "postgres",
                PostgresProcess.SUPERUSER,
                "unknown"));
      }
    }
  }

  /** The program of the other JVM. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      EmbeddedDatabase server =
          List.of(args).contains("as nobody")
              ? EmbeddedDatabase.start(
                  ServerOptions.defaults(),
                  false,
                  Files.createTempDirectory("cairn-postgres-"),
                  ServerUser.NOBODY)
              : EmbeddedDatabase.shared();
      FreshDatabase database = server.newDatabase();
      System.out.println(EmbeddedDatabaseTest.ask(database, "SHOW data_directory"));
      System.out.println(database.port());
      if (args[0].equals("wait")) {
        Thread.sleep(Duration.ofMinutes(5));
      }
    }
  }
}
