package dev.cairn.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobState;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarFile;
import javax.tools.ToolProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one file with everything, as somebody uses it who has no source tree: alone in a folder. The
 * build runs this test when the file is there.
 */
class RunnableJarTest {
  private static final String WORKERS =
      """
      import dev.cairn.JobKind;
      import dev.cairn.Workers;
      import dev.cairn.spi.WorkerProvider;

      public final class ShopWorkers implements WorkerProvider {
        @JobKind("greet")
        public record Greet(String name) {}

        @Override
        public void register(Workers.Builder workers) {
          workers.register(Greet.class, (job, context) -> context.recordOutput("hello"));
        }
      }
      """;

  private static Path built = Path.of("");

  @TempDir private Path folder;
  private Path jar = built;

  @BeforeAll
  static void find() {
    String file = System.getProperty("cairn.runnable.jar");
    Assumptions.assumeTrue(file != null, "the jar is not built yet");
    built = Path.of(file);
  }

  @BeforeEach
  void moveAway() throws IOException {
    jar = Files.copy(built, folder.resolve("cairn here.jar"));
  }

  private CommandProcess start(FreshDatabase database, String... arguments) throws IOException {
    return CommandProcess.startJar(Map.of("DATABASE_URL", Address.of(database)), jar, arguments);
  }

  private String printed(Map<String, String> environment, String... arguments) throws Exception {
    try (var command = CommandProcess.startJar(environment, jar, arguments)) {
      assertThat(command.awaitEnd()).as("%s", command.lines()).isZero();
      return String.join("\n", command.lines());
    }
  }

  @Test
  void itSaysItsVersionAndNothingElse() throws Exception {
    assertThat(printed(Map.of(), "--version")).matches("cairn \\d+\\.\\d+\\S*\nJava \\S+");
  }

  @Test
  void itHasTheLicensesOfEverybodyAndNoDescriptorOfAModule() throws Exception {
    try (var file = new JarFile(jar.toFile())) {
      assertThat(file.stream().map(entry -> entry.getName().toLowerCase(Locale.ROOT)))
          .noneMatch(name -> name.endsWith("module-info.class"))
          .contains("meta-inf/license", "meta-inf/license.txt", "meta-inf/notice");
      String licenses =
          new String(file.getInputStream(file.getEntry("META-INF/LICENSE")).readAllBytes(), UTF_8);
      assertThat(licenses).startsWith(Files.readString(Path.of("..", "LICENSE")));
    }
  }

  @Test
  void itInsertsJobsShowsThemAndWorksThemWithTheWorkersOfAFolder() throws Exception {
    FreshDatabase database = MigratedDatabase.fresh();
    Map<String, String> environment = Map.of("DATABASE_URL", Address.of(database));
    String inserted = printed(environment, "insert", "greet", "--args", "{}", "--json");
    long id = JsonMapper.shared().readTree(inserted).path("id").asLong();
    var jobs = Cairn.builder(database.dataSource()).build().jobs();

    try (var work = start(database, "work", "--class-path", workers().toString())) {
      work.awaitAfter("works the kinds greet", 1);
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> jobs.find(id).orElseThrow().state() == JobState.COMPLETED);
      work.terminate();
      assertThat(work.awaitEnd()).isEqualTo(143);
    }
    try (var command = start(database, "dashboard", "--port", "0")) {
      String link = command.awaitAfter("The dashboard is at ", 1);
      try (var session = BrowserSession.open(link)) {
        assertThat(session.json("/api/jobs").path("jobs").size()).isEqualTo(1);
        assertThat(session.get("/")).isNotEmpty();
      }
      command.terminate();
      assertThat(command.awaitEnd()).isEqualTo(143);
    }
  }

  /** Compiled with nothing but the jar. */
  private Path workers() throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes/META-INF/services"));
    Files.writeString(classes.resolve("dev.cairn.spi.WorkerProvider"), "ShopWorkers\n");
    classes = folder.resolve("classes");
    Path source = Files.writeString(folder.resolve("ShopWorkers.java"), WORKERS);
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                jar.toString(),
                source.toString());
    assertThat(result).isZero();
    return classes;
  }

  /** Its worker processes are started from the same file. */
  @Tag("thorough")
  @Test
  void itRunsTheDemo() throws Exception {
    Path files = Files.createDirectories(folder.resolve("files"));
    for (int file = 0; file < 500; file++) {
      Files.writeString(files.resolve("file-" + file), "text " + file % 100);
    }

    String report = printed(Map.of(), "demo", "--dir", files.toString(), "--kills", "0");

    assertThat(report).containsPattern("missing +0").containsPattern("files +500");
  }
}
