package dev.cairn.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class ProgramTest {
  private static final int FAILED = 4;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> ran = new ArrayList<>();

  @Command(name = "dig", description = "Digs.")
  final class Dig implements Runnable {
    @Option(names = "--depth", defaultValue = "1")
    private int depth;

    @Option(names = {"-w", "--wide"})
    private boolean wide;

    @Override
    public void run() {
      if (depth < 1) {
        throw new IllegalStateException(depth == 0 ? "too shallow" : " ");
      }
      ran.add((wide ? "wide " : "") + depth);
    }

    @Command(name = "well", description = "Digs a well.")
    void well(@Option(names = "--depth", defaultValue = "10") int deep) {
      ran.add("well " + deep);
    }
  }

  private int run(String line) {
    return Program.of("Digs.", new Dig(), FAILED)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(line.split(" "));
  }

  /** What runs would be another thing than the user has written, and nobody would say so. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dig --depth 2 well",
        "dig --depth=2 well --depth 3",
        "dig --wide well",
        "dig -w well"
      })
  void optionsBeforeTheCommandThatRunsAreRefused(String line) {
    assertThat(run(line)).isEqualTo(2);
    assertThat(err.toString()).contains("stands before well, where it has no effect");
    assertThat(ran).isEmpty();
  }

  @Test
  void optionsOfAllCommandsStandAnywhere() {
    assertThat(run("dig --verbose well --depth 3")).isZero();
    assertThat(run("--verbose dig -w --depth 2")).isZero();
    assertThat(ran).containsExactly("well 3", "wide 2");
  }

  @Test
  void helpIsShownWhateverStandsBeforeIt() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: cairn").contains("COMMAND", "Digs.");
    assertThat(run("dig --help")).isZero();
    assertThat(run("dig --depth 2 well --help")).isZero();
    assertThat(out.toString()).contains("Digs a well.");
    assertThat(ran).isEmpty();
  }

  @Test
  void anErrorIsOneLineUnlessMoreIsWanted() {
    assertThat(run("dig --depth 0")).isEqualTo(FAILED);
    assertThat(err.toString().strip()).isEqualTo("Error: too shallow");
    assertThat(run("dig --depth 0 --verbose")).isEqualTo(FAILED);
    assertThat(err.toString()).contains("at dev.cairn.program.ProgramTest");
    assertThat(run("dig --depth=-1")).isEqualTo(FAILED);
    assertThat(err.toString()).contains("IllegalStateException:   (--verbose shows where)");
  }

  /** As the launcher does before it fetches something for the run. */
  @Test
  void argumentsCanBeCheckedWithoutARun() {
    System.setProperty(Program.CHECK, "true");
    try {
      assertThat(run("dig well --depth 3")).isZero();
      assertThat(run("dig --depth 3 well")).isEqualTo(2);
      assertThat(run("dig --no-such-option")).isEqualTo(2);
    } finally {
      System.clearProperty(Program.CHECK);
    }
    assertThat(ran).isEmpty();
  }
}
