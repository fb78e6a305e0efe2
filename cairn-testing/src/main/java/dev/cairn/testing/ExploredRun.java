package dev.cairn.testing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All runs of a job under one schedule.
 *
 * @param done what they have done together
 * @param ending how the job has ended: as its worker wants it, unless there is a problem
 * @param failures how many attempts have failed before
 * @param problem why the job has not come to its end; null if it has
 * @param failure what the last attempt has failed with
 * @param outliving threads that went on when a run was over, in words; null if there were none
 */
record ExploredRun(
    List<RunWatch> runs,
    EffectCopy done,
    Ending ending,
    int failures,
    @Nullable String problem,
    @Nullable Throwable failure,
    @Nullable String outliving) {
  /** The ends of a job. */
  enum Ending {
    COMPLETED,
    CANCELLED,
    DISCARDED,
    NONE
  }

  /** What they have done together, to be compared. */
  @Nullable Object effect() {
    return done.value();
  }

  /** Those of all runs, one after the other. */
  List<Boundary> boundaries() {
    return runs.stream().flatMap(run -> run.passed().stream()).toList();
  }

  /** Those of all runs until one was ended, with that one; of all if none was. */
  List<Boundary> untilEnded() {
    var boundaries = new ArrayList<Boundary>();
    for (RunWatch run : runs) {
      boundaries.addAll(run.passed());
      if (run.endReached() != null) {
        break;
      }
    }
    return boundaries;
  }

  /** Whether it has branches. */
  boolean hasForks() {
    return runs.stream().anyMatch(run -> !run.forks().isEmpty());
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

  /** The last run that was ended; null if none was. */
  @Nullable RunWatch lastEnded() {
    return runs.stream()
        .filter(run -> run.endReached() != null)
        .reduce((one, other) -> other)
        .orElse(null);
  }

  /**
   * How often elements may be there again.
   *
   * @param mostPerKill for a kill that loses no checkpoint; each one lost may cost as many more
   */
  long repeatsAllowed(int mostPerKill) {
    return runs.stream()
        .filter(run -> run.endReached() != null)
        .mapToLong(run -> (long) mostPerKill * (run.savesLost() + 1))
        .sum();
  }
}
