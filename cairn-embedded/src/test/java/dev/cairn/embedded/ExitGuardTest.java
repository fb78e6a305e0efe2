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

  /** As {@code timeout -s KILL} does, and CI runners that give up a build. */
  @Test
  void aKilledProcessGroupTakesItsServerAlong() throws Exception {
    assumeTrue(isThere("setsid"), "without it, the test cannot make a process group");
    Owner owner = Owner.start(List.of("setsid"), "wait");
    var kill = new ProcessBuilder("sh", "-c", "kill -9 -\"$0\"", "" + owner.process().pid());

    assertThat(kill.inheritIO().start().waitFor()).isZero();

    assertThat(owner.process().waitFor()).isNotZero();
    awaitEndOfServer(owner);
  }

  private static boolean isThere(String program) throws Exception {
    return new ProcessBuilder("sh", "-c", "command -v \"$0\" >/dev/null", program).start().waitFor()
        == 0;
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
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(owner.data().getParent()).doesNotExist());
    assertThatThrownBy(() -> owner.database().dataSource().getConnection())
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("refused");
  }

  /** A JVM that starts a server and ends without closing it. */
  private record Owner(Process process, Path data, FreshDatabase database) {
    static Owner start(String... orders) throws IOException {
      return start(List.of(), orders);
    }

    /**
     * Starts it through another program, which becomes the JVM.
     *
     * @param prefix the words of that program
     */
    static Owner start(List<String> prefix, String... orders) throws IOException {
      ProcessBuilder jvm = ChildJvm.of(Program.class, orders);
      jvm.command().addAll(0, prefix);
      Process process = jvm.start();
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
