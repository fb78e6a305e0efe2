package dev.cairn.benchmarks;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.DbSchedulerPeer;
import dev.cairn.benchmarks.contenders.MixedCairn;
import dev.cairn.benchmarks.contenders.Stumbles;
import dev.cairn.benchmarks.measure.BurnDown;
import dev.cairn.benchmarks.measure.Contest;
import dev.cairn.benchmarks.measure.Contest.Entry;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Standing;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench mixed}: jobs of which some attempts fail or snooze. */
@Command(
    name = "mixed",
    description = {
      "Work jobs that do nothing. One attempt in ten fails or snoozes (half each) and is retried at"
          + " once. Compares with jobs that all succeed. db-scheduler has no snooze, so all of"
          + " these attempts fail there. JobRunr is left out, because it polls for retries.",
    },
    sortOptions = false)
final class MixedCommand extends Measurement<MixedCommand.Report> {
  private static final int SLOTS = 2_000;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "100000",
      description = "The number of jobs in each round (default: ${DEFAULT-VALUE}).")
  private int jobs;

  /**
   * The figures, in jobs per second, not in attempts.
   *
   * @param cairn the attempts of Cairn's last mixed round
   * @param dbScheduler the attempts of db-scheduler's last mixed round
   */
  record Report(
      int jobs, Stumbles.Counts cairn, Stumbles.Counts dbScheduler, List<Standing> standings) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 20, 10_000_000);
    try (var server = startServer()) {
      Server.Database river = server.migrated();
      Server.Database other = server.empty();
      var plain = new CairnClient(river.login(), river.table(), SLOTS);
      var mixed = new MixedCairn(plain);
      DbSchedulerPeer otherPlain = DbSchedulerPeer.in(other);
      DbSchedulerPeer otherMixed = otherPlain.mixed();
      BurnDown burnDown = river.burnDown();
      BurnDown otherBurnDown = other.burnDown();
      List<Standing> standings =
          new Contest(
                  List.of(
                      new Entry(plain, burnDown, jobs),
                      new Entry(mixed, burnDown, jobs),
                      new Entry(otherPlain, otherBurnDown, jobs),
                      new Entry(otherMixed, otherBurnDown, jobs)))
              .run(rounds(), this::tell);
      return new Report(jobs, mixed.counts(), otherMixed.counts(), standings);
    }
  }

  @Override
  protected String handler() {
    return "nothing, but one attempt in ten fails or snoozes where the row says mixed";
  }

  @Override
  protected String text(Report report) {
    return """
    %s
    %,d jobs each; Cairn needed %,d attempts (%,d failed, %,d snoozed), db-scheduler %,d (%,d failed)
    """
        .formatted(
            Standing.table(report.standings(), report.standings().getFirst()),
            report.jobs(),
            report.cairn().attempts(),
            report.cairn().failures(),
            report.cairn().snoozes(),
            report.dbScheduler().attempts(),
            report.dbScheduler().failures() + report.dbScheduler().snoozes());
  }
}
