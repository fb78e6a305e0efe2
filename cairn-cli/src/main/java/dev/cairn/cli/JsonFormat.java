package dev.cairn.cli;

import java.util.Collection;
import picocli.CommandLine.Option;

/** The option {@code --json} of every command. */
public final class JsonFormat {
  @Option(
      names = "--json",
      description = "Print JSON: an object, or one on each line for several rows.")
  private boolean json;

  /** Set by picocli. */
  public JsonFormat() {}

  /** Whether JSON is wanted. */
  public boolean isWanted() {
    return json;
  }

  /** Prints rows if JSON is wanted, and returns whether it is. */
  public boolean prints(Output out, Collection<?> rows) {
    if (json) {
      rows.forEach(row -> out.text(JsonOutput.line(row)));
    }
    return json;
  }
}
