package dev.cairn.benchmarks.steady;

import dev.cairn.benchmarks.figures.Latencies;
import dev.cairn.benchmarks.figures.Percentiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts worked jobs, by tenths of the measured time. Thread-safe. */
final class Meter {
  static final int PARTS = 10;

  private final long lengthNanos;
  private final AtomicLong all = new AtomicLong();
  private final AtomicLongArray parts = new AtomicLongArray(PARTS);
  private final Latencies latencies = new Latencies();
  private volatile long began;
  private volatile boolean runs;

  Meter(Duration length) {
    this.lengthNanos = length.toNanos();
  }

  /** Starts the measured time. Jobs that were worked before count only in {@link #all}. */
  void begin() {
    began = System.nanoTime();
    runs = true;
  }

  /** Records a worked job; {@code due} is the time at which it should have been inserted. */
  void worked(long due) {
    long now = System.nanoTime();
    all.incrementAndGet();
    if (runs && now - began >= 0 && now - began < lengthNanos) {
      parts.incrementAndGet((int) ((double) (now - began) * PARTS / lengthNanos));
      latencies.add(now - due);
    }
  }

  long began() {
    return began;
  }

  long end() {
    return began + lengthNanos;
  }

  /** The number of worked jobs, including those before and after the measured time. */
  long all() {
    return all.get();
  }

  /** The number of jobs that were worked within the measured time. */
  long inTime() {
    long jobs = 0;
    for (int part = 0; part < PARTS; part++) {
      jobs += parts.get(part);
    }
    return jobs;
  }

  /** The jobs per second of each tenth. */
  List<Long> tenths() {
    var rates = new ArrayList<Long>();
    for (int part = 0; part < PARTS; part++) {
      rates.add(Math.round(parts.get(part) * PARTS / (lengthNanos / 1e9)));
    }
    return rates;
  }

  /** The times from when the jobs should have been inserted until they were worked. */
  Percentiles latencies() {
    return latencies.percentiles();
  }
}
