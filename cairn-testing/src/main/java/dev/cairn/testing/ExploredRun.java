package dev.cairn.testing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All runs of a job under one schedule.
 *
 * @param effect what they have done together
 * @param problem why the job has not completed; null if it has
 */
record ExploredRun(
    List<RunWatch> runs,
    @Nullable Object effect,
    @Nullable String problem,
    @Nullable Throwable failure) {
  List<Boundary> firstRun() {
    return runs.getFirst().passed();
  }

  List<Boundary> lastRun() {
    return runs.getLast().passed();
  }

  boolean hasGoneOnAfterDeath() {
    return runs.stream().anyMatch(RunWatch::hasGoneOn);
  }

  /** Where the runs were ended, in words. */
  String story(KillSchedule schedule) {
    var story = new ArrayList<String>();
    for (int i = 0; i < schedule.ends().size() && i < runs.size(); i++) {
      Boundary boundary = runs.get(i).endReached();
      if (boundary != null) {
        story.add("run %d %s".formatted(i + 1, schedule.ends().get(i).fate().describe(boundary)));
      }
    }
    return story.isEmpty() ? "nothing" : String.join("; ", story);
  }

  /** The last place at which a run was ended; null if none was. */
  @Nullable Boundary lastEnd() {
    Boundary last = null;
    for (RunWatch run : runs) {
      Boundary end = run.endReached();
      last = end == null ? last : end;
    }
    return last;
  }
}
