package dev.cairn.chaos;

import picocli.CommandLine;

/** The entry point of {@code ./cairn chaos}: the command line with one more command. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return dev.cairn.cli.Main.commandLine().addSubcommand(new ChaosCommand());
  }
}
