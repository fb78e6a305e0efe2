package dev.cairn.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  /** The soak would attack everything on a server of its own, and the user would not know. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "chaos --duration 1s matrix --list",
        "chaos --seed 7 matrix --sample 100",
        "chaos --url jdbc:postgresql://staging/shop?user=u soak",
        "chaos --attack=none --report r.json soak",
        "chaos --list soak"
      })
  void optionsBeforeTheCommandThatRunsAreRefused(String line) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains("stands before", "where it has no effect");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void optionsOfAllCommandsStandAnywhere() {
    assertThat(run("chaos", "--verbose", "soak", "--workers", "1")).isEqualTo(2);
    assertThat(err.toString()).contains("--workers must be at least 2");
    assertThat(run("chaos", "--help")).isZero();
    assertThat(run("chaos", "soak", "--help")).isZero();
    assertThat(run("chaos", "--seed", "7", "soak", "--help")).isZero();
  }

  @Test
  void aDatabaseOutOfReachIsNoBrokenPromise() {
    assertThat(run("chaos", "--url", "jdbc:postgresql://127.0.0.1:1/shop?user=u", "--attack=none"))
        .isEqualTo(4);
    assertThat(err.toString()).startsWith("Error: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"chaos", "chaos soak", "chaos matrix"})
  void aReportThatCannotBeWrittenIsRefusedBeforeTheRun(String command) {
    assertThat(run((command + " --report no/such/folder/report.json").split(" "))).isEqualTo(2);
    assertThat(run((command + " --report target").split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains("--report: target cannot be written");
  }
}
