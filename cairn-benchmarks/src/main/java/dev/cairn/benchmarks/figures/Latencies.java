package dev.cairn.benchmarks.figures;

import java.time.Duration;
import org.HdrHistogram.ConcurrentHistogram;

/** Collects times, of which the longest may be an hour. Thread-safe. */
public final class Latencies {
  private static final long UNIT_NANOS = 1_000;
  private static final long MOST = Duration.ofHours(1).toNanos() / UNIT_NANOS;

  private final ConcurrentHistogram micros = new ConcurrentHistogram(MOST, 3);

  /** One more; what is below nothing counts as nothing. */
  public void add(long nanos) {
    micros.recordValue(Math.clamp(nanos / UNIT_NANOS, 0, MOST));
  }

  /** Of all so far. */
  public Percentiles percentiles() {
    return Percentiles.of(micros);
  }
}
