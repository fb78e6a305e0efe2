package dev.cairn.chaos.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server behind it is not needed here. */
class PgBouncerTest {
  private static final Target TARGET =
      new Target("127.0.0.1", 1, "shop", "ada", "p\u00e4ss\\word", Target.Encryption.NEVER);

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path folder;

  /** A program that ends without closing its PgBouncer. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      PgBouncer pooler = PgBouncer.start(() -> TARGET, Path.of(args[0]));
      System.out.println(pooler.address().getPort());
      new CountDownLatch(1).await();
    }
  }

  @BeforeEach
  void isInstalled() {
    assumeTrue(PgBouncer.program().isPresent(), "there is no pgbouncer here");
  }

  private Path users() {
    return folder.resolve("pgbouncer.users");
  }

  @Test
  void theFileWithThePasswordIsThereOnlyWhileItRuns() throws Exception {
    try (PgBouncer pooler = PgBouncer.start(() -> TARGET, folder)) {
      assertThat(users()).hasContent("\"ada\" \"p\u00e4ss\\word\"");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(users())))
          .isEqualTo("rw-------");

      pooler.kill();
      assertThat(users()).doesNotExist();

      pooler.startAgain();
      assertThat(users()).hasContent("\"ada\" \"p\u00e4ss\\word\"");

      pooler.reconnect();
      pooler.stop();
      assertThat(users()).doesNotExist();

      pooler.startAgain();
    }
    assertThat(users()).doesNotExist();
  }

  /** Ctrl-C reaches all processes of a terminal, also those between the program and PgBouncer. */
  @ParameterizedTest
  @CsvSource({"-TERM,false", "-KILL,false", "-TERM,true"})
  void theFileWithThePasswordIsDeletedWhenTheProgramIsStopped(String signal, boolean ctrlC)
      throws Exception {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<ProcessHandle> children = List.of();
    try (BufferedReader out = program.inputReader()) {
      assertThat(out.readLine()).as("its port").matches("\\d+");
      assertThat(users()).exists();
      children = program.descendants().toList();
      assertThat(children).isNotEmpty();

      if (ctrlC) {
        for (ProcessHandle each : children) {
          signal("-INT", each);
        }
      }
      signal(signal, program.toHandle());

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(users()).doesNotExist());
      for (ProcessHandle each : children) {
        await().atMost(PATIENCE).until(() -> !each.isAlive());
      }
    } finally {
      program.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private static void signal(String signal, ProcessHandle process) throws Exception {
    new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
  }
}
