package dev.cairn.chaos.soak;

import java.util.Comparator;

/**
 * Something that is measured repeatedly.
 *
 * @param subject the client of a worker process, or {@link #DATABASE}
 * @param name what is measured
 * @param kind what it counts
 */
record Measure(String subject, String name, Kind kind) implements Comparable<Measure> {
  /** The subject of everything that is measured in the database. */
  static final String DATABASE = "database";

  @Override
  public int compareTo(Measure other) {
    return Comparator.comparing(Measure::subject)
        .thenComparing(Measure::kind)
        .thenComparing(Measure::name)
        .compare(this, other);
  }
}
