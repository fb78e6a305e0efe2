package dev.cairn.benchmarks.latency;

import dev.cairn.benchmarks.contenders.DbSchedulerPeer;
import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Pace;
import dev.cairn.benchmarks.measure.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench latency}: from a job's insertion to the start of its work. */
@Command(
    name = "latency",
    description =
        "Insert jobs at several rates. Measures from the call of insert until the work starts in "
            + "another client, and from its end until the outcome is written. Compares with LISTEN "
            + "and plain SQL on the same tables, and with db-scheduler.",
    sortOptions = false)
public final class LatencyCommand extends Measurement<LatencyCommand.Report> {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int WARM_UP_SECONDS_MOST = 10;
  private static final int WARM_UP_RATE = 1_000;

  /**
   * The number of jobs before the measurement, in which each connection prepares its statements.
   */
  private static final int FIRST_JOBS = 200;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long to insert at each rate (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--rates",
      paramLabel = "N",
      split = ",",
      defaultValue = "10,100,1000",
      description = "The numbers of jobs per second (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private List<Integer> rates;

  /**
   * Times at one rate, in microseconds.
   *
   * @param insert the duration of the call of insert
   * @param untilWork the time from the beginning of that call until the work
   * @param untilCompleted the time from the end of the work until the outcome is written; null if
   *     it is unknown
   */
  record Latency(
      int perSecond,
      int round,
      Percentiles insert,
      Percentiles untilWork,
      @Nullable Percentiles untilCompleted) {
    Latency completedAs(Latency other) {
      return new Latency(perSecond, round, insert, untilWork, other.untilCompleted);
    }
  }

  /**
   * The figures of another system at one rate.
   *
   * @param keptUp whether all jobs were worked within a minute after the last one; if not, the
   *     latencies are of those that were
   */
  record Yardstick(String name, boolean keptUp, Latency latency) {}

  /** All rates in all rounds; {@code latencies} are Cairn's. */
  record Report(int seconds, List<Latency> latencies, List<Yardstick> yardsticks) {}

  @Override
  protected Report measure() throws Exception {
    require("--seconds", seconds, 1, 3_600);
    for (int rate : rates) {
      require("--rates", rate, 1, 100_000);
    }
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var cairn = new LatencyOfCairn(database.login(), false);
      // The time until work must not include the cost of a listener.
      var watched = new LatencyOfCairn(database.login(), true);
      List<LatencySide> others =
          List.of(
              new LatencyByHand(database.dataSource()),
              new LatencyOfDbScheduler(DbSchedulerPeer.in(server.empty())));
      for (LatencySide side : List.of(cairn, others.get(0), others.get(1))) {
        Yardstick warmUp =
            measure(database, side, WARM_UP_RATE, 0, Math.min(seconds, WARM_UP_SECONDS_MOST));
        tell("%s, warmed up: %s ms", side.name(), warmUp.latency().untilWork());
      }
      var latencies = new ArrayList<Latency>();
      var yardsticks = new ArrayList<Yardstick>();
      for (int round = 1; round <= rounds(); round++) {
        for (int rate : rates) {
          latencies.add(
              kept(measure(database, cairn, rate, round, seconds))
                  .completedAs(kept(measure(database, watched, rate, round, seconds))));
          for (LatencySide side : others) {
            yardsticks.add(measure(database, side, rate, round, seconds));
          }
          tell("round %d of %d: %d a second", round, rounds(), rate);
        }
      }
      return new Report(seconds, latencies, yardsticks);
    }
  }

  private static Latency kept(Yardstick cairn) throws TimeoutException {
    if (!cairn.keptUp()) {
      throw new TimeoutException("not all jobs were worked within a minute after the last one");
    }
    return cairn.latency();
  }

  private static Yardstick measure(
      Server.Database database, LatencySide side, int rate, int round, int time) throws Exception {
    database.table().empty();
    int jobs = rate * time;
    var probe = new LatencyProbe(FIRST_JOBS, jobs);
    boolean keptUp;
    try (LatencySide.Session session = side.open(probe)) {
      insert(session, probe, 0, FIRST_JOBS, WARM_UP_RATE);
      insert(session, probe, FIRST_JOBS, jobs, rate);
      keptUp = probe.await(PATIENCE, side.tellsCompleted());
    }
    return new Yardstick(
        side.name(),
        keptUp,
        new Latency(
            rate,
            round,
            probe.insert(),
            probe.untilWork(),
            side.tellsCompleted() ? probe.untilCompleted() : null));
  }

  private static void insert(
      LatencySide.Session session, LatencyProbe probe, int first, int jobs, int rate)
      throws Exception {
    long start = System.nanoTime();
    long interval = TimeUnit.SECONDS.toNanos(1) / rate;
    for (int job = 0; job < jobs; job++) {
      Pace.waitUntil(start + job * interval);
      probe.begins(first + job);
      session.insert(first + job);
      probe.inserted(first + job);
    }
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "ms (p50 / p95 / p99 / max)", "round", "until work", "work until completed", "insert");
    report.latencies().forEach(it -> row(table, "Cairn", it));
    for (Yardstick yardstick : report.yardsticks()) {
      row(
          table,
          yardstick.name() + (yardstick.keptUp() ? "" : " (has not kept up)"),
          yardstick.latency());
    }
    return table.toString();
  }

  private static void row(Table table, String name, Latency latency) {
    table.row(
        "%s, %,d a second".formatted(name, latency.perSecond()),
        latency.round(),
        latency.untilWork(),
        Objects.requireNonNullElse(latency.untilCompleted(), "unknown"),
        latency.insert());
  }
}
