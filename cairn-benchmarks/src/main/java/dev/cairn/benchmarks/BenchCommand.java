package dev.cairn.benchmarks;

import dev.cairn.benchmarks.BenchReport.Round;
import dev.cairn.benchmarks.backlog.BacklogCommand;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.dashboard.DashboardCommand;
import dev.cairn.benchmarks.fairness.FairnessCommand;
import dev.cairn.benchmarks.kill.KillCommand;
import dev.cairn.benchmarks.latency.LatencyCommand;
import dev.cairn.benchmarks.loops.LoopsCommand;
import dev.cairn.benchmarks.measure.BurnDown;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Turns;
import dev.cairn.benchmarks.processes.ColdCommand;
import dev.cairn.benchmarks.processes.ProcessesCommand;
import dev.cairn.benchmarks.resumable.ResumableBenchCommand;
import dev.cairn.benchmarks.steady.ContinuousCommand;
import dev.cairn.benchmarks.steady.SnapshotCommand;
import dev.cairn.benchmarks.upkeep.UpkeepCommand;
import dev.cairn.benchmarks.waiting.WaitingCommand;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.Migrator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench}: how fast jobs are worked. */
@Command(
    name = "bench",
    description = {
      "Work jobs that do nothing as fast as possible, and compare with plain SQL on the same "
          + "tables in the same run. Starts its own PostgreSQL with PostgreSQL's default settings.",
    },
    subcommands = {
      ResumableBenchCommand.class,
      LoopsCommand.class,
      PeersCommand.class,
      SnapshotCommand.class,
      InsertCommand.class,
      LatencyCommand.class,
      IdleCommand.class,
      ContinuousCommand.class,
      BacklogCommand.class,
      UpkeepCommand.class,
      DashboardCommand.class,
      WaitingCommand.class,
      KillCommand.class,
      FairnessCommand.class,
      ProcessesCommand.class,
      ColdCommand.class,
      QueuesCommand.class,
      MixedCommand.class,
      ObservedCommand.class
    },
    sortOptions = false)
public final class BenchCommand extends Measurement<BenchReport> {
  private static final int WARM_UP_JOBS = 20_000;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "200000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2000",
      description = "The number of jobs that may run at once (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = "river",
      description = "The indexes of the table: river (all of River's, the default) or lean.")
  private IndexProfile profile = IndexProfile.RIVER;

  /** Creates the command, for picocli. */
  public BenchCommand() {}

  @Override
  protected BenchReport measure() throws Exception {
    require("--jobs", jobs, 1, 10_000_000);
    require("--workers", workers, 1, 10_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      Migrator.of(database.dataSource()).profile(profile);
      BurnDown burnDown = database.burnDown();
      var cairn = new CairnClient(database.login(), database.table(), workers);
      var plainSql = new PlainSql(database.dataSource(), database.table());
      tell("PostgreSQL %s is up, warming up", server.process().serverVersion());
      burnDown.measure(cairn, Math.min(jobs, WARM_UP_JOBS));
      burnDown.measure(plainSql, Math.min(jobs, WARM_UP_JOBS));
      var measured = new ArrayList<Round>();
      for (int number = 1; number <= rounds(); number++) {
        var costs = new HashMap<Contender, Cost>();
        for (Contender contender : Turns.of(number, List.of(cairn, plainSql))) {
          costs.put(contender, burnDown.measure(contender, jobs));
        }
        var round =
            new Round(
                Objects.requireNonNull(costs.get(cairn)),
                Objects.requireNonNull(costs.get(plainSql)));
        measured.add(round);
        tell(
            "round %d of %d: Cairn %,.0f jobs/s, plain SQL %,.0f jobs/s, ratio %.2f",
            number,
            rounds(),
            round.cairn().jobsPerSecond(),
            round.plainSql().jobsPerSecond(),
            round.ratio());
      }
      return BenchReport.of(profile.label(), jobs, workers, measured);
    }
  }

  @Override
  protected String text(BenchReport report) {
    return report.text();
  }
}
