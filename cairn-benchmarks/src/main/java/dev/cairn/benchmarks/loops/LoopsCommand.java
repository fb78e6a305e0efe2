package dev.cairn.benchmarks.loops;

import com.sun.management.OperatingSystemMXBean;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.resumable.Steps;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench loops}: the cost of a resumable loop. */
@Command(
    name = "loops",
    description =
        "Loop over numbers, lines of a file, rows of a CSV file, files of a folder and rows by key. "
            + "Each round runs a loop written by hand and a resumable one.",
    sortOptions = false)
public final class LoopsCommand extends Measurement<LoopsCommand.Report> {
  private static final int PATIENCE_MINUTES = 30;

  @Option(
      names = "--items",
      paramLabel = "N",
      defaultValue = "1000000",
      description =
          "The number of items of each loop, and ten times the number of files (default: "
              + "${DEFAULT-VALUE}).")
  private int items;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only loops with this text in their name (default: all).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String only;

  /** Creates the command, for picocli. */
  public LoopsCommand() {}

  @JobKind("loop")
  record LoopArgs(int number) {}

  /** The cost of one loop. */
  record Cost(double itemsPerSecond, double clientCpuNanosPerItem) {}

  /** Both loops. */
  record Round(Cost byHand, Cost inSteps) {
    double ratio() {
      return inSteps.itemsPerSecond() / byHand.itemsPerSecond();
    }
  }

  /** All rounds of one loop. */
  record Standing(String name, long items, List<Round> rounds) {
    private Spread spread(ToDoubleFunction<Round> figure) {
      return Spread.of(rounds.stream().mapToDouble(figure).boxed().toList());
    }
  }

  /** All loops. */
  record Report(int items, List<Standing> standings) {}

  @Override
  protected Report measure() throws Exception {
    require("--items", items, 1, 100_000_000);
    try (var files = new LoopFiles(items);
        var server = startServer()) {
      Server.Database database = server.migrated();
      try (var pool = CairnClient.pool(database.login())) {
        var loops = new Loops(pool, files, items);
        loops.prepare();
        var standings = new ArrayList<Standing>();
        for (Loop loop : loops.all()) {
          if (!loop.name().contains(only)) {
            continue;
          }
          // In the first round, the JVM still compiles.
          Round ignored = round(loop, loops, database, 1);
          var rounds = new ArrayList<Round>();
          for (int round = 1; round <= rounds(); round++) {
            rounds.add(round(loop, loops, database, round));
          }
          standings.add(new Standing(loop.name(), loop.items(), rounds));
          tell("%s: %s", loop.name(), standings.getLast().spread(Round::ratio).toString(2));
        }
        return new Report(items, standings);
      }
    }
  }

  /** Both loops. Every other round begins with the resumable one. */
  private Round round(Loop loop, Loops loops, Server.Database database, int number)
      throws Exception {
    if (number % 2 == 1) {
      Cost byHand = checked(loop, loops, () -> cost(loop, loop.byHand()));
      return new Round(byHand, checked(loop, loops, () -> inSteps(loop, database)));
    }
    Cost inSteps = checked(loop, loops, () -> inSteps(loop, database));
    return new Round(checked(loop, loops, () -> cost(loop, loop.byHand())), inSteps);
  }

  private static Cost checked(Loop loop, Loops loops, Callable<Cost> measured) throws Exception {
    loops.empty();
    Cost cost = measured.call();
    loop.check();
    return cost;
  }

  /** Measures the loop alone, without the claim and the completion of its job. */
  private Cost inSteps(Loop loop, Server.Database database) throws Exception {
    var cost = new CompletableFuture<Cost>();
    try (var pool = CairnClient.pool(database.login());
        var client =
            Cairn.builder(pool)
                .jobTimeout(Duration.ZERO)
                .workers(
                    Workers.builder()
                        .register(
                            LoopArgs.class,
                            (job, context) -> {
                              try {
                                cost.complete(
                                    cost(loop, () -> loop.inSteps().run(Steps.of(context))));
                              } catch (Exception e) {
                                cost.completeExceptionally(e);
                                throw e;
                              }
                            })
                        .build())
                .queue("default", 1)
                .build()) {
      client.start();
      client.insert(new LoopArgs(1));
      return cost.get(PATIENCE_MINUTES, TimeUnit.MINUTES);
    }
  }

  private static Cost cost(Loop loop, Loop.ByHand way) throws Exception {
    long cpu = cpuNanos();
    long began = System.nanoTime();
    way.run();
    double seconds = (System.nanoTime() - began) / 1e9;
    return new Cost(loop.items() / seconds, (double) (cpuNanos() - cpu) / loop.items());
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  @Override
  protected String handler() {
    return "a loop over all items";
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "%,d items, median of the rounds".formatted(report.items()),
            "items",
            "by hand, a second",
            "resumable, a second",
            "ratio",
            "client CPU, ns an item: by hand",
            "resumable");
    for (Standing standing : report.standings()) {
      table.row(
          standing.name(),
          standing.items(),
          standing.spread(round -> round.byHand().itemsPerSecond()).median(),
          standing.spread(round -> round.inSteps().itemsPerSecond()).median(),
          standing.spread(Round::ratio).toString(2),
          standing.spread(round -> round.byHand().clientCpuNanosPerItem()).median(),
          standing.spread(round -> round.inSteps().clientCpuNanosPerItem()).median());
    }
    return table.toString();
  }
}
