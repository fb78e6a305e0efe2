package dev.cairn.benchmarks.processes;

import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.measure.BurnDown;
import dev.cairn.benchmarks.measure.Contest;
import dev.cairn.benchmarks.measure.Contest.Entry;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench processes}: how several worker processes share the work. */
@Command(
    name = "processes",
    description =
        "Work jobs that do nothing with 1, 2, 3 and 4 worker processes, and compare with plain SQL "
            + "over two connections in the same run.",
    sortOptions = false)
public final class ProcessesCommand extends Measurement<ProcessesCommand.Report> {
  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "200000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--most",
      paramLabel = "N",
      defaultValue = "4",
      description = "The maximum number of processes (default: ${DEFAULT-VALUE}).")
  private int most;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2000",
      description = "The number of jobs at once in each process (default: ${DEFAULT-VALUE}).")
  private int slots;

  /** All standings, with the same number of jobs. */
  record Report(int jobs, int workers, List<Standing> standings) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 5, 10_000_000);
    require("--most", most, 1, 8);
    require("--workers", slots, 1, 10_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var processes = new ArrayList<WorkerProcess>();
      try {
        for (int number = 0; number < most; number++) {
          processes.add(WorkerProcess.start(database.login(), slots));
        }
        for (WorkerProcess process : processes) {
          process.awaitReady();
        }
        return measure(database, processes);
      } finally {
        processes.forEach(WorkerProcess::close);
      }
    }
  }

  private Report measure(Server.Database database, List<WorkerProcess> processes) throws Exception {
    BurnDown burnDown = database.burnDown();
    List<CairnProcesses> crowds =
        IntStream.rangeClosed(1, most)
            .mapToObj(
                number -> new CairnProcesses(database.table(), processes.subList(0, number), slots))
            .toList();
    // Each process has its own compiler, which has to warm up.
    burnDown.measure(crowds.getLast(), Math.max(jobs / 10 * most, 5));
    var plainSql = new PlainSql(database.dataSource(), database.table());
    List<Standing> standings =
        new Contest(
                Stream.concat(Stream.of(plainSql), crowds.stream())
                    .map(contender -> new Entry(contender, burnDown, jobs))
                    .toList())
            .run(rounds(), this::tell);
    return new Report(jobs, slots, standings);
  }

  @Override
  protected String text(Report report) {
    return Standing.table(report.standings(), report.standings().getFirst()).toString();
  }
}
