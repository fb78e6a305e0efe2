package dev.cairn.benchmarks.steady;

import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.measure.DatabaseCounters;
import dev.cairn.benchmarks.measure.DatabaseCounters.Reading;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.steady.Producer.Waiting;
import dev.cairn.benchmarks.steady.SteadySide.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Lets jobs be inserted and worked at the same time for a while, and measures the cost. */
final class SteadyLoad {
  private final DataSource dataSource;
  private final RiverTable table;
  private final DatabaseCounters counters;

  SteadyLoad(Server.Database database) {
    this.dataSource = database.dataSource();
    this.table = database.table();
    this.counters = new DatabaseCounters(dataSource, database.name());
  }

  /**
   * The plan of a load.
   *
   * @param rate the jobs per second; 0 for as many as are worked
   * @param waiting the number of jobs at the beginning, and the maximum if there is no rate
   * @param snapshot whether a transaction keeps dead rows from being removed all the time
   */
  record Plan(Duration length, int rate, int waiting, boolean snapshot) {
    Plan withSnapshot() {
      return new Plan(length, rate, waiting, true);
    }
  }

  /**
   * The figures of a load.
   *
   * @param jobs the number of jobs worked within the time
   * @param tenths the jobs per second of each tenth of the time, in order
   * @param lastOverFirst the rate of the last tenth divided by that of the first; 0 if no job was
   *     worked in the first
   * @param commitsPerJob the commits of all sessions per job, including the producer's
   * @param walBytesPerJob the bytes of WAL of all sessions per job, including the producer's
   * @param serverCpuMicros the processor time of the whole server per job, in microseconds,
   *     including that of the insertions; null if it is unknown
   * @param untilWork the times from when jobs should have been inserted; null without a rate
   */
  record Stretch(
      String name,
      boolean snapshot,
      int round,
      long jobs,
      double jobsPerSecond,
      List<Long> tenths,
      double lastOverFirst,
      double commitsPerJob,
      double walBytesPerJob,
      @Nullable Double serverCpuMicros,
      Waiting waiting,
      @Nullable Percentiles untilWork) {}

  Stretch measure(SteadySide side, Plan plan, int round) throws Exception {
    prepare(side, plan);
    Reading before = counters.read();
    Outcome outcome = run(side, plan);
    Meter meter = outcome.meter();
    Reading after = counters.read();
    check(side, meter);
    List<Long> tenths = meter.tenths();
    return new Stretch(
        side.name(),
        plan.snapshot(),
        round,
        meter.inTime(),
        meter.inTime() / (plan.length().toNanos() / 1e9),
        tenths,
        tenths.getFirst() == 0 ? 0 : (double) tenths.getLast() / tenths.getFirst(),
        (double) (after.commits() - before.commits()) / meter.all(),
        (double) (after.walBytes() - before.walBytes()) / meter.all(),
        serverCpuMicros(before, after, meter.all()),
        outcome.waiting(),
        plan.rate() == 0 ? null : meter.latencies());
  }

  private static @Nullable Double serverCpuMicros(Reading before, Reading after, long jobs) {
    Duration began = before.serverCpu();
    Duration ended = after.serverCpu();
    return began == null || ended == null ? null : ended.minus(began).toNanos() / 1e3 / jobs;
  }

  private void prepare(SteadySide side, Plan plan) throws Exception {
    table.empty();
    try (Session session = side.open()) {
      for (int filled = 0; filled < plan.waiting(); filled += Producer.BATCH) {
        session.insert(new long[Math.min(Producer.BATCH, plan.waiting() - filled)]);
      }
    }
    table.settle();
  }

  private record Outcome(Meter meter, Waiting waiting) {}

  private Outcome run(SteadySide side, Plan plan) throws Exception {
    try (Connection holder = dataSource.getConnection();
        Session session = side.open()) {
      if (plan.snapshot()) {
        SnapshotCommand.hold(holder);
      }
      var meter = new Meter(plan.length());
      session.work(meter);
      meter.begin();
      var producer = new Producer(session, meter, plan.waiting());
      return new Outcome(
          meter,
          plan.rate() == 0 ? producer.fillUp(plan.waiting()) : producer.keepRate(plan.rate()));
    }
  }

  private void check(SteadySide side, Meter meter) throws SQLException {
    long finished = table.finished();
    if (meter.inTime() == 0 || finished != meter.all()) {
      throw new IllegalStateException(
          "%s: %d jobs were worked but %d completed in one attempt: the figures would be worthless"
              .formatted(side.name(), meter.all(), finished));
    }
  }
}
