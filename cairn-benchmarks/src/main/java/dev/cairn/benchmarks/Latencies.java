package dev.cairn.benchmarks;

import java.time.Duration;
import org.HdrHistogram.ConcurrentHistogram;

/** Collects times, of which the longest may be an hour. Thread-safe. */
final class Latencies {
  private static final long UNIT_NANOS = 1_000;
  private static final long MOST = Duration.ofHours(1).toNanos() / UNIT_NANOS;

  private final ConcurrentHistogram micros = new ConcurrentHistogram(MOST, 3);

  void add(long nanos) {
    micros.recordValue(Math.clamp(nanos / UNIT_NANOS, 0, MOST));
  }

  Percentiles percentiles() {
    return Percentiles.of(micros);
  }
}
