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
      defaultValue = "50000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--slow-jobs",
      paramLabel = "N",
      defaultValue = "2000",
      description = "The number of jobs for the slow libraries (default: ${DEFAULT-VALUE}).")
  private int slowJobs;

  /** The standings of all libraries; the slow ones are the last two. */
  record Report(int jobs, int slowJobs, List<Standing> standings) {}

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
      List<Entry> entries =
          List.of(
              entry(new CairnClient(river.login(), river.table(), CAIRN_SLOTS), river),
              entry(new PlainSql(river.dataSource(), river.table()), river),
              entry(dbSchedulerPeer, dbScheduler),
              entry(dbSchedulerPeer.with(Polling.DOCUMENTED), dbScheduler),
              entry(new JobRunrPeer(jobRunr), jobRunr),
              new Entry(new QuartzPeer(quartz), quartz.burnDown(), Math.min(jobs, slowJobs)),
              new Entry(new DbosPeer(dbos), dbos.burnDown(), Math.min(jobs, slowJobs)));
      return new Report(jobs, slowJobs, new Contest(entries).run(rounds(), this::tell));
    }
  }

  private Entry entry(Contender contender, Server.Database database) {
    return new Entry(contender, database.burnDown(), jobs);
  }

  @Override
  protected String text(Report report) {
    return Standing.table(report.standings(), report.standings().getFirst()).toString();
  }
}
