package dev.cairn.benchmarks.figures;

import org.HdrHistogram.Histogram;

/** Percentiles of some times, in microseconds. */
public record Percentiles(long p50, long p95, long p99, long max) {
  static Percentiles of(Histogram micros) {
    return new Percentiles(
        micros.getValueAtPercentile(50),
        micros.getValueAtPercentile(95),
        micros.getValueAtPercentile(99),
        micros.getMaxValue());
  }

  /** The text of the percentiles, in milliseconds. */
  @Override
  public String toString() {
    return "%.2f / %.2f / %.2f / %.2f".formatted(p50 / 1e3, p95 / 1e3, p99 / 1e3, max / 1e3);
  }
}
