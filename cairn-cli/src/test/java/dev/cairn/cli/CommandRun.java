package dev.cairn.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command line did.
 *
 * @param out what it printed on standard output
 * @param err what it printed on standard error
 */
public record CommandRun(int exitCode, String out, String err) {
  /** Runs a command in this process, as the launcher does in its own. */
  public static CommandRun of(String... args) {
    var out = new ByteArrayOutputStream();
    CommandRun run = to(new PrintStream(out, false, StandardCharsets.UTF_8), args);
    return new CommandRun(run.exitCode, out.toString(StandardCharsets.UTF_8), run.err);
  }

  /** The same with a standard output of the test's own. */
  public static CommandRun to(PrintStream out, String... args) {
    var err = new ByteArrayOutputStream();
    int exitCode = Main.run(out, new PrintStream(err, false, StandardCharsets.UTF_8), args);
    return new CommandRun(exitCode, "", err.toString(StandardCharsets.UTF_8));
  }
}
