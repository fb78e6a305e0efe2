package dev.cairn.benchmarks;

import dev.cairn.program.Program;
import picocli.CommandLine;

/** The entry point of {@code ./cairn bench}. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command. An error becomes one line on standard error and exit code 1. */
  static CommandLine commandLine() {
    return Program.of("Measures Cairn.", new BenchCommand(), CommandLine.ExitCode.SOFTWARE);
  }
}
