package dev.cairn.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The result of a command.
 *
 * @param raw the file for its raw figures
 */
public record Launch(int exitCode, String out, String err, Path raw) {
  /** Runs a command, as the command line does. */
  public static Launch of(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    Path raw = Path.of("target", "bench-results", UUID.randomUUID() + ".json");
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(
                Stream.concat(Stream.of(args), Stream.of("--raw", raw.toString()))
                    .toArray(String[]::new));
    return new Launch(exitCode, out.toString(), err.toString(), raw);
  }

  /** Runs a command that must succeed, and returns its report. */
  public static JsonNode json(String... args) {
    Launch run = of(args);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return JsonMapper.shared().readTree(run.out());
  }

  /** Running child processes with this main class. */
  public static Stream<ProcessHandle> leftOver(Class<?> main) {
    return ProcessHandle.current()
        .descendants()
        .filter(it -> it.info().commandLine().orElse("").contains(main.getName()));
  }

  /** The content of the file with the raw figures. */
  public JsonNode figures() {
    return JsonMapper.shared().readTree(raw.toFile());
  }
}
