package dev.cairn.benchmarks;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.ObservedCairn;
import dev.cairn.benchmarks.contenders.ObservedCairn.Observed;
import dev.cairn.benchmarks.measure.Contest;
import dev.cairn.benchmarks.measure.Contest.Entry;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Standing;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench observed}: what meters and traces cost. */
@Command(
    name = "observed",
    description =
        "Work jobs that do nothing with meters, with traces, and with both. Compares with a client "
            + "that is not observed. Every span is recorded, and exported to nowhere.",
    sortOptions = false)
final class ObservedCommand extends Measurement<ObservedCommand.Report> {
  private static final int SLOTS = 2_000;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "200000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--observe",
      paramLabel = "WHAT",
      split = ",",
      defaultValue = "meters,traces,all",
      description = "What to compare: meters, traces, all (default: each of them).")
  private List<Observed> observe = List.of();

  /** All of them, over the same number of jobs; the first is not observed. */
  record Report(int jobs, List<Standing> standings) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 20, 10_000_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var client = new CairnClient(database.login(), database.table(), SLOTS);
      List<Entry> entries =
          Stream.concat(Stream.of(Observed.NONE), observe.stream())
              .distinct()
              .map(observed ->
                  new Entry(new ObservedCairn(client, observed), database.burnDown(), jobs))
              .toList();
      return new Report(jobs, new Contest(entries).run(rounds(), this::tell));
    }
  }

  @Override
  protected String text(Report report) {
    return Standing.table(report.standings(), report.standings().getFirst()).toString();
  }
}
