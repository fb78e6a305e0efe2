package dev.cairn.benchmarks.steady;

import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.measure.DatabaseCounters;
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

/** Has jobs inserted and worked at the same time for a while, and measures what that took. */
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
   * How to load it.
   *
   * @param rate jobs per second; 0 for as many as are worked
   * @param waiting how many jobs there are at the begin, and at most if there is no rate
   * @param snapshot whether a transaction keeps every dead row alive all the time
   */
  record Plan(Duration length, int rate, int waiting, boolean snapshot) {
    Plan withSnapshot() {
      return new Plan(length, rate, waiting, true);
    }
  }

  /**
   * What came of it.
   *
   * @param jobs worked in the time
   * @param tenths jobs per second, one tenth of the time after the other
   * @param lastOverFirst of the tenths; 0 if nothing was worked in the first
   * @param commitsPerJob of all sessions, the producer's too
   * @param walBytesPerJob likewise
   * @param untilWork from when a job should have been inserted; null unless there was a rate
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
      Waiting waiting,
      @Nullable Percentiles untilWork) {}

  Stretch measure(SteadySide side, Plan plan, int round) throws Exception {
    prepare(side, plan);
    DatabaseCounters.Reading before = counters.read();
    Outcome outcome = run(side, plan);
    Meter meter = outcome.meter();
    DatabaseCounters.Reading after = counters.read();
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
        outcome.waiting(),
        plan.rate() == 0 ? null : meter.latencies());
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
