package dev.cairn.benchmarks;

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

  /** The figures would be those of other conditions, and the user would not know. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bench --rounds 1 insert",
        "bench --jobs=100 peers",
        "bench --json --raw r.json latency",
        "bench --postgres 14 resumable",
        "bench --profile lean --statistics idle kill"
      })
  void optionsBeforeTheCommandThatRunsAreRefused(String line) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains("stands before", "where it has no effect");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void optionsOfAllCommandsStandAnywhere() {
    assertThat(run("bench", "--verbose", "insert", "--rounds", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--rounds must be 1 to 1000");
    assertThat(run("bench", "--help")).isZero();
    assertThat(run("bench", "--help", "insert")).isZero();
  }
}
