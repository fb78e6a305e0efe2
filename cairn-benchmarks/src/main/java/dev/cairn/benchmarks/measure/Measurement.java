package dev.cairn.benchmarks.measure;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.Conditions.ServerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A command that measures something, reports it as a table or with {@code --json}, and saves all
 * raw figures in a file.
 *
 * @param <R> the report, with all raw figures
 */
public abstract class Measurement<R> implements Callable<Integer> {
  private static final DateTimeFormatter IN_NAMES =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneId.systemDefault());

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "The number of rounds (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--json",
      description =
          "Print one JSON object with all raw figures on standard output. Progress goes to "
              + "standard error.")
  private boolean json;

  @Option(
      names = "--raw",
      paramLabel = "FILE",
      description = "The file for that JSON object (default: bench-results/COMMAND-TIME.json).")
  private @Nullable Path raw;

  @Option(
      names = "--postgres",
      paramLabel = "N",
      description =
          "The version of PostgreSQL, 14 to 18 (default: the newest; without a COMMAND, --json and "
              + "--raw then also the oldest).")
  private @Nullable Integer postgres;

  @Option(
      names = "--statistics",
      paramLabel = "NAME",
      defaultValue = "full",
      description =
          "The planner's statistics of the table of jobs: fresh (none), empty, idle (all jobs are "
              + "completed) or full (those of the real table, the default).")
  private Statistics statistics = Statistics.FULL;

  private @Nullable ServerSettings server;

  /** The output of {@code --json}: the fields of the report, and the conditions. */
  record Reported<R>(@JsonUnwrapped R report, Conditions conditions) {}

  /** Measures all rounds. */
  protected abstract R measure() throws Exception;

  /** The report as a table for people. */
  protected abstract String text(R report);

  /** The work of a job, for the report. By default, nothing. */
  protected String handler() {
    return "nothing";
  }

  @Override
  public final Integer call() throws Exception {
    require("--rounds", rounds, 1, 1_000);
    Instant began = Instant.now();
    Path file = rawFile(began);
    R report = measure();
    Conditions conditions = Conditions.of(began, server, statistics, handler());
    String figures = JsonFigures.of(new Reported<>(report, conditions));
    Files.writeString(file, figures);
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? figures : "%s%n%s%n".formatted(text(report), conditions));
    out.flush();
    tell("raw figures: %s", file);
    return 0;
  }

  /** Creates the folder before anything is measured, so that a wrong folder fails at once. */
  private Path rawFile(Instant began) throws IOException {
    Path file =
        raw == null
            ? Path.of("bench-results", spec.name() + "-" + IN_NAMES.format(began) + ".json")
            : raw;
    Files.createDirectories(file.toAbsolutePath().getParent());
    return file;
  }

  /** Starts the server to measure; the report has its settings. */
  protected final Server startServer() throws SQLException {
    Server started = Server.start(statistics);
    String version = started.process().serverVersion();
    if (postgres != null && !version.startsWith(postgres + ".")) {
      started.close();
      throw new ParameterException(
          spec.commandLine(),
          "--postgres %d works only with ./cairn bench, which brings that version; this is %s"
              .formatted(postgres, version));
    }
    server = started.settings();
    return started;
  }

  /** The number of rounds. */
  protected final int rounds() {
    return rounds;
  }

  /** Prints a line about the progress, in the format of {@link String#format}. */
  @SuppressWarnings("AnnotateFormatMethod") // not worth a dependency
  protected final void tell(String line, Object... values) {
    PrintWriter writer = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    writer.println(line.formatted(values));
    writer.flush();
  }

  /** Prints a line about one measurement of a contest. */
  protected final void tell(int round, Contender contender, Cost cost) {
    tell("round %d of %d: %s %,.0f jobs/s", round, rounds, contender.name(), cost.jobsPerSecond());
  }

  /** Refuses a value of an option that is out of bounds. */
  protected final void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(), "%s must be %d to %d".formatted(option, least, most));
    }
  }
}
