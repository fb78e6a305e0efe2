package dev.cairn.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The entry point of {@code ./cairn bench}. */
@Command(name = "cairn", description = "Measures Cairn.", synopsisSubcommandLabel = "COMMAND")
public final class Main {
  /** Whether only the arguments are checked: the launcher fetches nothing for wrong ones. */
  private static final String CHECK = "cairn.arguments.check";

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
        .addSubcommand(new BenchCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false)
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setExecutionStrategy(Main::run)
        .setExecutionExceptionHandler((failure, command, parsed) -> {
          command.getErr().println("Error: " + describe(failure));
          if (main.verbose) {
            failure.printStackTrace(command.getErr());
          }
          return CommandLine.ExitCode.SOFTWARE;
        });
  }

  private static int run(ParseResult parsed) {
    requireOptionsOfTheCommandThatRuns(parsed);
    if (Boolean.getBoolean(CHECK)) {
      return CommandLine.ExitCode.OK;
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  /** Only the last command runs. Options of the one before it would have no effect. */
  private static void requireOptionsOfTheCommandThatRuns(ParseResult parsed) {
    for (ParseResult each = parsed; each.hasSubcommand(); each = each.subcommand()) {
      if (each.subcommand().isUsageHelpRequested()) {
        return;
      }
      CommandLine next = each.subcommand().commandSpec().commandLine();
      for (OptionSpec option : each.matchedOptions()) {
        if (option.scopeType() != ScopeType.INHERIT) {
          throw new ParameterException(
              next,
              "%s stands before %s, where it has no effect: write options behind the command"
                  .formatted(option.longestName(), next.getCommandName()));
        }
      }
    }
  }

  private static String describe(Exception failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure + " (--verbose shows where)" : message;
  }
}
