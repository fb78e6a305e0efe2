package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there a hook does what it can")
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

  private static void awaitEndOfServer(Owner owner) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(owner.data().getParent()).doesNotExist());
    assertThatThrownBy(() -> DriverManager.getConnection(owner.jdbcUrl()))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("refused");
  }

  /** A JVM that starts a server and ends without closing it. */
  private record Owner(Process process, Path data, String jdbcUrl) {
    static Owner start(String ending) throws IOException {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Program.class.getName(),
                  ending)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader output = process.inputReader()) {
        return new Owner(process, Path.of(output.readLine()), output.readLine());
      }
    }
  }

  /** What the other JVM runs. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws SQLException, InterruptedException {
      FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
      System.out.println(EmbeddedDatabaseTest.ask(database, "SHOW data_directory"));
      System.out.println(database.jdbcUrl());
      if (args[0].equals("wait")) {
        Thread.sleep(Duration.ofMinutes(5));
      }
    }
  }
}
