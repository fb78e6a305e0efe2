package dev.cairn.benchmarks;

import dev.cairn.benchmarks.BurnDown.Cost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench peers}: others that run on PostgreSQL, in the same run. */
@Command(
    name = "peers",
    description =
        "Work jobs that do nothing as fast as possible: Cairn, plain SQL, db-scheduler and JobRunr, "
            + "each at its best documented setting, one after the other on one server.",
    sortOptions = false)
final class PeersCommand extends Measurement<PeersCommand.Report> {
  private static final int CAIRN_SLOTS = 2_000;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "50000",
      description = "How many jobs in each round, ${DEFAULT-VALUE} unless given.")
  private int jobs;

  /**
   * One of them.
   *
   * @param jobsPerSecond of the rounds
   * @param perJob what else a job costs
   * @param rounds as measured
   */
  record Standing(
      String name,
      String setting,
      Spread jobsPerSecond,
      double commitsPerJob,
      double walBytesPerJob,
      PerJob perJob,
      List<Cost> rounds) {
    static Standing of(Contender contender, List<Cost> rounds) {
      return new Standing(
          contender.name(),
          contender.setting(),
          Spread.of(rounds.stream().map(Cost::jobsPerSecond).toList()),
          Spread.of(rounds.stream().map(Cost::commitsPerJob).toList()).median(),
          Spread.of(rounds.stream().map(Cost::walBytesPerJob).toList()).median(),
          PerJob.of(rounds),
          List.copyOf(rounds));
    }
  }

  /** All of them, over the same number of jobs. */
  record Report(int jobs, List<Standing> standings) {}

  @Override
  Report measure() throws Exception {
    require("--jobs", jobs, 5, 10_000_000);
    try (var server = startServer()) {
      Server.Database river = server.migrated();
      Server.Database dbScheduler = server.empty();
      Server.Database jobRunr = server.empty();
      Map<Contender, BurnDown> contenders = new LinkedHashMap<>();
      contenders.put(new CairnClient(river.url(), river.table(), CAIRN_SLOTS), river.burnDown());
      contenders.put(new PlainSql(river.dataSource(), river.table()), river.burnDown());
      contenders.put(new DbSchedulerPeer(dbScheduler), dbScheduler.burnDown());
      contenders.put(new JobRunrPeer(jobRunr), jobRunr.burnDown());
      Map<Contender, List<Cost>> measured = new LinkedHashMap<>();
      for (int round = 0; round <= rounds(); round++) {
        for (var entry : contenders.entrySet()) {
          boolean warmUp = round == 0;
          Cost cost =
              entry.getValue().measure(entry.getKey(), warmUp ? Math.max(jobs / 10, 5) : jobs);
          if (!warmUp) {
            measured.computeIfAbsent(entry.getKey(), it -> new ArrayList<>()).add(cost);
            tell(
                "round %d of %d: %s %,.0f jobs/s",
                round, rounds(), entry.getKey().name(), cost.jobsPerSecond());
          }
        }
      }
      return new Report(
          jobs,
          measured.entrySet().stream()
              .map(entry -> Standing.of(entry.getKey(), entry.getValue()))
              .toList());
    }
  }

  @Override
  String text(Report report) {
    double cairn = report.standings().getFirst().jobsPerSecond().median();
    var table =
        new Table(
            "each job",
            "a second",
            "Cairn is",
            "commits",
            "WAL bytes",
            "dead rows",
            "CPU µs (client + server)",
            "setting");
    for (Standing standing : report.standings()) {
      table.row(
          standing.name(),
          standing.jobsPerSecond(),
          "%.2f x".formatted(cairn / standing.jobsPerSecond().median()),
          standing.commitsPerJob(),
          standing.walBytesPerJob(),
          standing.perJob().deadRows(),
          standing.perJob().cpu(),
          standing.setting());
    }
    return table.toString();
  }
}
