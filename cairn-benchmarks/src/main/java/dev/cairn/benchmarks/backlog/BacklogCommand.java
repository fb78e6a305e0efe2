package dev.cairn.benchmarks.backlog;

import dev.cairn.benchmarks.backlog.UpkeepProbe.Times;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Turns;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench backlog}: jobs in a table with many other rows. */
@Command(
    name = "backlog",
    description =
        "Work jobs that do nothing in a table with many other rows, half scheduled for next year,"
            + " half completed an hour ago. Compares with plain SQL, and with both without such"
            + " rows. Also measures the leader's upkeep, and what the gauges of the queues cost.",
    sortOptions = false)
public final class BacklogCommand extends Measurement<BacklogCommand.Report> {
  private static final int SLOTS = 2_000;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "10000000",
      description = "The number of other rows (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "200000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  /** One round of one contender. */
  record Run(String name, int others, int round, Cost cost) {}

  /** The upkeep of the leader in one round. */
  record UpkeepRun(int others, int round, Times seconds) {}

  /** What the gauges of the queues cost in one round. */
  record GaugesRun(int others, int round, GaugesProbe.Cost cost) {}

  /** All rounds. */
  record Report(
      int rows, int jobs, List<Run> runs, List<UpkeepRun> upkeep, List<GaugesRun> gauges) {}

  /** A database with or without other rows. */
  private record Place(Server.Database database, CrowdedTable table) {
    static Place of(Server server, int others) throws Exception {
      Server.Database database = server.migrated();
      var table = new CrowdedTable(database.dataSource(), others);
      table.crowd();
      return new Place(database, table);
    }

    List<Contender> contenders() {
      return List.of(
          table.beside(new CairnClient(database.login(), database.table(), SLOTS)),
          table.beside(new PlainSql(database.dataSource(), database.table())));
    }

    Times upkeep() throws Exception {
      try (var pool = CairnClient.pool(database.login())) {
        return new UpkeepProbe(pool, table).measure();
      }
    }
  }

  @Override
  protected Report measure() throws Exception {
    require("--rows", rows, 2, 100_000_000);
    require("--jobs", jobs, 5, 10_000_000);
    try (var server = startServer()) {
      Place empty = Place.of(server, 0);
      tell("inserting %,d rows", rows);
      Place crowded = Place.of(server, rows);
      for (Contender contender : empty.contenders()) {
        empty.database().burnDown().measure(contender, Math.max(jobs / 10, 5));
      }
      var runs = new ArrayList<Run>();
      var upkeep = new ArrayList<UpkeepRun>();
      var gauges = new ArrayList<GaugesRun>();
      for (int round = 1; round <= rounds(); round++) {
        for (Place place : Turns.of(round, List.of(empty, crowded))) {
          for (Contender contender : Turns.of(round, place.contenders())) {
            Cost cost = place.database().burnDown().measure(contender, jobs);
            runs.add(new Run(contender.name(), place.table().others(), round, cost));
          }
          int others = place.table().others();
          upkeep.add(new UpkeepRun(others, round, place.upkeep()));
          gauges.add(new GaugesRun(others, round, new GaugesProbe(place.database()).measure()));
          place.table().check();
        }
        tell("round %d of %d", round, rounds());
      }
      return new Report(rows, jobs, runs, upkeep, gauges);
    }
  }

  @Override
  protected String text(Report report) {
    var table = new Table("", "jobs per second", "commits", "WAL bytes", "with rows / without");
    for (String name : List.of("Cairn", "plain SQL")) {
      double without = rate(report, name, 0).median();
      for (int others : List.of(0, report.rows())) {
        List<Cost> costs = costs(report, name, others);
        table.row(
            "%s, %,d rows beside".formatted(name, others),
            rate(report, name, others),
            Spread.of(costs.stream().map(Cost::commitsPerJob).toList()).median(),
            Spread.of(costs.stream().map(Cost::walBytesPerJob).toList()).median(),
            rate(report, name, others).median() / without);
      }
    }
    var upkeep = new Table("upkeep, seconds", "due jobs worked", "old jobs deleted");
    for (UpkeepRun run : report.upkeep()) {
      upkeep.row(
          "%,d rows beside, round %d".formatted(run.others(), run.round()),
          run.seconds().worked(),
          run.seconds().cleaned());
    }
    var gauges =
        new Table("backlog() for the gauges", "milliseconds", "pages of the table", "jobs counted");
    for (GaugesRun run : report.gauges()) {
      gauges.row(
          "%,d rows beside, round %d".formatted(run.others(), run.round()),
          run.cost().millis(),
          run.cost().pages(),
          run.cost().counted());
    }
    return table.toString() + upkeep + gauges;
  }

  private static Spread rate(Report report, String name, int others) {
    return Spread.of(costs(report, name, others).stream().map(Cost::jobsPerSecond).toList());
  }

  private static List<Cost> costs(Report report, String name, int others) {
    return report.runs().stream()
        .filter(run -> run.name().equals(name) && run.others() == others)
        .map(Run::cost)
        .toList();
  }
}
