package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JsonArgs;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
  @AfterEach
  void forget() {
    System.clearProperty("cairn.stdout.size");
    System.clearProperty("cairn.stdout.terminal");
  }

  /** Without the launcher, which sets the property, all others would believe in a file. */
  @Test
  void nobodyElseReadsWhatTheLauncherSays() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      assertThat(
              files
                  .filter(file -> file.toString().endsWith(".java"))
                  .filter(file -> read(file).contains("cairn.stdout.terminal")))
          .extracting(file -> file.getFileName().toString())
          .containsExactly("Terminal.java");
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFileHasNoWidth() {
    assertThat(new Terminal().columns()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void theSizeOfTheTerminalIsTheLimit() {
    System.setProperty("cairn.stdout.size", "30 110");

    assertThat(new Terminal().columns()).isEqualTo(110);
    assertThat(new Terminal().lines()).isEqualTo(30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0 0", "24", "24 -1", "stty: standard input: no tty", "999999 80"})
  void anAnswerThatIsNoneIsIgnored(String answer) {
    assertThat(Terminal.parse(answer)).isEmpty();
  }

  /** In a terminal of its own, which `script` makes. */
  @ParameterizedTest
  @CsvSource({"110, '', 110", "80, '', 80", "110, 95, 95"})
  void sttyIsAskedAndColumnsOverridesIt(int columns, String variable, int expected)
      throws Exception {
    String set = variable.isEmpty() ? "" : "COLUMNS=" + variable;

    String answer =
        inTerminal(
            columns,
            Map.of(),
            "%s %s".formatted(set, java("-Dcairn.stdout.terminal=true", SaysItsSize.class)));

    assertThat(answer).contains("31 lines, %d columns".formatted(expected));
  }

  @Test
  void withoutTheLauncherTheSystemIsAskedWhetherThereIsATerminal() throws Exception {
    String java = java("", SaysItsSize.class);

    assertThat(inTerminal(110, Map.of(), java)).contains("31 lines, 110 columns");
    assertThat(inTerminal(110, Map.of(), java + " | cat"))
        .contains("%d columns".formatted(Integer.MAX_VALUE));
  }

  /** The issue says: cut off at 80 of 110 columns. */
  @ParameterizedTest
  @ValueSource(ints = {80, 110})
  void aTableFillsTheTerminalAndNoMore(int columns) throws Exception {
    FreshDatabase database = MigratedDatabase.fresh();
    Cairn.builder(database.dataSource())
        .build()
        .insert(
            JsonArgs.of("import_catalog", "{}"),
            InsertOptions.defaults().withQueue("q".repeat(120)));

    String printed =
        inTerminal(
            columns,
            Map.of("DATABASE_URL", Address.of(database)),
            java("", Main.class) + " jobs list");

    assertThat(printed.lines().mapToInt(String::length).max()).hasValue(columns);
    assertThat(printed).contains("import_cat", "available");
  }

  private static String java(String option, Class<?> main) {
    return "'%s' -XX:TieredStopAtLevel=1 %s -cp '%s' '%s'"
        .formatted(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            option,
            System.getProperty("java.class.path"),
            main.getName());
  }

  private static String inTerminal(int columns, Map<String, String> environment, String command)
      throws IOException, InterruptedException {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script is missing");
    var builder =
        new ProcessBuilder(
                "/usr/bin/script",
                "-qec",
                "stty rows 31 cols %d; %s".formatted(columns, command),
                "/dev/null")
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().remove("COLUMNS");
    builder.environment().remove("LINES");
    return answer(builder.start());
  }

  private static String answer(Process process) throws IOException, InterruptedException {
    try {
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return answer;
    } finally {
      process.destroyForcibly();
    }
  }

  /** A program that runs in a terminal. */
  static final class SaysItsSize {
    private SaysItsSize() {}

    public static void main(String[] args) {
      var terminal = new Terminal();
      System.out.printf("%d lines, %d columns%n", terminal.lines(), terminal.columns());
    }
  }
}
