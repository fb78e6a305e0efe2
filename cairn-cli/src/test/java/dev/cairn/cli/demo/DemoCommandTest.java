package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.BrowserSession;
import dev.cairn.cli.CommandProcess;
import dev.cairn.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The demo as a whole, with real processes and real kills, on a tree of its own. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DemoCommandTest {
  private static final int FILES = 24_000;

  /** Of one transaction. */
  private static final int BATCH_FILES = 250;

  /** Strikes after an eighth of the files. */
  private static final String EARLY_SEED = "7977";

  @TempDir private Path root;

  @Tag("thorough")
  @Test
  void nothingIsMissingOrDoubledAfterTwoKills() throws IOException {
    long bytes = plant(FILES);
    var children = ChildWatch.start();

    CommandRun run =
        CommandRun.of(
            "demo",
            "--dir",
            root.toString(),
            "--kills",
            "2",
            "--seed",
            "11",
            "--heartbeat-timeout",
            "4",
            "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode report = JsonMapper.shared().readTree(run.out());
    assertThat(report.get("files").asInt()).isEqualTo(FILES);
    assertThat(report.get("bytes").asLong()).isEqualTo(bytes);
    assertThat(report.get("kills").asInt()).isEqualTo(2);
    assertThat(report.get("takeover_ms")).hasSize(2);
    assertThat(report.get("missing").asInt()).isZero();
    assertThat(report.get("doubled").asInt()).isZero();
    assertThat(report.get("wrong").asInt()).isZero();
    // On a slow machine, a worker that nobody has killed may lose the job too.
    int timesTakenOver = report.get("times_taken_over").asInt();
    assertThat(timesTakenOver).as(run.err()).isGreaterThanOrEqualTo(2);
    assertThat(report.get("hashed_twice").asInt()).isBetween(0, BATCH_FILES * timesTakenOver);
    assertThat(report.get("redone_without_checkpoints").asInt()).isPositive();
    assertThat(report.get("duration_ms").asInt()).isPositive();
    assertThat(report.get("seed").asInt()).isEqualTo(11);
    assertThat(report.get("summary").get("duplicate_files").asInt()).isEqualTo(FILES - 100);
    assertThat(run.err()).contains("kill -9   #1", "resumed   #1", "resumed   #2");
    children.stop();
    assertThat(children.arguments()).anyMatch(line -> line.contains("demo-worker"));
    for (String password : children.passwords()) {
      assertThat(children.arguments()).noneMatch(line -> line.contains(password));
      assertThat(run.err() + run.out()).doesNotContain(password);
    }
    assertThat(children.passwords()).hasSize(Files.exists(Path.of("/proc/self/environ")) ? 1 : 0);
  }

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "KILL")
  void nothingIsMissingOrDoubledWhateverTheAttack(Attack attack) throws IOException {
    plant(FILES);

    CommandRun run =
        CommandRun.of(
            "demo",
            "--dir",
            root.toString(),
            "--attack",
            attack.text(),
            "--kills",
            "1",
            "--seed",
            EARLY_SEED,
            "--heartbeat-timeout",
            "4",
            "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode report = JsonMapper.shared().readTree(run.out());
    assertThat(report.get("attack").asString()).isEqualTo(attack.text());
    assertThat(report.get("kills").asInt()).isEqualTo(1);
    assertThat(report.get("comebacks").asInt())
        .as(run.err())
        .isEqualTo(attack.isSurvived() ? 1 : 0);
    assertThat(report.get("files").asInt()).isEqualTo(FILES);
    assertThat(report.get("doubled").asInt()).isZero();
    assertThat(report.get("missing").asInt()).isZero();
    assertThat(run.err()).contains(attack.verb() + " ", "resumed   #1");
    assertThat(run.err().split("A standby is up", -1))
        .as("no standby is started for a failover that does not come")
        .hasSize(attack == Attack.FAILOVER ? 2 : 1);
  }

  @Tag("thorough")
  @Test
  void theDashboardShowsTheFilesTheKillAndTheTakeover() throws Exception {
    plant(FILES);
    try (var demo =
        CommandProcess.start(
            Map.of(),
            // As on a terminal, where it waits for Enter before it ends.
            List.of("-Dcairn.stdout.terminal=true"),
            "demo",
            "--dashboard",
            "--dir",
            root.toString(),
            "--kills",
            "1",
            "--seed",
            EARLY_SEED,
            "--heartbeat-timeout",
            "4")) {
      String link = demo.awaitAfter("Watch it in the dashboard: ", 1);
      assertThat(demo.lines()).noneMatch(line -> line.contains("kill -9   #"));
      boolean moved = false;
      boolean taken = false;
      String marks = "";
      try (var session = BrowserSession.open(link)) {
        assertThat(session.get("/")).isNotEmpty();
        assertThat(session.json("/api/session").path("title").asString()).isEqualTo("Cairn demo");
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!(moved && taken) && System.nanoTime() - end < 0) {
          for (JsonNode job : session.json("/api/jobs").path("jobs")) {
            JsonNode page = session.json("/api/jobs/" + job.path("id").asString());
            moved |= page.path("steps").toString().contains("\"hash\"");
            marks = page.path("marks").toString();
            taken |= marks.contains("was found dead, and the job was taken over");
          }
        }
      }
      assertThat(moved).as("%s", demo.lines()).isTrue();
      assertThat(taken).as("%s, at the end %s", demo.lines(), marks).isTrue();
      demo.awaitAfter("The dashboard stays until you press Enter.", 1);
      demo.type("\n");
      assertThat(demo.awaitEnd()).as("%s", demo.lines()).isZero();
    }
  }

  @Tag("thorough")
  @Test
  void anEmptyDirectoryIsAnEmptyInventoryWhateverItsName() throws IOException {
    Path empty = Files.createDirectory(root.resolve("evil\u001b[31m"));

    CommandRun run = CommandRun.of("demo", "--dir", empty.toString(), "--kills", "0");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("/evil?[31m,").doesNotContain("\u001b");
    assertThat(run.out()).contains("0 (0 B)", "missing                0");
  }

  @Test
  void aDirectoryThatIsNotThereIsWrongUsage() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "x");

    CommandRun missing = CommandRun.of("demo", "--dir", root.resolve("no").toString());
    CommandRun notADirectory = CommandRun.of("demo", "--dir", file.toString());

    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.err()).contains("--dir: there is no '");
    assertThat(notADirectory.err()).contains("is not a directory");
    assertThat(CommandRun.of("demo", "--kills", "-1").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("demo", "--heartbeat-timeout", "0").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("demo", "--attack", "rm").err())
        .contains("--attack must be kill, zombie, blackhole or failover");
  }

  private long plant(int files) throws IOException {
    var random = new Random(1);
    long bytes = 0;
    var contents = new byte[100][];
    for (int i = 0; i < contents.length; i++) {
      contents[i] = new byte[1 + random.nextInt(20_000)];
      random.nextBytes(contents[i]);
    }
    for (int i = 0; i < files; i++) {
      byte[] content = contents[i % contents.length];
      Path folder = root.resolve("folder-" + i % 97);
      Files.createDirectories(folder);
      Files.write(folder.resolve("file-%d.bin".formatted(i)), content);
      bytes += content.length;
    }
    return bytes;
  }
}
