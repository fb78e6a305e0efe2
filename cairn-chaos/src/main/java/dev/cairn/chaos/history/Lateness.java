package dev.cairn.chaos.history;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How late the machine was at which time: by how much a sleeping thread of any process ran again
 * later than planned.
 *
 * @param byMillis the lateness in milliseconds, by the moment of its measurement
 */
public record Lateness(NavigableMap<Long, Long> byMillis) {
  /** The lateness of a machine that was never late. */
  public static Lateness none() {
    return new Lateness(new TreeMap<>());
  }

  /** The longest lateness within this time, in milliseconds. */
  public long worst(long from, long to) {
    return byMillis.tailMap(from, true).entrySet().stream()
        // A lateness is recorded at its end.
        .filter(entry -> entry.getKey() - entry.getValue() <= to)
        .mapToLong(Map.Entry::getValue)
        .max()
        .orElse(0);
  }

  /** The longest lateness, in milliseconds. */
  public long worst() {
    return byMillis.entrySet().stream().mapToLong(Map.Entry::getValue).max().orElse(0);
  }
}
