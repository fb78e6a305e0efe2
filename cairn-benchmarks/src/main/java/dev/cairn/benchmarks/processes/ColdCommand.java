package dev.cairn.benchmarks.processes;

import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.PerJob;
import dev.cairn.benchmarks.measure.Server;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench cold}: the speed of the first jobs of a process. */
@Command(
    name = "cold",
    description =
        "Compare the first jobs of a process with later ones, under several settings of the JVM."
            + " The jobs do nothing.",
    sortOptions = false)
public final class ColdCommand extends Measurement<ColdCommand.Report> {
  private static final int LATER_PARTS = 3;

  /** The first JDK that creates an AOT cache from one run. */
  private static final int AOT_CACHE_SINCE = 25;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "100000",
      description =
          "The number of jobs that a process works first, and then three times more (default: "
              + "${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2000",
      description = "The number of jobs that may run at once (default: ${DEFAULT-VALUE}).")
  private int slots;

  /** A way to start the process. */
  record Jvm(String name, List<String> options) {}

  /**
   * The figures of one process.
   *
   * @param compilerMicros the processor time of the JVM's compilers while it works the first jobs,
   *     per job
   */
  record Life(Cost first, double compilerMicros, List<Cost> later) {
    double ratio() {
      return first.jobsPerSecond() / laterJobsPerSecond();
    }

    double laterJobsPerSecond() {
      return Spread.of(later.stream().map(Cost::jobsPerSecond).toList()).median();
    }
  }

  /** All processes that were started in one way. */
  record Lives(String jvm, List<String> options, List<Life> rounds) {
    private Spread spread(Function<Life, Double> figure) {
      return Spread.of(rounds.stream().map(figure).toList());
    }

    private static String cpu(List<Cost> costs) {
      return PerJob.of(costs).cpu();
    }
  }

  /** The figures of all ways. */
  record Report(int jobs, int workers, List<Lives> lives) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 5, 10_000_000);
    require("--workers", slots, 1, 10_000);
    Path cache = Files.createTempFile("cairn-bench", ".aot");
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var lives = new ArrayList<Lives>();
      for (Jvm jvm : jvms(database, cache)) {
        lives.add(new Lives(jvm.name(), jvm.options(), new ArrayList<>()));
      }
      for (int round = 1; round <= rounds(); round++) {
        for (Lives of : lives) {
          Life life = life(database, of.options());
          of.rounds().add(life);
          tell(
              "round %d of %d: %s: first %,.0f jobs/s, later %,.0f, ratio %.2f",
              round,
              rounds(),
              of.jvm(),
              life.first().jobsPerSecond(),
              life.laterJobsPerSecond(),
              life.ratio());
        }
      }
      return new Report(jobs, slots, lives);
    } finally {
      Files.deleteIfExists(cache);
    }
  }

  private List<Jvm> jvms(Server.Database database, Path cache) throws Exception {
    var jvms = new ArrayList<Jvm>();
    jvms.add(new Jvm("default", List.of()));
    if (Runtime.version().feature() >= AOT_CACHE_SINCE && train(database, cache)) {
      jvms.add(new Jvm("AOT cache", List.of("-XX:AOTCache=" + cache)));
    } else {
      tell("no AOT cache: that takes JDK %d and a class path of jars", AOT_CACHE_SINCE);
    }
    jvms.add(new Jvm("first compiler only", List.of("-XX:TieredStopAtLevel=1")));
    return jvms;
  }

  /**
   * Runs a process that creates an AOT cache. Returns false if the JVM does not create one, for
   * example because the class path has folders.
   */
  private boolean train(Server.Database database, Path cache) throws Exception {
    tell("training run for the AOT cache");
    try (WorkerProcess process =
        WorkerProcess.start(
            List.of("-XX:AOTCacheOutput=" + cache),
            // The JVM that creates the cache prints its whole class path there.
            Redirect.DISCARD,
            database.login(),
            slots)) {
      process.awaitReady();
      work(database, process);
      process.end();
    }
    return Files.size(cache) > 0;
  }

  private Life life(Server.Database database, List<String> options) throws Exception {
    try (WorkerProcess process =
        WorkerProcess.start(lasting(options), Redirect.INHERIT, database.login(), slots)) {
      process.awaitReady();
      Duration before = process.compilerCpu();
      Cost first = work(database, process);
      double compilerMicros = process.compilerCpu().minus(before).toNanos() / 1e3 / jobs;
      var later = new ArrayList<Cost>();
      for (int part = 0; part < LATER_PARTS; part++) {
        later.add(work(database, process));
      }
      return new Life(first, compilerMicros, List.copyOf(later));
    }
  }

  /** Keeps the threads of the compilers until the end: the time of an ended thread is not known. */
  private static List<String> lasting(List<String> options) {
    return Stream.concat(options.stream(), Stream.of("-XX:-UseDynamicNumberOfCompilerThreads"))
        .toList();
  }

  private Cost work(Server.Database database, WorkerProcess process) throws Exception {
    return database
        .burnDown()
        .measure(new CairnProcesses(database.table(), List.of(process), slots), jobs);
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "JVM",
            "first jobs/s",
            "later jobs/s",
            "ratio",
            "first: client + server CPU, µs a job",
            "compilers",
            "later");
    for (Lives lives : report.lives()) {
      table.row(
          lives.jvm(),
          lives.spread(life -> life.first().jobsPerSecond()),
          lives.spread(Life::laterJobsPerSecond),
          lives.spread(Life::ratio).toString(2),
          Lives.cpu(lives.rounds().stream().map(Life::first).toList()),
          lives.spread(Life::compilerMicros),
          Lives.cpu(lives.rounds().stream().flatMap(life -> life.later().stream()).toList()));
    }
    return table.toString();
  }
}
