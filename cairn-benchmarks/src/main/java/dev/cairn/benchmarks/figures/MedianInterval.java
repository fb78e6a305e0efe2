package dev.cairn.benchmarks.figures;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The median of some figures, and an interval that contains the true median with a probability of
 * at least 95 %. Nothing is assumed about the distribution of the figures: the bounds are two of
 * the figures themselves, chosen by the sign test.
 *
 * @param low null for fewer than six figures: they give no such interval
 * @param high null for fewer than six figures
 */
public record MedianInterval(double median, @Nullable Double low, @Nullable Double high) {
  private static final double TAIL_MAX = 0.025;

  /** The interval of one figure or more. The figures must be independent of each other. */
  public static MedianInterval of(List<Double> figures) {
    List<Double> sorted = figures.stream().sorted().toList();
    double median = Spread.of(figures).median();
    int outside = outside(sorted.size());
    return outside == 0
        ? new MedianInterval(median, null, null)
        : new MedianInterval(median, sorted.get(outside - 1), sorted.get(sorted.size() - outside));
  }

  /**
   * The rank of the bound: each figure is below the true median with a probability of a half, so
   * the chance that fewer than this many are below it is a tail of the binomial distribution.
   */
  private static int outside(int figures) {
    int rank = 0;
    double probability = Math.pow(0.5, figures);
    double tail = probability;
    while (tail <= TAIL_MAX) {
      rank++;
      probability = probability * (figures - rank + 1) / rank;
      tail += probability;
    }
    return rank;
  }

  /** The text with this number of decimal places. */
  public String toString(int digits) {
    String number = "%,." + digits + "f";
    return low == null
        ? String.format(Locale.ROOT, number + " (too few rounds)", median)
        : String.format(
            Locale.ROOT, "%s (%s to %s)".formatted(number, number, number), median, low, high);
  }
}
