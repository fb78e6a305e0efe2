package dev.cairn.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * All runs of a job under one schedule.
 *
 * @param done the effect of all runs together
 * @param metadata what the worker has set as metadata of the job, its output included: JSON by key;
 *     empty if the job has not ended
 * @param ending how the job ended; by its worker's decision, unless there is a problem
 * @param failures how many attempts failed before the end
 * @param problem why the job has not ended; null if it has
 * @param failure the exception of the last attempt
 * @param outliving threads that continued after the end of a run, as text; null if there were none
 */
record ExploredRun(
    List<RunWatch> runs,
    EffectCopy done,
    SortedMap<String, String> metadata,
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

  /** The effect of all runs together, for comparisons. */
  @Nullable Object effect() {
    return done.value();
  }

  /** The boundaries of all runs, in order. */
  List<Boundary> boundaries() {
    return runs.stream().flatMap(run -> run.passed().stream()).toList();
  }

  /**
   * The boundaries of all runs up to and including the first that was ended; of all runs if none
   * was.
   */
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
   * How many elements may be repeated.
   *
   * @param mostPerKill how many for a kill that loses no checkpoint; each lost checkpoint allows as
   *     many more
   */
  long repeatsAllowed(int mostPerKill) {
    return runs.stream()
        .filter(run -> run.endReached() != null)
        .mapToLong(run -> (long) mostPerKill * (run.savesLost() + 1))
        .sum();
  }
}
