package dev.cairn.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.Workers;
import dev.cairn.benchmarks.CairnClient.Noop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench latency}: from a job's insertion to the start of its work. */
@Command(
    name = "latency",
    description =
        "Insert jobs at several rates, and measure from the call of insert until its work begins in "
            + "another client.",
    sortOptions = false)
final class LatencyCommand extends Measurement<LatencyCommand.Report> {
  private static final List<Integer> RATES = List.of(10, 100, 1_000);
  private static final long UNIT_NANOS = 1_000;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long at each rate, ${DEFAULT-VALUE} unless given.")
  private int seconds;

  /** Microseconds at one rate; of the insertions, and from their begin to the start of work. */
  record Latency(int perSecond, int round, Percentiles insert, Percentiles untilWork) {}

  /** All rates in all rounds. */
  record Report(int seconds, List<Latency> latencies) {}

  @Override
  Report measure() throws Exception {
    require("--seconds", seconds, 1, 3_600);
    try (var server = Server.start()) {
      Server.Database database = server.migrated();
      var config = new HikariConfig();
      config.setJdbcUrl(database.url());
      config.setMaximumPoolSize(8);
      try (var pool = new HikariDataSource(config)) {
        Latency warmUp = measure(pool, 200, 0, 5);
        tell("warmed up: %s ms", warmUp.untilWork());
        var latencies = new ArrayList<Latency>();
        for (int round = 1; round <= rounds(); round++) {
          for (int rate : RATES) {
            Latency latency = measure(pool, rate, round, seconds);
            latencies.add(latency);
            tell("round %d of %d: %d a second", round, rounds(), rate);
          }
        }
        return new Report(seconds, latencies);
      }
    }
  }

  private static Latency measure(HikariDataSource pool, int rate, int round, int time)
      throws Exception {
    int jobs = rate * time;
    var began = new AtomicLongArray(jobs);
    var untilWork = new ConcurrentHistogram(Duration.ofMinutes(10).toNanos() / UNIT_NANOS, 3);
    var insert = new Histogram(Duration.ofMinutes(10).toNanos() / UNIT_NANOS, 3);
    var worked = new CountDownLatch(jobs);
    Workers workers =
        Workers.builder()
            .register(
                Noop.class,
                (job, context) -> {
                  long nanos = System.nanoTime() - began.get(job.args().number());
                  untilWork.recordValue(nanos / UNIT_NANOS);
                  worked.countDown();
                })
            .build();
    try (Cairn client = Cairn.builder(pool).workers(workers).queue("default", 100).build()) {
      client.start();
      Cairn inserter = Cairn.builder(pool).build();
      long start = System.nanoTime();
      long interval = TimeUnit.SECONDS.toNanos(1) / rate;
      for (int number = 0; number < jobs; number++) {
        waitUntil(start + number * interval);
        long now = System.nanoTime();
        began.set(number, now);
        inserter.insert(new Noop(number));
        insert.recordValue((System.nanoTime() - now) / UNIT_NANOS);
      }
      if (!worked.await(1, TimeUnit.MINUTES)) {
        throw new TimeoutException("%d jobs were not worked".formatted(worked.getCount()));
      }
    }
    return new Latency(rate, round, Percentiles.of(insert), Percentiles.of(untilWork));
  }

  static void waitUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  String text(Report report) {
    var table =
        new Table("jobs a second", "round", "until work, ms (p50 / p95 / p99 / max)", "insert, ms");
    report
        .latencies()
        .forEach(it -> table.row(it.perSecond(), it.round(), it.untilWork(), it.insert()));
    return table.toString();
  }
}
