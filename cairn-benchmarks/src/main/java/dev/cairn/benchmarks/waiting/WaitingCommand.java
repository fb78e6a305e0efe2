package dev.cairn.benchmarks.waiting;

import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.waiting.WaitingProcess.Figures;
import dev.cairn.benchmarks.waiting.WaitingProcess.Kind;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench waiting}: many jobs that run at once and wait. */
@Command(
    name = "waiting",
    description =
        "Run many waiting jobs at once in a JVM with a small heap: plain jobs, and resumable jobs "
            + "with a cursor. Compares with as many bare virtual threads in an equal JVM.",
    sortOptions = false)
public final class WaitingCommand extends Measurement<WaitingCommand.Report> {
  /** The maximum number of slots of a queue. */
  private static final int JOBS_MAX = 10_000;

  private static final double MEGABYTE = 1 << 20;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "10000",
      description = "The number of jobs at once (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--heap",
      paramLabel = "MEGABYTES",
      defaultValue = "256",
      description = "The heap of the JVM in which they run (default: ${DEFAULT-VALUE}).")
  private int heap;

  /** The figures of one JVM. */
  record Run(String name, int round, Figures figures) {}

  /** The figures of all JVMs. */
  record Report(int jobs, int heapMegabytes, List<Run> runs) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 1, JOBS_MAX);
    require("--heap", heap, 16, 1_000_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var runs = new ArrayList<Run>();
      for (int round = 1; round <= rounds(); round++) {
        for (Kind kind : Kind.values()) {
          runs.add(new Run(kind.text(), round, run(kind, database)));
        }
        tell("round %d of %d", round, rounds());
      }
      return new Report(jobs, heap, runs);
    }
  }

  private Figures run(Kind kind, Server.Database database) throws Exception {
    database.table().fill(jobs);
    database.table().settle();
    Figures figures = new WaitingJvm(heap).run(kind, jobs, database.login());
    int finished = kind == Kind.THREADS ? jobs : database.table().finished();
    if (figures.atOnce() != jobs || finished != jobs) {
      throw new IllegalStateException(
          "%s: of %d only %d ran at once and %d were completed in one attempt"
              .formatted(kind.text(), jobs, figures.atOnce(), finished));
    }
    return figures;
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "%,d at once, -Xmx%dm".formatted(report.jobs(), report.heapMegabytes()),
            "s to start all",
            "MB of heap while they wait",
            "at its peak",
            "KB each",
            "MB of the process at its peak");
    for (Run run : report.runs()) {
      Figures figures = run.figures();
      table.row(
          "%s, round %d".formatted(run.name(), run.round()),
          figures.startNanos() / 1e9,
          figures.heldBytes() / MEGABYTE,
          figures.peakBytes() / MEGABYTE,
          figures.heldBytes() / 1_024.0 / report.jobs(),
          figures.residentBytes() == 0 ? "unknown" : figures.residentBytes() / MEGABYTE);
    }
    return table.toString();
  }
}
