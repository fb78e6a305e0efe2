package dev.cairn.chaos.soak;

import dev.cairn.chaos.soak.Samples.Point;
import java.util.ArrayList;
import java.util.List;

/**
 * The verdict on the values of one measure.
 *
 * <p>The first fifth of the values is left out, because caches and pools fill up. The measure has
 * grown if its median in the last third exceeds that in the first third by more than its kind
 * allows, or if its slope adds up to more than that. The slope is the median of the slopes between
 * any two values (Theil and Sen), so that outliers do not change it.
 *
 * @param samples the number of values without the warm-up
 * @param first the median of the first third
 * @param last the median of the last third
 * @param slopePerHour the slope
 */
record Flatness(Verdict verdict, int samples, double first, double last, double slopePerHour) {
  /** Fewer values than this show nothing. */
  static final int SAMPLES_MIN = 12;

  private static final int WARM_UP = 5;
  private static final int PARTS = 3;
  private static final double HOUR_MILLIS = 3_600_000;

  /** The possible verdicts. */
  enum Verdict {
    FLAT,
    GREW,
    TOO_FEW
  }

  static Flatness of(List<Point> all, Kind kind) {
    List<Point> points = all.subList(all.size() / WARM_UP, all.size());
    int size = points.size();
    if (size < SAMPLES_MIN) {
      return new Flatness(Verdict.TOO_FEW, size, 0, 0, 0);
    }
    double first = median(values(points.subList(0, size / PARTS)));
    double last = median(values(points.subList(size - size / PARTS, size)));
    double slope = slope(points);
    double trend = slope * (points.getLast().millis() - points.getFirst().millis());
    boolean grew = Math.max(last - first, trend) > kind.allowed(first);
    return new Flatness(grew ? Verdict.GREW : Verdict.FLAT, size, first, last, slope * HOUR_MILLIS);
  }

  private static List<Double> values(List<Point> points) {
    return points.stream().map(Point::value).toList();
  }

  /** The slope per millisecond. */
  private static double slope(List<Point> points) {
    var slopes = new ArrayList<Double>();
    for (int i = 0; i < points.size(); i++) {
      for (int j = i + 1; j < points.size(); j++) {
        Point earlier = points.get(i);
        Point later = points.get(j);
        if (later.millis() > earlier.millis()) {
          slopes.add((later.value() - earlier.value()) / (later.millis() - earlier.millis()));
        }
      }
    }
    return slopes.isEmpty() ? 0 : median(slopes);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
