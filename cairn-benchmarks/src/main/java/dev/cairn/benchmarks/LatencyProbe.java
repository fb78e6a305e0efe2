package dev.cairn.benchmarks;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/** Collects the times of a number of jobs. Thread-safe. */
final class LatencyProbe {
  private final AtomicLongArray began;
  private final CountDownLatch worked;
  private final CountDownLatch completed;
  private final Latencies insert = new Latencies();
  private final Latencies untilWork = new Latencies();
  private final Latencies untilCompleted = new Latencies();

  /** A probe for jobs with the numbers from 0. */
  LatencyProbe(int jobs) {
    this.began = new AtomicLongArray(jobs);
    this.worked = new CountDownLatch(jobs);
    this.completed = new CountDownLatch(jobs);
  }

  void begins(int number) {
    began.set(number, System.nanoTime());
  }

  void inserted(int number) {
    insert.add(System.nanoTime() - began.get(number));
  }

  /** The work of the job has begun. */
  void works(int number) {
    untilWork.add(System.nanoTime() - began.get(number));
    worked.countDown();
  }

  /** The outcome of a job is in the database, so long after the end of its work. */
  void completed(Duration afterWork) {
    untilCompleted.add(afterWork.toNanos());
    completed.countDown();
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
