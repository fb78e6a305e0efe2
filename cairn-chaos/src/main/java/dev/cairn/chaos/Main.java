package dev.cairn.chaos;

import dev.cairn.program.Program;
import picocli.CommandLine;

/** The entry point of {@code ./cairn chaos}. */
public final class Main {
  /** Not that of a broken promise: nothing is known of the promises. */
  private static final int COULD_NOT_RUN = 4;

  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command. An error becomes one line on standard error and exit code 4. */
  static CommandLine commandLine() {
    return Program.of("Attacks on Cairn.", new ChaosCommand(), COULD_NOT_RUN);
  }
}
