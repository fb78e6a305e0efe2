package dev.cairn.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Where each run is ended; the runs after the last of them are not disturbed.
 *
 * @param ends one for each run, the first run first
 */
record KillSchedule(List<End> ends) {
  static final KillSchedule UNDISTURBED = new KillSchedule(List.of());

  KillSchedule {
    ends = List.copyOf(ends);
  }

  /**
   * The end of one run.
   *
   * @param boundary counted from 1 within the run
   */
  record End(int boundary, Fate fate) {}

  static KillSchedule of(End... ends) {
    return new KillSchedule(List.of(ends));
  }

  /** For {@link Explorer#replay}. */
  @Override
  public String toString() {
    return ends.stream()
        .map(end -> end.boundary() + ":" + end.fate().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(","));
  }

  /**
   * The reverse of {@link #toString}.
   *
   * @throws IllegalArgumentException if it is not that of a schedule
   */
  static KillSchedule parse(String text) {
    if (text.isEmpty()) {
      return UNDISTURBED;
    }
    var ends = new ArrayList<End>();
    for (String part : text.split(",", -1)) {
      int colon = part.indexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException(
            "'%s' is no schedule: it should look like 3:lost,1:kept".formatted(text));
      }
      ends.add(
          new End(
              Integer.parseInt(part.substring(0, colon)),
              Fate.valueOf(part.substring(colon + 1).toUpperCase(Locale.ROOT))));
    }
    return new KillSchedule(ends);
  }
}
