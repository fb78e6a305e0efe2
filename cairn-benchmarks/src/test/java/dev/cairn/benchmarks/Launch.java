package dev.cairn.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a command did. */
public record Launch(int exitCode, String out, String err) {
  /** Runs it, as the command line would. */
  public static Launch of(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new Launch(exitCode, out.toString(), err.toString());
  }

  /** The report of a command that must succeed. */
  public static JsonNode json(String... args) {
    Launch run = of(args);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return JsonMapper.shared().readTree(run.out());
  }
}
