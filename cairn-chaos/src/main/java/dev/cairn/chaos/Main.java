package dev.cairn.chaos;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The entry point of {@code ./cairn chaos}. */
@Command(name = "cairn", description = "Attacks on Cairn.", synopsisSubcommandLabel = "COMMAND")
public final class Main {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.",
      scope = ScopeType.INHERIT)
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @Option(
      names = "--verbose",
      description = "Show the stack trace of an error.",
      scope = ScopeType.INHERIT)
  private boolean verbose;

  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command. An error becomes one line on standard error and exit code 1. */
  static CommandLine commandLine() {
    var main = new Main();
    return new CommandLine(main)
        .addSubcommand(new ChaosCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false)
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setExecutionExceptionHandler((failure, command, parsed) -> {
          command.getErr().println("Error: " + describe(failure));
          if (main.verbose) {
            failure.printStackTrace(command.getErr());
          }
          return CommandLine.ExitCode.SOFTWARE;
        });
  }

  private static String describe(Exception failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure + " (--verbose shows where)" : message;
  }
}
