package dev.cairn.benchmarks;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.measure.BurnDown;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Contest;
import dev.cairn.benchmarks.measure.Contest.Entry;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Standing;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench queues}: the same jobs, spread over more queues. */
@Command(
    name = "queues",
    description =
        "Work jobs that do nothing, spread over 1, 5 and 20 queues of one client that share its "
            + "slots. Compares with plain SQL, which empties one queue after the other.",
    sortOptions = false)
final class QueuesCommand extends Measurement<QueuesCommand.Report> {
  private static final int SLOTS = 2_000;
  private static final List<Integer> NUMBERS = List.of(1, 5, 20);

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "200000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  /** All standings, with the same number of jobs; the first is plain SQL with one queue. */
  record Report(int jobs, List<Standing> standings) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 20, 10_000_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      BurnDown burnDown = database.burnDown();
      List<Standing> standings =
          new Contest(
                  NUMBERS.stream()
                      .map(number ->
                          number == 1 ? database.table() : database.table().withQueues(number))
                      .flatMap(table -> contenders(database, table))
                      .map(contender -> new Entry(contender, burnDown, jobs))
                      .toList())
              .run(rounds(), this::tell);
      return new Report(jobs, standings);
    }
  }

  private static Stream<Contender> contenders(Server.Database database, RiverTable table) {
    return Stream.of(
        new PlainSql(database.dataSource(), table),
        new CairnClient(database.login(), table, SLOTS));
  }

  @Override
  protected String text(Report report) {
    return Standing.table(report.standings(), report.standings().getFirst()).toString();
  }
}
