package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script is missing");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command =
        "stty rows 31 cols %d; %s '%s' -Dcairn.stdout.terminal=true -cp '%s' '%s'"
            .formatted(
                columns,
                variable.isEmpty() ? "" : "COLUMNS=" + variable,
                java,
                System.getProperty("java.class.path"),
                SaysItsSize.class.getName());
    var builder =
        new ProcessBuilder("/usr/bin/script", "-qec", command, "/dev/null")
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true);
    builder.environment().remove("COLUMNS");
    builder.environment().remove("LINES");
    Process process = builder.start();

    String answer = answer(process);

    assertThat(answer).contains("31 lines, %d columns".formatted(expected));
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
