package dev.cairn.benchmarks;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.DbSchedulerPeer;
import dev.cairn.benchmarks.contenders.DbSchedulerPeer.Polling;
import dev.cairn.benchmarks.contenders.DbosPeer;
import dev.cairn.benchmarks.contenders.JobRunrPeer;
import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.contenders.QuartzPeer;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Contest;
import dev.cairn.benchmarks.measure.Contest.Entry;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Standing;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench peers}: other libraries for PostgreSQL, in the same run. */
@Command(
    name = "peers",
    description =
        "Work jobs that do nothing as fast as possible: Cairn, plain SQL, db-scheduler, JobRunr, "
            + "Quartz and DBOS, each at its best documented setting, taking turns on one server.",
    sortOptions = false)
final class PeersCommand extends Measurement<PeersCommand.Report> {
  private static final int CAIRN_SLOTS = 2_000;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "100000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--slow-jobs",
      paramLabel = "N",
      defaultValue = "20000",
      description =
          "The number of jobs for the slow libraries, and for Cairn next to them (default: "
              + "${DEFAULT-VALUE}): enough that they work for 20 seconds or longer.")
  private int slowJobs;

  /**
   * The standings of all libraries. The first of each list is Cairn, the yardstick, with the same
   * number of jobs as the others of the list.
   */
  record Report(int jobs, int slowJobs, List<Standing> standings, List<Standing> slowStandings) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 5, 10_000_000);
    require("--slow-jobs", slowJobs, 5, 10_000_000);
    try (var server = startServer()) {
      Server.Database river = server.migrated();
      Server.Database dbScheduler = server.empty();
      Server.Database jobRunr = server.empty();
      Server.Database quartz = server.empty();
      Server.Database dbos = server.empty();
      DbSchedulerPeer dbSchedulerPeer = DbSchedulerPeer.in(dbScheduler);
      var cairn = new CairnClient(river.login(), river.table(), CAIRN_SLOTS);
      List<Entry> fast =
          List.of(
              entry(cairn, river, jobs),
              entry(new PlainSql(river.dataSource(), river.table()), river, jobs),
              entry(dbSchedulerPeer, dbScheduler, jobs),
              entry(dbSchedulerPeer.with(Polling.DOCUMENTED), dbScheduler, jobs),
              entry(new JobRunrPeer(jobRunr), jobRunr, jobs));
      List<Entry> slow =
          List.of(
              entry(cairn, river, slowJobs),
              entry(new QuartzPeer(quartz), quartz, slowJobs),
              entry(new DbosPeer(dbos), dbos, slowJobs));
      List<Standing> all =
          new Contest(Stream.concat(fast.stream(), slow.stream()).toList())
              .run(rounds(), this::tell);
      return new Report(
          jobs,
          slowJobs,
          List.copyOf(all.subList(0, fast.size())),
          List.copyOf(all.subList(fast.size(), all.size())));
    }
  }

  private static Entry entry(Contender contender, Server.Database database, int jobs) {
    return new Entry(contender, database.burnDown(), jobs);
  }

  @Override
  protected String text(Report report) {
    return Standing.table(report.standings(), report.standings().getFirst()).toString()
        + Standing.table(report.slowStandings(), report.slowStandings().getFirst());
  }
}
