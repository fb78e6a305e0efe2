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
  private final AtomicLongArray due;
  private final AtomicInteger completions = new AtomicInteger();
  private final CountDownLatch worked;
  private final CountDownLatch completed;
  private final Latencies insert = new Latencies();
  private final Latencies untilWork = new Latencies();
  private final Latencies untilCompleted = new Latencies();

  /**
   * A probe for jobs with the numbers from 0.
   *
   * @param first the number of first jobs, whose times are not collected: they only prepare the
   *     connections
   */
  LatencyProbe(int first, int jobs) {
    this.first = first;
    this.due = new AtomicLongArray(first + jobs);
    this.worked = new CountDownLatch(first + jobs);
    this.completed = new CountDownLatch(first + jobs);
  }

  /**
   * Records that a job is about to be inserted.
   *
   * @param dueNanos the time at which it should have been, in {@link System#nanoTime()}
   */
  void begins(int number, long dueNanos) {
    due.set(number, dueNanos);
  }

  /** Records how long the call of insert took. */
  void inserted(int number, long nanos) {
    add(insert, number, nanos);
  }

  /** Records that the work of a job has begun. */
  void works(int number) {
    add(untilWork, number, System.nanoTime() - due.get(number));
    worked.countDown();
  }

  /** Records how long after the end of its work the outcome of a job was written. */
  void completed(Duration afterWork) {
    add(untilCompleted, completions.getAndIncrement(), afterWork.toNanos());
    completed.countDown();
  }

  private void add(Latencies latencies, int number, long nanos) {
    if (number >= first) {
      latencies.add(nanos);
    }
  }

  /** Whether all jobs were worked within this time, and completed if completions are reported. */
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
