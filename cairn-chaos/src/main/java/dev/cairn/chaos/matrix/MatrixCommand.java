package dev.cairn.chaos.matrix;

import dev.cairn.chaos.campaign.FleetOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn chaos matrix}: every statement combined with every misbehaviour. */
@Command(
    name = "matrix",
    description =
        "Run a client once for each statement that it sends and each way in which the database can "
            + "misbehave there, and then check its jobs. Starts its own PostgreSQL.",
    sortOptions = false)
public final class MatrixCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--statement",
      paramLabel = "TEXT",
      description = "Only the statement of this name. A star at the end matches any rest.")
  private @Nullable String statement;

  @Option(
      names = "--misbehaviour",
      paramLabel = "NAME",
      description = "Only this misbehaviour, such as hang or lost-answer.")
  private @Nullable String misbehaviour;

  @Option(names = "--phase", paramLabel = "NAME", description = "Only start, life or stop.")
  private @Nullable String phase;

  @Option(names = "--extent", paramLabel = "NAME", description = "Only once or awhile.")
  private @Nullable String extent;

  @Option(
      names = "--call",
      paramLabel = "N",
      description = "Disturb the Nth such call instead of the one that the matrix selects.")
  private @Nullable Integer call;

  @Option(
      names = "--sample",
      paramLabel = "N",
      description = "Only this number of runs, selected by the seed.")
  private @Nullable Integer sample;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The seed that selects the runs of a sample (default: random, and printed).")
  private @Nullable Long seed;

  @Option(
      names = "--times",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many times to do each run (default: ${DEFAULT-VALUE}).")
  private int times;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "6",
      description = "The number of runs at a time, which mostly wait (default: ${DEFAULT-VALUE}).")
  private int parallel;

  @Option(names = "--report", paramLabel = "FILE", description = "A file for the report.")
  private @Nullable Path report;

  @Option(names = "--logs", description = "Show the clients' logs. Use it with one run at a time.")
  private boolean logs;

  @Option(names = "--list", description = "Print the runs without running them.")
  private boolean list;

  /** Creates the command, for picocli. */
  public MatrixCommand() {}

  @Override
  public Integer call() throws Exception {
    try {
      FleetOptions.requireWritable(report);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
    // This must be set before the first logger is created.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", logs ? "info" : "off");
    PrintWriter out = spec.commandLine().getOut();
    Matrix matrix = Matrix.discover();
    List<Cell> wanted =
        repeated(sampled(matrix.pick(this::wants).stream().map(this::atCall).toList(), out));
    if (wanted.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "No run matches: --list alone prints all runs");
    }
    out.printf("%d of %d runs%n", wanted.size(), matrix.cells().size());
    out.flush();
    if (list) {
      wanted.forEach(out::println);
      out.flush();
      return 0;
    }
    var done = new int[1];
    var result =
        new MatrixReport(
            matrix.run(
                wanted,
                parallel,
                each -> {
                  out.printf("%d of %d: ", ++done[0], wanted.size());
                  out.print(
                      each.failed() ? "FAILED " + each.text() : each.cell() + "%n".formatted());
                  out.flush();
                }));
    out.println(result.text());
    out.flush();
    if (report != null) {
      Files.writeString(report, result.text());
    }
    return result.exitCode();
  }

  private List<Cell> sampled(List<Cell> cells, PrintWriter out) {
    if (sample == null) {
      return cells;
    }
    long picks = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
    out.printf("seed %d%n", picks);
    return Matrix.sample(cells, picks, sample);
  }

  private List<Cell> repeated(List<Cell> cells) {
    return cells.stream().flatMap(cell -> Collections.nCopies(times, cell).stream()).toList();
  }

  /** The command of a run without {@code --call} means its first call. */
  private Cell atCall(Cell cell) {
    boolean isOneRun = statement != null && misbehaviour != null && phase != null && extent != null;
    if (call == null && !isOneRun) {
      return cell;
    }
    int number = call == null ? 1 : call;
    return new Cell(cell.phase(), cell.statement(), cell.fault(), cell.extent(), number);
  }

  private boolean wants(Cell cell) {
    return (statement == null || matches(cell.statement(), statement))
        && (misbehaviour == null || cell.fault().label().equals(misbehaviour))
        && (phase == null || cell.phase().label().equals(phase))
        && (extent == null || cell.extent().label().equals(extent));
  }

  private static boolean matches(String name, String pattern) {
    return pattern.endsWith("*")
        ? name.startsWith(pattern.substring(0, pattern.length() - 1))
        : name.equals(pattern);
  }
}
