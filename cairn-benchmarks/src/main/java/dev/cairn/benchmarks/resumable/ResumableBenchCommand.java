package dev.cairn.benchmarks.resumable;

import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Turns;
import dev.cairn.benchmarks.resumable.ResumableCost.Figures;
import dev.cairn.benchmarks.resumable.ResumableCost.Scenario;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
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
   * @param ratios the comparisons of scenarios in the same round
   * @param all the figures of all rounds, in the order of their measurement
   */
  record Report(int scale, List<Figures> median, List<Ratio> ratios, List<Figures> all) {}

  /**
   * How long one operation takes, as a multiple of another one's time in the same round.
   *
   * @param rounds the ratio of each round
   */
  record Ratio(String name, String yardstick, Spread spread, List<Double> rounds) {
    static Ratio of(List<Figures> these, List<Figures> yardsticks) {
      List<Double> rounds =
          IntStream.range(0, these.size())
              .mapToObj(round ->
                  yardsticks.get(round).operationsPerSecond()
                      / these.get(round).operationsPerSecond())
              .toList();
      return new Ratio(
          these.getFirst().name(), yardsticks.getFirst().name(), Spread.of(rounds), rounds);
    }
  }

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
      Map<String, List<Figures>> byName = new LinkedHashMap<>();
      wanted(scale).forEach(scenario -> byName.put(scenario.name(), new ArrayList<>()));
      // All scenarios in each round, so that those of one round can be compared.
      for (int round = 1; round <= rounds(); round++) {
        for (Scenario scenario : Turns.of(round, wanted(scale))) {
          Figures figures = cost.measure(scenario);
          all.add(figures);
          byName.computeIfAbsent(scenario.name(), it -> new ArrayList<>()).add(figures);
          tell(
              "round %d of %d: %s: %,.0f a second",
              round, rounds(), scenario.name(), figures.operationsPerSecond());
        }
      }
      return new Report(
          scale,
          byName.values().stream().map(ResumableBenchCommand::median).toList(),
          ratios(byName),
          all);
    }
  }

  private static Figures median(List<Figures> rounds) {
    return rounds.stream()
        .sorted(Comparator.comparingDouble(Figures::operationsPerSecond))
        .toList()
        .get(rounds.size() / 2);
  }

  /** The comparisons of which both scenarios were measured. */
  private static List<Ratio> ratios(Map<String, List<Figures>> byName) {
    var ratios = new ArrayList<Ratio>();
    byName.forEach((name, these) -> {
      String yardstick = ResumableCost.YARDSTICKS.get(name);
      List<Figures> others = yardstick == null ? null : byName.get(yardstick);
      if (others != null) {
        ratios.add(Ratio.of(these, others));
      }
    });
    return ratios;
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
            "median of the rounds",
            "operations",
            "a second",
            "commits each",
            "commits a second",
            "WAL bytes each",
            "client CPU each, µs");
    for (Figures figures : report.median()) {
      table.row(
          figures.name(),
          figures.operations(),
          figures.operationsPerSecond(),
          figures.commitsPerOperation(),
          figures.commitsPerSecond(),
          figures.walBytesPerOperation(),
          figures.clientCpuMicrosPerOperation());
    }
    var ratios = new Table("time of an operation, in the same round", "compared with", "ratio");
    for (Ratio ratio : report.ratios()) {
      ratios.row(ratio.name(), ratio.yardstick(), ratio.spread().toString(2));
    }
    return table.toString() + ratios;
  }
}
