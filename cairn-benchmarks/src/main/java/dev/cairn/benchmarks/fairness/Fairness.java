package dev.cairn.benchmarks.fairness;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.measure.Pace;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.benchmarks.measure.Server;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;

/** Measures how much some jobs are delayed by other jobs of the same client. */
final class Fairness {
  static final String BUSY = "default";
  static final String QUIET = "quiet";
  static final int SLOTS = 2_000;

  private static final int QUIET_SLOTS = 100;
  private static final int PATIENCE_MINUTES = 10;
  private static final Duration BETWEEN_PROBES = Duration.ofMillis(20);
  private static final String SLOW_KIND = "slow";

  private final Server.Database database;

  Fairness(Server.Database database) {
    this.database = database;
  }

  /** The arguments of a job that keeps its slot. */
  @JobKind(SLOW_KIND)
  record Slow(int number) {}

  /** Jobs of queue {@link #BUSY} that wait from the beginning and do nothing. */
  record Crowd(int priority, int jobs) {}

  /**
   * The figures of the probes.
   *
   * @param crowd the number of other jobs that waited at the beginning
   * @param crowdLeft the number of them that were not worked yet when the last probe was inserted
   * @param untilWork the times from when a probe should have been inserted until its work
   * @param claimsMost the highest number of claims of its queue that ended between the call of a
   *     probe's insertion and its work. This includes claims in progress during the insertion, its
   *     own, and claims that end while its thread waits for a processor
   */
  record Waits(int crowd, int crowdLeft, int probes, Percentiles untilWork, long claimsMost) {}

  /** Inserts one probe after the other, for a given time or until the crowd is worked. */
  Waits probe(Crowd crowd, InsertOptions options, Duration time) throws Exception {
    database.table().empty();
    fill(RiverTable.KIND, crowd.priority(), crowd.jobs());
    database.table().settle();
    var watch =
        new ProbeWatch(
            options.queue() == null ? BUSY : options.queue(),
            (int) time.dividedBy(BETWEEN_PROBES) + 1);
    try (var producers = CairnClient.pool(database.login());
        var pool = CairnClient.pool(database.login());
        Cairn client =
            Cairn.builder(pool)
                .workers(
                    Workers.builder()
                        .register(Noop.class, (job, context) -> watch.crowdWorked())
                        .register(ProbeWatch.Probe.class, (job, context) -> watch.worked(job))
                        .build())
                .listener(watch)
                .queue(BUSY, SLOTS)
                .queue(QUIET, QUIET_SLOTS)
                .build()) {
      Cairn producer = Cairn.builder(producers).build();
      client.start();
      int left = insertProbes(producer, watch, crowd, options, time);
      watch.awaitAll();
      client.stop();
      return new Waits(crowd.jobs(), left, watch.inserted(), watch.untilWork(), watch.claimsMost());
    }
  }

  private static int insertProbes(
      Cairn producer, ProbeWatch watch, Crowd crowd, InsertOptions options, Duration time) {
    long start = System.nanoTime();
    long due = start;
    int left = crowd.jobs();
    do {
      Pace.waitUntil(due);
      watch.insert(producer, options, due);
      left = crowd.jobs() - watch.crowd();
      due += BETWEEN_PROBES.toNanos();
    } while (due - start < time.toNanos() && (crowd.jobs() == 0 || left > SLOTS));
    return left;
  }

  /**
   * Works jobs that do nothing, as fast as possible.
   *
   * @param slow the number of other jobs that hold a slot until all fast jobs are worked
   * @return jobs per second
   */
  double workBeside(int slow, int jobs) throws Exception {
    database.table().empty();
    fill(SLOW_KIND, 1, slow);
    fill(RiverTable.KIND, 1, jobs);
    database.table().settle();
    var fast = new Progress(jobs);
    var allWorked = new CountDownLatch(1);
    var slowRun = new CountDownLatch(slow);
    try (var pool = CairnClient.pool(database.login());
        Cairn client =
            Cairn.builder(pool)
                .workers(
                    Workers.builder()
                        .register(
                            Slow.class,
                            (job, context) -> {
                              slowRun.countDown();
                              allWorked.await();
                            })
                        .register(
                            Noop.class,
                            (job, context) -> {
                              if (fast.add(1) == jobs) {
                                allWorked.countDown();
                              }
                            })
                        .build())
                .jobTimeout(Duration.ZERO)
                .queue(BUSY, SLOTS)
                .build()) {
      long began = System.nanoTime();
      client.start();
      awaitOrFail(allWorked);
      double seconds = (System.nanoTime() - began) / 1e9;
      awaitOrFail(slowRun);
      client.stop();
      check(slow + jobs);
      return jobs / seconds;
    }
  }

  private static void awaitOrFail(CountDownLatch latch)
      throws InterruptedException, TimeoutException {
    if (!latch.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      throw new TimeoutException("not all jobs are worked after 10 minutes");
    }
  }

  private void check(int jobs) throws SQLException {
    int finished = database.table().finished();
    if (finished != jobs) {
      throw new IllegalStateException(
          "only %d of %d jobs were completed in one attempt".formatted(finished, jobs));
    }
  }

  private void fill(String kind, int priority, int jobs) throws SQLException {
    DataSource dataSource = database.dataSource();
    try (var connection = dataSource.getConnection();
        var insert =
            connection.prepareStatement(
                """
                INSERT INTO river_job (kind, args, max_attempts, priority)
                SELECT ?, jsonb_build_object('number', number), 25, ?
                FROM generate_series(1, ?) AS number
                """)) {
      insert.setString(1, kind);
      insert.setInt(2, priority);
      insert.setInt(3, jobs);
      insert.executeUpdate();
    }
  }
}
