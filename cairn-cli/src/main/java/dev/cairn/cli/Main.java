package dev.cairn.cli;

import dev.cairn.cli.demo.DemoCommand;
import dev.cairn.cli.demo.DemoWorkerCommand;
import dev.cairn.cli.doctor.DoctorCommand;
import dev.cairn.cli.jobs.JobsCommand;
import dev.cairn.cli.man.ManCommand;
import dev.cairn.cli.stats.StatsCommand;
import dev.cairn.cli.work.WorkCommand;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The entry point of {@code ./cairn}. */
@Command(
    name = "cairn",
    description = "Background jobs on PostgreSQL that continue where they stopped.",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      DemoWorkerCommand.class,
      MigrateCommand.class,
      RolesCommand.class,
      InsertCommand.class,
      WorkCommand.class,
      JobsCommand.class,
      DashboardCommand.class,
      QueuesCommand.class,
      ClientsCommand.class,
      PeriodicCommand.class,
      StatsCommand.class,
      DoctorCommand.class,
      CompletionCommand.class,
      ManCommand.class
    },
    footer = {
      "",
      "In the source tree, './cairn test' builds everything and runs all tests,",
      "and './cairn bench' measures the performance.",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such job or queue,",
      "4 doctor found a problem, 5 the database was out of reach for too long."
    })
public final class Main {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.",
      scope = ScopeType.INHERIT)
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean version;

  @Option(
      names = "--verbose",
      description = "Show the stack trace of an error.",
      scope = ScopeType.INHERIT)
  private boolean verbose;

  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.setErr(new PlainStream(System.err));
    System.exit(run(System.out, System.err, args));
  }

  /** Runs one command, and sees to it that all it prints is out when the process ends. */
  static int run(PrintStream out, PrintStream err, String... args) {
    var output = Output.on(out);
    var errors = Output.onErrors(err);
    try {
      int code = commandLine().setOut(output).setErr(errors).execute(args);
      // Only lines that were printed as such flush themselves, and are checked.
      if (code == ExitCodes.DONE) {
        output.requireWhole();
      }
      return code;
    } catch (UncheckedIOException e) {
      errors.line("Error: " + e.getMessage());
      return ExitCodes.FAILED;
    } finally {
      output.flush();
      errors.flush();
    }
  }

  /** All commands. An error becomes one line on standard error and exit code 1. */
  public static CommandLine commandLine() {
    var main = new Main();
    return new CommandLine(main)
        .setCaseInsensitiveEnumValuesAllowed(true)
        // An @ at the beginning of an argument means nothing, except to the command that says so.
        .setExpandAtFiles(false)
        // Colours would be sequences that pass for somebody else's: none gets through.
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setExecutionExceptionHandler((failure, command, parsed) -> {
          Output errors = Output.on(command.getErr());
          // A message may have several lines. None of them looks like one of ours.
          List<String> lines = describe(failure).lines().toList();
          errors.line("Error: " + lines.getFirst());
          lines.stream().skip(1).forEach(line -> errors.line("  " + line));
          if (main.verbose) {
            failure.printStackTrace(errors);
          }
          return failure instanceof NotFoundException ? ExitCodes.NOT_FOUND : ExitCodes.FAILED;
        });
  }

  private static String describe(Exception failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure + " (--verbose shows where)" : message;
  }
}
