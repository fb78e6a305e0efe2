package dev.cairn.benchmarks.figures;

import java.util.List;
import java.util.Locale;

/** The median, the lowest and the highest figure of several rounds. */
public record Spread(double median, double least, double most) {
  /** The spread of one figure or more. */
  public static Spread of(List<Double> figures) {
    double[] sorted = figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  @Override
  public String toString() {
    return toString(0);
  }

  /** The text with this number of decimal places. */
  public String toString(int digits) {
    String number = "%,." + digits + "f";
    return String.format(
        Locale.ROOT, "%s (%s to %s)".formatted(number, number, number), median, least, most);
  }
}
