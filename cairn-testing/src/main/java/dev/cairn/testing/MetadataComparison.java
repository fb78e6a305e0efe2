package dev.cairn.testing;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares the metadata of a job that was killed with those of the undisturbed one. Values that
 * differ by themselves, such as times, say nothing. They are found by further undisturbed runs, and
 * by further runs with the same kills, which are made only if something differs. Used by one
 * thread.
 */
final class MetadataComparison {
  /** Values that differ by themselves, such as short durations, may be equal by chance. */
  private static final int RERUNS = 5;

  /** A value that differs rarely, such as a short duration, does not differ each time. */
  private static final int REPETITIONS = 2;

  private final ExploredJob<?> job;
  private final ExploredRun baseline;

  /** The keys that differ by themselves. */
  private final Set<String> unsteady = new HashSet<>();

  MetadataComparison(ExploredJob<?> job, ExploredRun baseline) {
    this.job = job;
    this.baseline = baseline;
  }

  /**
   * How the metadata differ, in words; null if they do not.
   *
   * @param schedule the kills of the run
   */
  @Nullable String difference(ExploredRun explored, KillSchedule schedule) throws Exception {
    Set<String> keys = differing(explored);
    keys.removeAll(unsteady);
    for (int rerun = 0; rerun < RERUNS && !keys.isEmpty(); rerun++) {
      ExploredRun again = job.runUndisturbed();
      if (again.ending() == baseline.ending()) {
        unsteady.addAll(differing(again));
        keys.removeAll(unsteady);
      }
    }
    if (!keys.isEmpty()) {
      keys.retainAll(differingAgain(keys, schedule));
    }
    return keys.isEmpty()
        ? null
        : "the metadata of the job are %s instead of %s"
            .formatted(only(keys, explored), only(keys, baseline));
  }

  /**
   * Those of the keys that differ in each further run with the same kills. The others are not
   * looked at again. With branches, the same kills may fall elsewhere, so one run is enough.
   */
  private Set<String> differingAgain(Set<String> keys, KillSchedule schedule) throws Exception {
    var always = new TreeSet<>(keys);
    var ever = new TreeSet<String>();
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      ExploredRun again = job.run(schedule, baseline);
      // A run that ends in another way may have no metadata at all: it says nothing about keys.
      if (again.ending() == baseline.ending()) {
        Set<String> differing = differing(again);
        always.retainAll(differing);
        ever.addAll(differing);
      }
    }
    if (baseline.hasForks()) {
      return ever;
    }
    unsteady.addAll(keys);
    unsteady.removeAll(always);
    return always;
  }

  /** The keys at which a run differs from the undisturbed one. */
  private Set<String> differing(ExploredRun run) {
    var keys = new TreeSet<>(baseline.metadata().keySet());
    keys.addAll(run.metadata().keySet());
    keys.removeIf(key -> Objects.equals(baseline.metadata().get(key), run.metadata().get(key)));
    return keys;
  }

  private static SortedMap<String, String> only(Set<String> keys, ExploredRun run) {
    var metadata = new TreeMap<>(run.metadata());
    metadata.keySet().retainAll(keys);
    return metadata;
  }
}
