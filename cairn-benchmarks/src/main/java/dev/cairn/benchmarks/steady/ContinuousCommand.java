package dev.cairn.benchmarks.steady;

import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.PerJob;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Turns;
import dev.cairn.benchmarks.steady.SteadyLoad.Plan;
import dev.cairn.benchmarks.steady.SteadyLoad.Stretch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench continuous}: jobs are inserted and worked at the same time. */
@Command(
    name = "continuous",
    description =
        "Insert jobs and work them at the same time, with Cairn and with plain SQL on the same "
            + "tables, at full speed or at a given rate.",
    sortOptions = false)
public final class ContinuousCommand extends Measurement<ContinuousCommand.Report> {
  private static final int SLOTS = 2_000;
  private static final int WARM_UP_SECONDS_MOST = 3;
  private static final int WARM_UP_WAITING = 10_000;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "60",
      description = "How long each side works (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "0",
      description = "The number of jobs inserted each second (default: as many as are worked).")
  private int rate;

  @Option(
      names = "--waiting",
      paramLabel = "N",
      defaultValue = "50000",
      description =
          "The number of jobs that always wait if there is no rate (default: ${DEFAULT-VALUE}).")
  private int waiting;

  @Option(
      names = "--snapshot",
      description =
          "Run everything again while a transaction holds a snapshot open (REPEATABLE READ), so "
              + "that vacuum can remove no dead rows.")
  private boolean snapshot;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only the side with this text in its name (default: both).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String only;

  /**
   * The cost of an open snapshot in one round.
   *
   * @param overall the rate with the snapshot, divided by the rate without it
   * @param lastTenth the same for the last tenth of the time
   * @param medianTenth the median tenth of the time with the snapshot, divided by the one without.
   *     Unlike {@code overall}, a slow start of either hardly changes it
   * @param leastTenth the slowest tenth with the snapshot, divided by the median tenth without it
   */
  record Disturbance(
      String name,
      int round,
      double overall,
      double lastTenth,
      double medianTenth,
      double leastTenth) {
    static Disturbance of(Stretch undisturbed, Stretch disturbed) {
      return new Disturbance(
          disturbed.name(),
          disturbed.round(),
          disturbed.jobsPerSecond() / undisturbed.jobsPerSecond(),
          ratio(disturbed.tenths().getLast(), undisturbed.tenths().getLast()),
          Spread.of(doubles(disturbed.tenths())).median()
              / Spread.of(doubles(undisturbed.tenths())).median(),
          Spread.of(doubles(disturbed.tenths())).least()
              / Spread.of(doubles(undisturbed.tenths())).median());
    }

    private static double ratio(long disturbed, long undisturbed) {
      return (double) disturbed / Math.max(undisturbed, 1);
    }

    private static List<Double> doubles(List<Long> figures) {
      return figures.stream().map(Long::doubleValue).toList();
    }
  }

  /** All rounds. {@code disturbances} is empty without {@code --snapshot}. */
  record Report(int seconds, int rate, List<Stretch> stretches, List<Disturbance> disturbances) {}

  @Override
  protected Report measure() throws Exception {
    require("--seconds", seconds, 1, 86_400);
    require("--rate", rate, 0, 1_000_000);
    require("--waiting", waiting, Producer.BATCH, 10_000_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var load = new SteadyLoad(database);
      List<SteadySide> sides =
          Stream.<SteadySide>of(
                  new SteadyCairn(database.login(), SLOTS), new SteadySql(database.dataSource()))
              .filter(side -> side.name().contains(only))
              .toList();
      var plan = new Plan(Duration.ofSeconds(seconds), rate, rate == 0 ? waiting : 0, false);
      var warmUp =
          new Plan(
              Duration.ofSeconds(Math.clamp(seconds / 10, 1, WARM_UP_SECONDS_MOST)),
              0,
              Math.min(waiting, WARM_UP_WAITING),
              false);
      List<Plan> plans = snapshot ? List.of(plan, plan.withSnapshot()) : List.of(plan);
      for (SteadySide side : sides) {
        load.measure(side, warmUp, 0);
      }
      var stretches = new ArrayList<Stretch>();
      var disturbances = new ArrayList<Disturbance>();
      for (int round = 1; round <= rounds(); round++) {
        for (SteadySide side : Turns.of(round, sides)) {
          var measured = new ArrayList<Stretch>();
          for (Plan each : Turns.of(round, plans)) {
            measured.add(told(load.measure(side, each, round)));
          }
          stretches.addAll(measured);
          if (snapshot) {
            List<Stretch> calmFirst = Turns.of(round, measured);
            disturbances.add(Disturbance.of(calmFirst.getFirst(), calmFirst.getLast()));
          }
        }
      }
      return new Report(seconds, rate, stretches, disturbances);
    }
  }

  private Stretch told(Stretch stretch) {
    tell(
        "round %d of %d: %s%s %,.0f jobs/s",
        stretch.round(),
        rounds(),
        stretch.name(),
        stretch.snapshot() ? ", snapshot held," : "",
        stretch.jobsPerSecond());
    return stretch;
  }

  @Override
  protected String text(Report report) {
    var costs =
        new Table(
            "",
            "jobs per second",
            "commits",
            "WAL bytes",
            "server CPU µs",
            "last/first tenth",
            "waiting, at the end, not inserted");
    var tenths = new Table("", "jobs per second in each tenth of the time");
    var latencies = new Table("", "until work, ms (p50 / p95 / p99 / max)");
    for (Stretch stretch : report.stretches()) {
      String name =
          "%s%s, round %d"
              .formatted(
                  stretch.name(), stretch.snapshot() ? ", snapshot held" : "", stretch.round());
      costs.row(
          name,
          stretch.jobsPerSecond(),
          stretch.commitsPerJob(),
          stretch.walBytesPerJob(),
          PerJob.text(stretch.serverCpuMicros()),
          stretch.lastOverFirst(),
          stretch.waiting());
      tenths.row(
          name, stretch.tenths().stream().map("%,d"::formatted).collect(Collectors.joining(" ")));
      Optional.ofNullable(stretch.untilWork()).ifPresent(it -> latencies.row(name, it));
    }
    var disturbances =
        new Table(
            "with a snapshot over without",
            "overall",
            "median tenth",
            "last tenth",
            "least tenth/median");
    report
        .disturbances()
        .forEach(it ->
            disturbances.row(
                "%s, round %d".formatted(it.name(), it.round()),
                it.overall(),
                it.medianTenth(),
                it.lastTenth(),
                it.leastTenth()));
    return costs
        + tenths.toString()
        + (report.rate() == 0 ? "" : latencies)
        + (report.disturbances().isEmpty() ? "" : disturbances);
  }
}
