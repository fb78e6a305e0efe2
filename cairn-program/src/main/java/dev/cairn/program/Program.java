package dev.cairn.program;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The command line of a program that {@code ./cairn} starts for one of its commands. */
@Command(name = "cairn", synopsisSubcommandLabel = "COMMAND")
public final class Program {
  /**
   * The system property with which arguments are only checked. So the launcher fetches nothing for
   * wrong ones.
   */
  static final String CHECK = "cairn.arguments.check";

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

  private Program() {}

  /**
   * The command line of a program. An error becomes one line on standard error.
   *
   * @param description what the program does, in a sentence
   * @param command the command that the launcher names; it may have commands of its own
   * @param failed the exit code after an error
   */
  public static CommandLine of(String description, Object command, int failed) {
    var program = new Program();
    CommandLine line =
        new CommandLine(program)
            .addSubcommand(command)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExpandAtFiles(false)
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
            .setExecutionStrategy(Program::run)
            .setExecutionExceptionHandler((failure, failing, parsed) -> {
              failing.getErr().println("Error: " + describe(failure));
              if (program.verbose) {
                failure.printStackTrace(failing.getErr());
              }
              return failed;
            });
    line.getCommandSpec().usageMessage().description(description);
    return line;
  }

  private static int run(ParseResult parsed) {
    requireOptionsOfTheCommandThatRuns(parsed);
    return Boolean.getBoolean(CHECK)
        ? CommandLine.ExitCode.OK
        : new CommandLine.RunLast().execute(parsed);
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
