package dev.cairn.benchmarks.latency;

import dev.cairn.benchmarks.contenders.DbSchedulerPeer;
import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Pace;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Statistics;
import dev.cairn.benchmarks.measure.Turns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench latency}: from a job's insertion to the start of its work. */
@Command(
    name = "latency",
    description =
        "Insert jobs at several rates. Measures from when a job was due to be inserted until the work "
            + "starts in another client, and from its end until the outcome is written. Compares with LISTEN "
            + "and plain SQL on the same tables, and with db-scheduler.",
    sortOptions = false)
public final class LatencyCommand extends Measurement<LatencyCommand.Report> {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int WARM_UP_SECONDS_MOST = 10;
  private static final int WARM_UP_RATE = 1_000;

  /** The least share of a rate at which times count as those of the rate. */
  private static final double RATE_LEAST = 0.99;

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
   * @param achievedPerSecond the jobs that were inserted each second; below 0.99 of {@code
   *     perSecond} the times are of another rate, and are not printed
   * @param insert the duration of the call of insert
   * @param untilWork the time from when the job should have been inserted until the work
   * @param untilCompleted the time from the end of the work until the outcome is written; null if
   *     it is unknown
   */
  record Latency(
      int perSecond,
      int round,
      double achievedPerSecond,
      Percentiles insert,
      Percentiles untilWork,
      @Nullable Percentiles untilCompleted) {
    Latency completedAs(Latency other) {
      return new Latency(
          perSecond, round, achievedPerSecond, insert, untilWork, other.untilCompleted);
    }

    /** Whether the jobs were inserted at the rate that was asked for. */
    boolean isAtRate() {
      return achievedPerSecond >= RATE_LEAST * perSecond;
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
          for (LatencySide side : Turns.of(round, List.of(cairn, others.get(0), others.get(1)))) {
            Yardstick measured = measure(database, side, rate, round, seconds);
            if (side.equals(cairn)) {
              latencies.add(
                  kept(measured)
                      .completedAs(kept(measure(database, watched, rate, round, seconds))));
            } else {
              yardsticks.add(measured);
            }
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
    double achieved;
    try (LatencySide.Session session = side.open(probe)) {
      double ignored = insert(session, probe, 0, FIRST_JOBS, WARM_UP_RATE);
      if (database.statistics() == Statistics.FULL) {
        // Plans are made for a table with a few finished jobs, not for a truncated one.
        database.table().settle();
      }
      achieved = insert(session, probe, FIRST_JOBS, jobs, rate);
      keptUp = probe.await(PATIENCE, side.tellsCompleted());
    }
    return new Yardstick(
        side.name(),
        keptUp,
        new Latency(
            rate,
            round,
            achieved,
            probe.insert(),
            probe.untilWork(),
            side.tellsCompleted() ? probe.untilCompleted() : null));
  }

  /**
   * Inserts jobs at a rate. A late job counts from when it was due, so a slow insertion shows in
   * the times of those after it.
   *
   * @return the jobs that were inserted each second; at most the rate
   */
  static double insert(
      LatencySide.Session session, LatencyProbe probe, int first, int jobs, int rate)
      throws Exception {
    long start = System.nanoTime();
    long interval = TimeUnit.SECONDS.toNanos(1) / rate;
    for (int job = 0; job < jobs; job++) {
      long due = start + job * interval;
      Pace.waitUntil(due);
      probe.begins(first + job, due);
      long called = System.nanoTime();
      session.insert(first + job);
      probe.inserted(first + job, System.nanoTime() - called);
    }
    return Math.min(rate, jobs / ((System.nanoTime() - start) / 1e9));
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "ms (p50 / p95 / p99 / max)",
            "round",
            "rate",
            "until work",
            "work until completed",
            "insert");
    report.latencies().forEach(it -> row(table, "Cairn", it));
    for (Yardstick yardstick : report.yardsticks()) {
      row(
          table,
          yardstick.name() + (yardstick.keptUp() ? "" : " (has not kept up)"),
          yardstick.latency());
    }
    return table + medians(report).toString();
  }

  /** The medians of the rounds, next to LISTEN and plain SQL in the same round. */
  private static Table medians(Report report) {
    var table =
        new Table(
            "until work, ms, medians of the rounds",
            "Cairn p50",
            "p99",
            LatencyByHand.NAME + " p50",
            "p99",
            "p50 ratio in the same round");
    List<Integer> rates = report.latencies().stream().map(Latency::perSecond).distinct().toList();
    for (int rate : rates) {
      List<Pair> pairs = pairs(report, rate);
      if (pairs.isEmpty()) {
        table.row("%,d a second: not reached".formatted(rate), "-", "-", "-", "-", "-");
      } else {
        table.row(
            "%,d a second, %d rounds".formatted(rate, pairs.size()),
            median(pairs, pair -> pair.cairn().p50() / 1e3),
            median(pairs, pair -> pair.cairn().p99() / 1e3),
            median(pairs, pair -> pair.byHand().p50() / 1e3),
            median(pairs, pair -> pair.byHand().p99() / 1e3),
            Spread.of(pairs.stream().map(Pair::ratio).toList()).toString(2));
      }
    }
    return table;
  }

  private static double median(List<Pair> pairs, Function<Pair, Double> figure) {
    return Spread.of(pairs.stream().map(figure).toList()).median();
  }

  /** The times until work of both in one round. */
  private record Pair(Percentiles cairn, Percentiles byHand) {
    double ratio() {
      return (double) cairn.p50() / byHand.p50();
    }
  }

  /** The rounds in which both reached the rate. */
  private static List<Pair> pairs(Report report, int rate) {
    return report.latencies().stream()
        .filter(cairn -> cairn.perSecond() == rate && cairn.isAtRate())
        .flatMap(cairn ->
            report.yardsticks().stream()
                .filter(Yardstick::keptUp)
                .filter(it -> it.name().equals(LatencyByHand.NAME))
                .map(Yardstick::latency)
                .filter(Latency::isAtRate)
                .filter(it -> it.perSecond() == rate && it.round() == cairn.round())
                .map(it -> new Pair(cairn.untilWork(), it.untilWork())))
        .toList();
  }

  private static void row(Table table, String name, Latency latency) {
    table.row(
        "%s, %,d a second".formatted(name, latency.perSecond()),
        latency.round(),
        latency.achievedPerSecond(),
        latency.isAtRate() ? latency.untilWork() : "rate not reached",
        latency.isAtRate() ? Objects.requireNonNullElse(latency.untilCompleted(), "unknown") : "-",
        latency.isAtRate() ? latency.insert() : "-");
  }
}
