package dev.cairn.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
   * @param boundary its number within the run, from 1; 0 if the run is not ended
   */
  record End(int boundary, Fate fate) {
    static final End NONE = new End(0, Fate.LOST);
  }

  static KillSchedule of(End... ends) {
    return new KillSchedule(List.of(ends));
  }

  /**
   * With a further end.
   *
   * @param run the number of the run, from 0; those between are not disturbed
   */
  KillSchedule then(int run, End end) {
    var more = new ArrayList<>(ends);
    while (more.size() < run) {
      more.add(End.NONE);
    }
    more.add(end);
    return new KillSchedule(more);
  }

  /** Where a run is to end; null if it is not disturbed. */
  @Nullable End of(int run) {
    return run >= ends.size() || ends.get(run).equals(End.NONE) ? null : ends.get(run);
  }

  /** How many runs are ended. */
  int count() {
    return (int) ends.stream().filter(end -> !end.equals(End.NONE)).count();
  }

  /** For {@link Explorer#replay}. */
  @Override
  public String toString() {
    return ends.stream()
        .map(end -> end.boundary() + ":" + end.fate().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(","));
  }

  /**
   * Reads the text of {@link #toString}.
   *
   * @throws IllegalArgumentException if the text is not that of a schedule
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
