package dev.cairn.benchmarks;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.ObservedCairn;
import dev.cairn.benchmarks.contenders.ObservedCairn.Observed;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Contexts;
import dev.cairn.benchmarks.measure.Duel;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.PerJob;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.Migrator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench observed}: the cost of meters and traces. */
@Command(
    name = "observed",
    description =
        "Work jobs that do nothing with meters, with traces, and with both. Compares with a client"
            + " that is not observed. Traced jobs carry the context of their insertion, if that was"
            + " sampled. Each attempt has a span, which is recorded, linked to the insertion if the"
            + " job carries its context, and made into what an exporter gets.",
    sortOptions = false)
final class ObservedCommand extends Measurement<ObservedCommand.Report> {
  private static final int SLOTS = 2_000;

  /** The blocks of each comparison in a round: the default of five rounds gives a 95 % interval. */
  private static final int BLOCKS = 2;

  private static final int TURNS = 2 * BLOCKS;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "800000",
      description =
          "The number of jobs of each client in each round, in four turns (default: "
              + "${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--observe",
      paramLabel = "WHAT",
      split = ",",
      defaultValue = "carried,meters,traces,all",
      description =
          "What to compare: carried (jobs carry the context of their insertion, but are not"
              + " observed), meters, traces, all (default: each of them).")
  private List<Observed> observe = List.of();

  @Option(
      names = "--sampled",
      paramLabel = "PERCENT",
      defaultValue = "100",
      description =
          "How many insertions of a hundred were sampled: the jobs of the others carry no context, as"
              + " is usual where attempts are linked. As many attempts are sampled, each by chance"
              + " (default: ${DEFAULT-VALUE}).")
  private int sampled;

  @Option(
      names = "--together",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "How many jobs share the context of one insertion, as those of one insertMany do (default:"
              + " ${DEFAULT-VALUE}).")
  private int together;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = "river",
      description =
          "The indexes of the table: river (all of River's, the default) or lean, which has none of"
              + " metadata.")
  private IndexProfile profile = IndexProfile.RIVER;

  /**
   * The comparisons with a client that is not observed.
   *
   * @param profile the indexes of the table
   * @param sampled how many insertions of a hundred were sampled
   * @param together how many jobs share the context of one insertion
   */
  record Report(
      String profile, int jobs, int sampled, int together, List<Duel.Result> comparisons) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 20, 10_000_000);
    require("--sampled", sampled, 0, 100);
    require("--together", together, 1, 1_000_000);
    var contexts = new Contexts(sampled, together);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      Migrator.of(database.dataSource()).profile(profile);
      var client = new CairnClient(database.login(), database.table(), SLOTS);
      var unobserved = new ObservedCairn(client, Observed.NONE, contexts);
      List<Duel> duels =
          observe.stream()
              .distinct()
              .map(observed ->
                  new Duel(
                      unobserved,
                      new ObservedCairn(client, observed, contexts),
                      database.burnDown(),
                      jobs / TURNS))
              .toList();
      int blocks = rounds() * BLOCKS;
      return new Report(
          profile.label(),
          jobs,
          sampled,
          together,
          Duel.run(
              duels,
              blocks,
              (block, contender, speed) ->
                  tell("block %d of %d: %s %.3f", block, blocks, contender.name(), speed)));
    }
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table("median (95 %)", "speed of one not observed", "client CPU of one not observed");
    for (Duel.Result each : report.comparisons()) {
      table.row(each.name(), each.speed().toString(3), each.clientCpu().toString(3));
    }
    var perJob = new Table("a job", "client CPU, µs", "client heap, bytes", "server CPU, µs");
    for (Duel.Result each : report.comparisons()) {
      perJob(perJob, "Cairn, beside " + each.name(), each.yardstickPerJob());
      perJob(perJob, each.name(), each.perJob());
    }
    return table.toString()
        + perJob
        + "%nindexes of the table: %s; insertions sampled: %d %%; jobs of one context: %d%n"
            .formatted(report.profile(), report.sampled(), report.together());
  }

  private static void perJob(Table table, String name, PerJob costs) {
    table.row(
        name,
        costs.clientCpuMicros(),
        PerJob.text(costs.clientAllocatedBytes()),
        PerJob.text(costs.serverCpuMicros()));
  }
}
