package dev.cairn.benchmarks.measure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts jobs as they are claimed and worked, and when each fifth of them was. Thread-safe. */
public final class Progress {
  private static final int PARTS = 5;

  private final int jobs;
  private final long began = System.nanoTime();
  private final AtomicLong finished = new AtomicLong();
  private final AtomicLong first = new AtomicLong();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicLongArray ends = new AtomicLongArray(PARTS);
  private final LongAdder claims = new LongAdder();
  private final LongAdder emptyClaims = new LongAdder();
  private final LongAdder claimed = new LongAdder();

  /** Starts counting this number of jobs. */
  public Progress(int jobs) {
    this.jobs = jobs;
  }

  /**
   * The statements that claim jobs.
   *
   * @param empty the statements that found no job
   * @param jobs the jobs that all statements claimed together
   */
  public record Claims(long statements, long empty, long jobs) {
    /** The mean number of jobs of the statements that found some. */
    double jobsPerClaim() {
      return (double) jobs / (statements - empty);
    }
  }

  /** Records further worked jobs, and returns the total number. */
  public int add(int more) {
    int after = done.addAndGet(more);
    if (after == more) {
      first.compareAndSet(0, System.nanoTime());
    }
    for (int part = part(after - more); part < part(after); part++) {
      ends.set(part, System.nanoTime());
    }
    return after;
  }

  private int part(int number) {
    return (int) Math.min((long) number * PARTS / jobs, PARTS);
  }

  /** Stops the clock when all work is done. Only the first call counts. */
  public void finish() {
    finished.compareAndSet(0, System.nanoTime());
  }

  /**
   * The time from the beginning to the finish.
   *
   * @throws IllegalStateException if nobody has called {@link #finish()}
   */
  Duration time() {
    if (finished.get() == 0) {
      throw new IllegalStateException("the clock was not stopped at the last outcome");
    }
    return Duration.ofNanos(finished.get() - began);
  }

  /** The time from the beginning until the first job was worked; zero if none was. */
  Duration start() {
    return first.get() == 0 ? Duration.ZERO : Duration.ofNanos(first.get() - began);
  }

  /** Records that one statement has claimed this number of jobs. */
  public void claimed(int number) {
    claims.increment();
    claimed.add(number);
    if (number == 0) {
      emptyClaims.increment();
    }
  }

  /** The claims; null if they are not counted. */
  @Nullable Claims claims() {
    return claimed.sum() == 0 ? null : new Claims(claims.sum(), emptyClaims.sum(), claimed.sum());
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
