package dev.cairn.chaos.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** All values that were measured. Used by one thread. */
final class Samples {
  private final Map<String, List<Answer>> bySubject = new TreeMap<>();
  private final Set<String> required = new TreeSet<>();
  private int missing;

  /** The values of a subject at one time. */
  private record Answer(long millis, Map<Measure, Long> values) {}

  /** A value of a measure. */
  record Point(long millis, double value) {}

  /** A measure with its values and the verdict on them. */
  record Judged(Measure measure, List<Point> points, Flatness flatness) {
    private static Judged of(Measure measure, List<Point> points) {
      return new Judged(measure, points, Flatness.of(points, measure.kind()));
    }

    /** Whether all values are equal. */
    boolean isConstant() {
      return points.stream().mapToDouble(Point::value).distinct().count() == 1;
    }
  }

  /** Marks a subject that exists from the beginning to the end of the soak. */
  void require(String subject) {
    required.add(subject);
  }

  /** Adds the answer of a subject; an empty one counts as missing. */
  void add(String subject, long millis, Map<Measure, Long> values) {
    if (values.isEmpty()) {
      missing++;
    } else {
      bySubject.computeIfAbsent(subject, key -> new ArrayList<>()).add(new Answer(millis, values));
    }
  }

  /** How often a subject did not answer. */
  int missing() {
    return missing;
  }

  /** The values of each measure. A measure that is missing in an answer counts as zero. */
  NavigableMap<Measure, List<Point>> series() {
    var all = new TreeMap<Measure, List<Point>>();
    bySubject.forEach((subject, answers) -> {
      Set<Measure> measures =
          answers.stream()
              .flatMap(answer -> answer.values().keySet().stream())
              .collect(Collectors.toSet());
      for (Measure measure : measures) {
        all.put(
            measure,
            answers.stream()
                .map(
                    answer -> new Point(answer.millis(), answer.values().getOrDefault(measure, 0L)))
                .toList());
      }
    });
    return all;
  }

  /**
   * The verdicts on all measures of required subjects, and on those of other subjects with enough
   * values. Others ended early, because they were killed or replaced.
   */
  List<Judged> judged() {
    return series().entrySet().stream()
        .map(each -> Judged.of(each.getKey(), each.getValue()))
        .filter(each ->
            required.contains(each.measure().subject())
                || each.flatness().verdict() != Flatness.Verdict.TOO_FEW)
        .toList();
  }

  /** The required subjects that never answered. */
  Set<String> silent() {
    var silent = new TreeSet<>(required);
    silent.removeAll(bySubject.keySet());
    return silent;
  }
}
