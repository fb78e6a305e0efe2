package dev.cairn.benchmarks.waiting;

import dev.cairn.Cairn;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.measure.ChildJvm;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Steps;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * A process in which many jobs start and wait until all of them run. It ends when its standard
 * input ends, so it cannot outlive its parent.
 */
final class WaitingProcess {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final int jobs;
  private final CountDownLatch allRun;
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final AtomicInteger running = new AtomicInteger();
  private final HeapWatch heap = HeapWatch.start();

  private WaitingProcess(int jobs) {
    this.jobs = jobs;
    this.allRun = new CountDownLatch(jobs);
  }

  /** The kinds of waiting that are measured. */
  enum Kind {
    THREADS("bare virtual threads"),
    JOBS("Cairn, jobs"),
    RESUMABLE("Cairn, jobs with a cursor");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /** Runs the process. The arguments are a {@link Kind} and a number. */
  public static void main(String[] args) throws Exception {
    ChildJvm.endWithParent();
    var process = new WaitingProcess(Integer.parseInt(args[1]));
    switch (Kind.valueOf(args[0])) {
      case THREADS -> process.threads();
      case JOBS -> process.work((job, context) -> process.enter(), pool -> {});
      case RESUMABLE ->
          process.work(
              (job, context) ->
                  Steps.of(context)
                      .cursor(
                          "rows",
                          Long.class,
                          0L,
                          cursor -> {
                            cursor.advance(1L);
                            process.enter();
                            cursor.advance(2L);
                          }),
              process::awaitCheckpoints);
    }
    // No other thread may keep the process alive.
    System.exit(0);
  }

  /** The work of each job. */
  private void enter() throws InterruptedException {
    running.incrementAndGet();
    allRun.countDown();
    goOn.await();
    running.decrementAndGet();
  }

  private void threads() throws Exception {
    long began = System.nanoTime();
    for (int i = 0; i < jobs; i++) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              enter();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
    report(began, awaitAll());
  }

  /** Something to wait for before the heap is measured. */
  @FunctionalInterface
  private interface Settled {
    void await(DataSource pool) throws Exception;
  }

  private void work(Worker<Noop> worker, Settled settled) throws Exception {
    try (var pool = CairnClient.pool(FreshDatabase.ofEnvironment());
        var client =
            Cairn.builder(pool)
                .jobTimeout(Duration.ZERO)
                .workers(Workers.builder().register(Noop.class, worker).build())
                .queue("default", jobs)
                .build()) {
      long began = System.nanoTime();
      client.start();
      long allRunning = awaitAll();
      settled.await(pool);
      report(began, allRunning);
      // A stop would interrupt the jobs that have not ended yet.
      awaitCount(pool, "SELECT count(*) FROM river_job WHERE state = 'completed'");
      client.stop();
    }
  }

  /** Waits until all run at once, and returns the time at which they did. */
  private long awaitAll() throws InterruptedException, TimeoutException {
    if (!allRun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new TimeoutException("only %d of %d jobs run".formatted(running.get(), jobs));
    }
    return System.nanoTime();
  }

  /** Waits until the position of each job is durable, so that the figures include writing it. */
  private void awaitCheckpoints(DataSource pool) throws SQLException, InterruptedException {
    awaitCount(pool, "SELECT count(*) FROM cairn_checkpoint");
  }

  private void awaitCount(DataSource pool, String sql) throws SQLException, InterruptedException {
    try (Connection connection = pool.getConnection();
        var query = connection.prepareStatement(sql)) {
      int count;
      do {
        TimeUnit.MILLISECONDS.sleep(50);
        try (ResultSet rows = query.executeQuery()) {
          rows.next();
          count = rows.getInt(1);
        }
      } while (count < jobs);
    }
  }

  /** Prints the figures while all wait, and then lets them end. */
  private void report(long began, long allRunning) throws IOException {
    int atOnce = running.get();
    long held = heap.held();
    var figures =
        new Figures(atOnce, allRunning - began, held, heap.peak(), HeapWatch.residentPeak());
    System.out.write(figures.line().getBytes(StandardCharsets.UTF_8));
    System.out.flush();
    goOn.countDown();
  }

  /**
   * The figures of a process.
   *
   * @param atOnce the number of jobs that ran at the same time
   * @param startNanos the time from the start of the client until all ran
   * @param heldBytes the heap in use after a garbage collection while all waited
   * @param peakBytes the highest number of bytes that any garbage collection has left
   * @param residentBytes the highest memory of the process; 0 if it is unknown
   */
  record Figures(int atOnce, long startNanos, long heldBytes, long peakBytes, long residentBytes) {
    private static final String MARK = "figures";

    String line() {
      return "%s %d %d %d %d %d%n"
          .formatted(MARK, atOnce, startNanos, heldBytes, peakBytes, residentBytes);
    }

    /** Finds the figures in the lines that the process has printed. */
    static Optional<Figures> in(List<String> lines) {
      return lines.stream()
          .map(line -> line.split(" "))
          .filter(words -> words[0].equals(MARK))
          .map(words ->
              new Figures(
                  Integer.parseInt(words[1]),
                  Long.parseLong(words[2]),
                  Long.parseLong(words[3]),
                  Long.parseLong(words[4]),
                  Long.parseLong(words[5])))
          .findFirst();
    }
  }
}
