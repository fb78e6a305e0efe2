package dev.cairn.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts jobs as they are worked, and when each fifth of them was. Thread-safe. */
final class Progress {
  private static final int PARTS = 5;

  private final int jobs;
  private final long began = System.nanoTime();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicLongArray ends = new AtomicLongArray(PARTS);

  Progress(int jobs) {
    this.jobs = jobs;
  }

  /** More jobs have been worked; returns how many in all. */
  int add(int more) {
    int after = done.addAndGet(more);
    for (int part = part(after - more); part < part(after); part++) {
      ends.set(part, System.nanoTime());
    }
    return after;
  }

  private int part(int number) {
    return (int) ((long) number * PARTS / jobs);
  }

  /** The jobs per second of each fifth. */
  List<Long> fifths() {
    var rates = new ArrayList<Long>();
    long from = began;
    for (int part = 0; part < PARTS; part++) {
      long to = ends.get(part);
      rates.add(Math.round(jobs / (double) PARTS / (Math.max(to - from, 1) / 1e9)));
      from = to;
    }
    return rates;
  }
}
