package dev.cairn.benchmarks.upkeep;

import dev.cairn.Cairn;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import javax.sql.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code ./cairn bench upkeep}: statements that change very many jobs, with insertions meanwhile.
 */
@Command(
    name = "upkeep",
    description =
        "Run each kind of upkeep on very many jobs, statement by statement as the leader, a client "
            + "or an operator does, while another client inserts 50 jobs a second.",
    sortOptions = false)
public final class UpkeepCommand extends Measurement<UpkeepCommand.Report> {
  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "The number of jobs that need upkeep (default: ${DEFAULT-VALUE}).")
  private int jobs;

  /**
   * The figures of one kind of upkeep in one round.
   *
   * @param longestMillis the time of the longest statement, and so the longest lock on a row
   * @param insertMicros the times of the insertions meanwhile
   */
  record Run(
      String name,
      int round,
      int statements,
      double seconds,
      double longestMillis,
      Percentiles insertMicros) {
    @Override
    public String toString() {
      return "%s: %,d statements, %.1f s, the longest %,.0f ms; insertions %s ms"
          .formatted(name, statements, seconds, longestMillis, insertMicros);
    }
  }

  /** All rounds. */
  record Report(int jobs, List<Run> runs) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 1, 10_000_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var runs = new ArrayList<Run>();
      for (int round = 1; round <= rounds(); round++) {
        for (int i = 0; i < new Duties(database.dataSource(), jobs).all().size(); i++) {
          runs.add(run(i, round, database));
          tell("round %d of %d: %s", round, rounds(), runs.getLast());
        }
      }
      return new Report(jobs, runs);
    }
  }

  /** Uses new connections, so that no statement has a plan for the rows of another duty. */
  private Run run(int number, int round, Server.Database database) throws Exception {
    try (var pool = CairnClient.pool(database.login());
        var inserters = CairnClient.pool(database.login(), 1)) {
      Duty duty = new Duties(pool, jobs).all().get(number);
      duty.prepare(database.table());
      Run run = run(duty, round, inserters);
      duty.check(database.table());
      return run;
    }
  }

  private static Run run(Duty duty, int round, DataSource inserters) throws Exception {
    Cairn client = Cairn.builder(inserters).build();
    try (var insertions = new Insertions(client)) {
      long began = System.nanoTime();
      long longest = 0;
      int statements = 0;
      boolean isMore = true;
      while (isMore) {
        long sent = System.nanoTime();
        isMore = duty.turn().run();
        longest = Math.max(longest, System.nanoTime() - sent);
        statements++;
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      return new Run(duty.name(), round, statements, seconds, longest / 1e6, insertions.end());
    }
  }

  @Override
  protected String handler() {
    return "none is worked";
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "%,d jobs".formatted(report.jobs()),
            "statements",
            "seconds",
            "longest statement, ms",
            "insertions beside, ms: p99",
            "the longest");
    report.runs().stream()
        .map(Run::name)
        .distinct()
        .forEach(name ->
            table.row(
                name,
                spread(report, name, Run::statements).toString(),
                spread(report, name, Run::seconds).toString(1),
                spread(report, name, Run::longestMillis).toString(),
                spread(report, name, run -> run.insertMicros().p99() / 1e3).toString(1),
                spread(report, name, run -> run.insertMicros().max() / 1e3).toString()));
    return table.toString();
  }

  private static Spread spread(Report report, String name, ToDoubleFunction<Run> figure) {
    return Spread.of(
        report.runs().stream()
            .filter(run -> run.name().equals(name))
            .map(figure::applyAsDouble)
            .toList());
  }
}
