package dev.cairn.benchmarks.latency;

import dev.cairn.benchmarks.figures.Latencies;
import dev.cairn.benchmarks.figures.Percentiles;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/** Collects the times of a number of jobs. Thread-safe. */
final class LatencyProbe {
  private final int first;
  private final AtomicLongArray began;
  private final AtomicInteger completions = new AtomicInteger();
  private final CountDownLatch worked;
  private final CountDownLatch completed;
  private final Latencies insert = new Latencies();
  private final Latencies untilWork = new Latencies();
  private final Latencies untilCompleted = new Latencies();

  /**
   * A probe for jobs with the numbers from 0.
   *
   * @param first that many only prepare the connections; their times are not collected
   */
  LatencyProbe(int first, int jobs) {
    this.first = first;
    this.began = new AtomicLongArray(first + jobs);
    this.worked = new CountDownLatch(first + jobs);
    this.completed = new CountDownLatch(first + jobs);
  }

  void begins(int number) {
    began.set(number, System.nanoTime());
  }

  void inserted(int number) {
    add(insert, number, System.nanoTime() - began.get(number));
  }

  /** The work of the job has begun. */
  void works(int number) {
    add(untilWork, number, System.nanoTime() - began.get(number));
    worked.countDown();
  }

  /** The outcome of a job is in the database, so long after the end of its work. */
  void completed(Duration afterWork) {
    add(untilCompleted, completions.getAndIncrement(), afterWork.toNanos());
    completed.countDown();
  }

  private void add(Latencies latencies, int number, long nanos) {
    if (number >= first) {
      latencies.add(nanos);
    }
  }

  /** Whether all were worked, and completed if that is told, within this time. */
  boolean await(Duration patience, boolean tellsCompleted) throws InterruptedException {
    return (tellsCompleted ? completed : worked).await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  Percentiles insert() {
    return insert.percentiles();
  }

  Percentiles untilWork() {
    return untilWork.percentiles();
  }

  Percentiles untilCompleted() {
    return untilCompleted.percentiles();
  }
}
