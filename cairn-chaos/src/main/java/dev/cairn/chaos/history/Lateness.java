package dev.cairn.chaos.history;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How late the machine was, by time: how much later than asked for a sleeping thread ran again, in
 * any process.
 *
 * @param byMillis the lateness in milliseconds, by the moment of its measurement
 */
public record Lateness(NavigableMap<Long, Long> byMillis) {
  /** Of a machine that was never late. */
  public static Lateness none() {
    return new Lateness(new TreeMap<>());
  }

  /** The longest within this time, in milliseconds. */
  public long worst(long from, long to) {
    return byMillis.tailMap(from, true).entrySet().stream()
        // It was measured at its end.
        .filter(entry -> entry.getKey() - entry.getValue() <= to)
        .mapToLong(Map.Entry::getValue)
        .max()
        .orElse(0);
  }

  /** The longest of all, in milliseconds. */
  public long worst() {
    return byMillis.entrySet().stream().mapToLong(Map.Entry::getValue).max().orElse(0);
  }
}
