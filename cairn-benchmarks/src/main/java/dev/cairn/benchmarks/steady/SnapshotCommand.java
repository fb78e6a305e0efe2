package dev.cairn.benchmarks.steady;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.OtherContender;
import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.PerJob;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Turns;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench snapshot}: jobs while a long query keeps dead rows from being removed. */
@Command(
    name = "snapshot",
    description =
        "Work jobs that do nothing while a transaction holds a snapshot open (REPEATABLE READ), so "
            + "that vacuum can remove no dead rows. Compares with plain SQL, and both without it.",
    sortOptions = false)
public final class SnapshotCommand extends Measurement<SnapshotCommand.Report> {
  private static final int SLOTS = 2_000;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "500000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  /** One round of one contender. */
  record Run(String name, boolean snapshot, Cost cost) {}

  /** All rounds, in order. */
  record Report(int jobs, List<Run> runs) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 5, 10_000_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      List<Contender> contenders =
          List.of(
              new CairnClient(database.login(), database.table(), SLOTS),
              new PlainSql(database.dataSource(), database.table()));
      for (Contender contender : contenders) {
        database.burnDown().measure(contender, Math.max(jobs / 10, 5));
      }
      var runs = new ArrayList<Run>();
      for (int round = 1; round <= rounds(); round++) {
        for (Contender contender : Turns.of(round, contenders)) {
          for (boolean held : Turns.of(round, List.of(false, true))) {
            Cost cost =
                held
                    ? withSnapshot(database, contender)
                    : database.burnDown().measure(contender, jobs);
            runs.add(new Run(contender.name(), held, cost));
          }
          tell("round %d of %d: %s", round, rounds(), contender.name());
        }
      }
      return new Report(jobs, runs);
    }
  }

  private Cost withSnapshot(Server.Database database, Contender contender) throws Exception {
    return database
        .burnDown()
        .measure(
            new OtherContender(contender) {
              @Override
              public void work(int number, Progress progress) throws Exception {
                try (Connection holder = database.dataSource().getConnection()) {
                  hold(holder);
                  super.work(number, progress);
                }
              }
            },
            jobs);
  }

  /** Keeps dead rows from being removed until the connection is closed. */
  static void hold(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    try (var statement = connection.createStatement()) {
      statement.execute("SELECT 1 FROM pg_class LIMIT 1");
    }
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table("", "jobs per second", "each fifth of the jobs", "dead rows", "CPU µs each");
    for (String name : List.of("Cairn", "plain SQL")) {
      for (boolean snapshot : List.of(false, true)) {
        List<Cost> costs =
            report.runs().stream()
                .filter(run -> run.name().equals(name) && run.snapshot() == snapshot)
                .map(Run::cost)
                .toList();
        table.row(
            name + (snapshot ? ", snapshot held" : ""),
            Spread.of(costs.stream().map(Cost::jobsPerSecond).toList()),
            costs.getLast().fifths().stream()
                .map("%,d"::formatted)
                .collect(Collectors.joining(" ")),
            PerJob.of(costs).deadRows(),
            PerJob.of(costs).cpu());
      }
    }
    return table.toString();
  }
}
