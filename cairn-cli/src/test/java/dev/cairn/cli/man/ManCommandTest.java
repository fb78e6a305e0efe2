package dev.cairn.cli.man;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.CommandRun;
import dev.cairn.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ManCommandTest {
  private static final String HYPHEN = "\\-";

  @TempDir
  @SuppressWarnings("NullAway.Init") // set by JUnit
  private Path folder;

  private static List<String> expected(CommandLine command, String name) {
    var names = new ArrayList<>(List.of(name));
    command
        .getSubcommands()
        .forEach((key, below) -> {
          if (!below.getCommandSpec().usageMessage().hidden()) {
            names.addAll(expected(below, name + "-" + key));
          }
        });
    return names;
  }

  private List<Path> pages() throws IOException {
    CommandRun run = CommandRun.of("man", folder.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> pages = files.sorted().toList();
      assertThat(run.out()).contains("wrote %d manual pages".formatted(pages.size()));
      return pages;
    }
  }

  @Test
  void eachCommandButHiddenOnesHasAPage() throws IOException {
    assertThat(pages())
        .extracting(page -> page.getFileName().toString())
        .containsExactlyInAnyOrderElementsOf(
            expected(Main.commandLine(), "cairn").stream().map(name -> name + ".1").toList())
        .contains("cairn.1", "cairn-jobs-list.1", "cairn-work.1")
        .doesNotContain("cairn-demo-worker.1");
  }

  @Test
  void aPageHasEachOptionWithItsDefaultAndLeadsToTheOthers() throws IOException {
    pages();

    String insert = Files.readString(folder.resolve("cairn-insert.1"));
    assertThat(insert)
        .startsWith(".TH \"cairn\\-insert\" 1")
        .contains(".SH NAME\ncairn\\-insert \\- Insert one job\n")
        .contains(".TP\n\\fB\\-\\-args=JSON\\fR\n", "(default: {})")
        .contains(".SH PARAMETERS\n.TP\n\\fBKIND\\fR\nThe kind of the job.\n")
        .contains("\\fBcairn\\fR(1)")
        .doesNotContain("${", "%n");
    assertThat(Files.readString(folder.resolve("cairn-jobs.1")))
        .contains("\\fBcairn jobs skip\\-step\\fR", "\\fBcairn\\-jobs\\-skip\\-step\\fR(1)");
    assertThat(CommandRun.of("man").out())
        .isEqualTo(Files.readString(folder.resolve("cairn.1")))
        .contains("\\fBcairn work\\fR", "\\(aq./cairn test\\(aq");
  }

  @Test
  void noTextIsAnInstruction() {
    String page =
        new Roff().text(".so /etc/passwd").text("'br \\n -x").item(".B \\*", List.of()).toString();

    assertThat(page)
        .contains("\\&.so /etc/passwd\n", "\\&\\(aqbr \\(rsn \\-x\n", "\\fB.B \\(rs*\\fR\n");
    assertThat(page).doesNotContain("\n.so", "\n'").contains(HYPHEN);
  }

  @Test
  void groffHasNothingAgainstThem() throws Exception {
    List<String> check = List.of("groff", "-man", "-Kutf8", "-Tutf8", "-P-cbou", "-ww");
    Assumptions.assumeTrue(
        Stream.of(System.getenv("PATH").split(":", -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "groff"))),
        "groff is not installed");
    for (Path page : pages()) {
      var command = new ArrayList<>(check);
      command.add(page.toString());
      Path errors = folder.resolve("errors");
      Process groff = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      try {
        String printed = new String(groff.getInputStream().readAllBytes(), UTF_8);
        assertThat(groff.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(groff.exitValue()).isZero();
        assertThat(Files.readString(errors)).as(page.toString()).isEmpty();
        assertThat(printed).contains("NAME", "SYNOPSIS", "DESCRIPTION");
      } finally {
        groff.destroyForcibly();
      }
    }
  }
}
