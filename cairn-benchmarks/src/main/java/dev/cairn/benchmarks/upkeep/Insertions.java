package dev.cairn.benchmarks.upkeep;

import dev.cairn.Cairn;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.figures.Latencies;
import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.measure.Pace;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A program that inserts a job every few milliseconds while upkeep runs. The time of a late
 * insertion counts from when it should have started.
 */
final class Insertions implements AutoCloseable {
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int WARM_UP = 200;

  private final Cairn client;
  private final Latencies latencies = new Latencies();
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private volatile boolean isOver;
  private final Future<?> inserting;

  /** Starts inserting, after some insertions that are not measured. */
  Insertions(Cairn client) {
    this.client = client;
    for (int number = 0; number < WARM_UP; number++) {
      client.insert(new Noop(number));
    }
    this.inserting = thread.submit(this::insert);
  }

  private void insert() {
    long due = System.nanoTime();
    for (int number = 0; !isOver; number++) {
      Pace.waitUntil(due);
      client.insert(new Noop(number));
      latencies.add(System.nanoTime() - due);
      due += INTERVAL_NANOS;
    }
  }

  /** Ends after the current insertion, and returns the times. */
  Percentiles end() throws Exception {
    isOver = true;
    inserting.get();
    return latencies.percentiles();
  }

  @Override
  public void close() {
    isOver = true;
    thread.close();
  }
}
