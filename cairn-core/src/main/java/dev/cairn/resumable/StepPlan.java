package dev.cairn.resumable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which top-level steps a job has, and how it takes over what older code has saved (R10, R11).
 * Immutable.
 *
 * <pre>{@code
 * steps.plan(StepPlan.of("validate", "quote", "import", "settle")
 *     .renamed("load", "import")
 *     .version(2, progress -> VersionChange.Decision.CONTINUE));
 * }</pre>
 *
 * @param names the top-level steps, without slashes; a name stands for its keyed runs too, such as
 *     {@code page[3]}
 * @param renames new names by old ones
 * @param removed what to do about finished steps that are not among the names
 * @param version of this definition; 0 for none
 * @param change decides about jobs of older versions
 */
public record StepPlan(
    Set<String> names,
    Map<String, String> renames,
    RemovedSteps removed,
    int version,
    VersionChange change) {
  public StepPlan {
    names = Set.copyOf(names);
    for (String name : names) {
      if (name.isBlank() || name.indexOf(SavedSteps.SLASH) >= 0 || SavedSteps.isOwn(name)) {
        throw new IllegalArgumentException(
            ("a plan has the name '%s': it names top-level steps, whose names are not blank, have no"
                    + " slash and do not begin with '%s'. Steps within steps need no plan")
                .formatted(name, SavedSteps.OWN));
      }
    }
    renames = Map.copyOf(renames);
    if (version < 0) {
      throw new IllegalArgumentException("the version of a plan counts from 1, not " + version);
    }
  }

  /** A plan without renamed steps and without a version, which ignores removed steps. */
  public static StepPlan of(String... names) {
    return new StepPlan(
        Set.copyOf(List.of(names)),
        Map.of(),
        RemovedSteps.IGNORE,
        0,
        progress -> VersionChange.Decision.CONTINUE);
  }

  /** A step of older code goes on under a new name. */
  public StepPlan renamed(String from, String to) {
    if (!covers(to) || covers(from)) {
      throw new IllegalArgumentException(
          "renamed('%s', '%s'): the new name must be in the plan, and the old one must not"
              .formatted(from, to));
    }
    var more = new LinkedHashMap<>(renames);
    more.put(from, to);
    return new StepPlan(names, more, removed, version, change);
  }

  /** What to do about finished steps that the code no longer has. */
  public StepPlan onRemoved(RemovedSteps policy) {
    return new StepPlan(names, renames, policy, version, change);
  }

  /**
   * Gives this definition a version, from 1. A job that a newer version has begun is left to other
   * clients: it is worked again a little later, and no attempt is used up.
   *
   * @param handler decides about jobs that an older version, or one without a number, has begun
   */
  public StepPlan version(int number, VersionChange handler) {
    if (number < 1) {
      throw new IllegalArgumentException("the version of a plan counts from 1, not " + number);
    }
    return new StepPlan(names, renames, removed, number, handler);
  }

  boolean covers(String step) {
    int key = step.indexOf('[');
    return names.contains(step) || (key > 0 && names.contains(step.substring(0, key)));
  }

  String sortedNames() {
    return new TreeSet<>(names).toString();
  }
}
