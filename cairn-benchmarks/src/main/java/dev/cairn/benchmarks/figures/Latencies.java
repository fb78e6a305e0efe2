package dev.cairn.benchmarks.figures;

import java.time.Duration;
import org.HdrHistogram.ConcurrentHistogram;

/** Collects times of up to an hour. Thread-safe. */
public final class Latencies {
  private static final long UNIT_NANOS = 1_000;
  private static final long MOST = Duration.ofHours(1).toNanos() / UNIT_NANOS;

  private final ConcurrentHistogram micros = new ConcurrentHistogram(MOST, 3);

  /** Adds a time; a negative time counts as zero. */
  public void add(long nanos) {
    micros.recordValue(Math.clamp(nanos / UNIT_NANOS, 0, MOST));
  }

  /** The percentiles of all times so far. */
  public Percentiles percentiles() {
    return Percentiles.of(micros);
  }
}
