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
 * What a command did.
 *
 * @param raw the file that it was told to keep its figures in
 */
public record Launch(int exitCode, String out, String err, Path raw) {
  /** Runs it, as the command line would. */
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

  /** The report of a command that must succeed. */
  public static JsonNode json(String... args) {
    Launch run = of(args);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return JsonMapper.shared().readTree(run.out());
  }

  /** Processes that were started, with this main class, and not ended. */
  public static Stream<ProcessHandle> leftOver(Class<?> main) {
    return ProcessHandle.current()
        .descendants()
        .filter(it -> it.info().commandLine().orElse("").contains(main.getName()));
  }

  /** What it has put into its file. */
  public JsonNode figures() {
    return JsonMapper.shared().readTree(raw.toFile());
  }
}
