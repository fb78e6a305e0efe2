package dev.cairn.benchmarks.resumable;

import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.resumable.ResumableCost.Figures;
import dev.cairn.benchmarks.resumable.ResumableCost.Scenario;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench resumable}: the cost of each kind of checkpoint. */
@Command(
    name = "resumable",
    description = {
      "Measure steps and cursors, and compare with a plain job and one UPDATE per advance in the "
          + "same run. Starts its own PostgreSQL with PostgreSQL's default settings.",
    },
    sortOptions = false)
public final class ResumableBenchCommand extends Measurement<ResumableBenchCommand.Report> {
  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "50",
      description = "A factor for the number of all operations (default: ${DEFAULT-VALUE}).")
  private int scale;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only measurements with this text in their name (default: all).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String only;

  /** Creates the command, for picocli. */
  public ResumableBenchCommand() {}

  /**
   * All figures.
   *
   * @param median the median round by operations a second, one for each scenario
   * @param all the figures of all rounds
   */
  record Report(int scale, List<Figures> median, List<Figures> all) {}

  @Override
  protected Report measure() throws Exception {
    require("--scale", scale, 1, 1_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var cost = new ResumableCost(database.login(), database.dataSource(), database.name());
      tell("PostgreSQL %s is up, warming up", server.process().serverVersion());
      for (Scenario scenario : wanted(Math.max(scale / 10, 1))) {
        Figures ignored = cost.measure(scenario);
      }
      var all = new ArrayList<Figures>();
      var median = new ArrayList<Figures>();
      for (Scenario scenario : wanted(scale)) {
        var measured = new ArrayList<Figures>();
        for (int round = 0; round < rounds(); round++) {
          measured.add(cost.measure(scenario));
        }
        all.addAll(measured);
        measured.sort(Comparator.comparingDouble(Figures::operationsPerSecond));
        Figures middle = measured.get(measured.size() / 2);
        median.add(middle);
        tell(
            "%s: %,.0f a second (%,.0f to %,.0f)",
            scenario.name(),
            middle.operationsPerSecond(),
            measured.getFirst().operationsPerSecond(),
            measured.getLast().operationsPerSecond());
      }
      return new Report(scale, median, all);
    }
  }

  private List<Scenario> wanted(int size) {
    return ResumableCost.scenarios(size).stream()
        .filter(scenario -> scenario.name().contains(only))
        .toList();
  }

  @Override
  protected String handler() {
    return "what its row says";
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "median of the rounds", "operations", "a second", "commits each", "WAL bytes each");
    for (Figures figures : report.median()) {
      table.row(
          figures.name(),
          figures.operations(),
          figures.operationsPerSecond(),
          figures.commitsPerOperation(),
          figures.walBytesPerOperation());
    }
    return table.toString();
  }
}
