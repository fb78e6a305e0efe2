package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.measure.DatabaseCounters.Rows;
import dev.cairn.benchmarks.measure.Progress.Claims;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Fills the tables with due jobs, lets a contender work them, and measures the cost. */
public final class BurnDown {
  private final RiverTable table;
  private final Statistics statistics;
  private final DatabaseCounters counters;

  BurnDown(DataSource dataSource, String databaseName, Statistics statistics) {
    this.table = new RiverTable(dataSource);
    this.statistics = statistics;
    this.counters = new DatabaseCounters(dataSource, databaseName);
  }

  /**
   * The cost of working all jobs.
   *
   * @param time the time until the last outcome was in the database, including the start
   * @param start the time until the first job was worked
   * @param commits the transactions of all sessions of the database
   * @param walBytes the bytes of WAL of all sessions
   * @param fifths the jobs per second of each fifth of the jobs, in order
   * @param rows the changes of rows in all tables of the database
   * @param clientCpu the processor time of this JVM, including its compiler and garbage collector
   * @param clientAllocatedBytes the heap allocated by all threads; null if it is unknown
   * @param serverCpu the processor time of the whole server; null if it is unknown
   * @param claims the claims; null if they are not counted
   */
  public record Cost(
      int jobs,
      Duration time,
      Duration start,
      long commits,
      long walBytes,
      List<Long> fifths,
      Rows rows,
      Duration clientCpu,
      @Nullable Long clientAllocatedBytes,
      @Nullable Duration serverCpu,
      @Nullable Claims claims) {
    /** The mean number of jobs per second. */
    public double jobsPerSecond() {
      return jobs / (time.toNanos() / 1e9);
    }

    /** The mean number of commits per job. */
    public double commitsPerJob() {
      return (double) commits / jobs;
    }

    /** The mean number of bytes of WAL per job. */
    public double walBytesPerJob() {
      return (double) walBytes / jobs;
    }

    double deadRowsPerJob() {
      return (double) rows.dead() / jobs;
    }

    double microsPerJob(Duration time) {
      return time.toNanos() / 1e3 / jobs;
    }
  }

  /** Measures one round of a contender with this number of jobs. */
  public Cost measure(Contender contender, int jobs) throws Exception {
    statistics.prepare(table);
    contender.fill(jobs);
    statistics.settle(table);
    DatabaseCounters.Reading before = counters.read();
    Duration cpuBefore = contender.cpu();
    Long allocatedBefore = contender.allocatedBytes();
    var progress = new Progress(jobs);
    contender.work(jobs, progress);
    Duration clientCpu = contender.cpu().minus(cpuBefore);
    Long allocated = difference(allocatedBefore, contender.allocatedBytes());
    DatabaseCounters.Reading after = counters.read();
    check(contender, jobs);
    return new Cost(
        jobs,
        progress.time(),
        progress.start(),
        after.commits() - before.commits(),
        after.walBytes() - before.walBytes(),
        progress.fifths(),
        after.rows().minus(before.rows()),
        clientCpu,
        allocated,
        difference(before.serverCpu(), after.serverCpu()),
        progress.claims());
  }

  private static @Nullable Duration difference(
      @Nullable Duration before, @Nullable Duration after) {
    return before == null || after == null ? null : after.minus(before);
  }

  private static @Nullable Long difference(@Nullable Long before, @Nullable Long after) {
    return before == null || after == null ? null : after - before;
  }

  private static void check(Contender contender, int jobs) throws Exception {
    int finished = contender.finished();
    if (finished != jobs) {
      throw new IllegalStateException(
          "%s: only %d of %d jobs were completed as they should: the figures would be worthless"
              .formatted(contender.name(), finished, jobs));
    }
  }
}
