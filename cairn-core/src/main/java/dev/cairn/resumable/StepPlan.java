package dev.cairn.resumable;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The top-level steps of a job, and how it takes over the state that older code has saved.
 * Immutable.
 *
 * <pre>{@code
 * steps.plan(StepPlan.of("validate", "quote", "import", "settle")
 *     .renamed("load", "import")
 *     .version(2, progress -> VersionChange.Decision.CONTINUE));
 * }</pre>
 */
public final class StepPlan {
  private static final VersionChange CONTINUE = progress -> VersionChange.Decision.CONTINUE;

  private static final Option<Set<String>> NAMES = Option.of("names", Set.of());
  private static final Option<Map<String, String>> RENAMES = Option.of("renames", Map.of());
  private static final Option<RemovedSteps> REMOVED = Option.of("removed", RemovedSteps.IGNORE);
  private static final Option<Integer> VERSION = Option.of("version", 0);
  private static final Option<VersionChange> CHANGE = Option.of("change", CONTINUE);

  private final Options options;

  private StepPlan(Options options) {
    this.options = options;
  }

  /**
   * A plan without renamed steps and without a version, which ignores removed steps.
   *
   * @throws IllegalArgumentException if a name is blank, has a slash, or begins with {@code cairn:}
   */
  public static StepPlan of(String... names) {
    for (String name : names) {
      requireTopLevel(name);
    }
    return new StepPlan(Options.none().with(NAMES, Set.copyOf(List.of(names))));
  }

  private static void requireTopLevel(String name) {
    if (name.isBlank() || name.indexOf(SavedSteps.SLASH) >= 0 || SavedSteps.isOwn(name)) {
      throw new IllegalArgumentException(
          ("a plan has the name '%s': it names top-level steps, whose names are not blank, have "
                  + "no slash and do not begin with '%s'. Nested steps need no plan [CAIRN-307]")
              .formatted(name, SavedSteps.OWN));
    }
  }

  private <T> StepPlan with(Option<T> option, T value) {
    return new StepPlan(options.with(option, value));
  }

  /**
   * The top-level steps, without slashes. A name also covers its keyed runs, such as {@code
   * page[3]}.
   */
  public Set<String> names() {
    return options.get(NAMES);
  }

  /** The new names of renamed steps, by their old names. */
  public Map<String, String> renames() {
    return options.get(RENAMES);
  }

  /**
   * Renames a step of older code, with its keyed runs: {@code renamed("page", "sheet")} also
   * renames {@code page[3]} to {@code sheet[3]}. A step that had several names in turn can have
   * several old names. If a job has state under more than one of them, the first one counts.
   *
   * @throws IllegalArgumentException if the new name is not in the plan, or the old one is
   */
  public StepPlan renamed(String from, String to) {
    if (!covers(to) || covers(from)) {
      throw new IllegalArgumentException(
          "renamed('%s', '%s'): the new name must be in the plan, and the old one must not"
              .formatted(from, to));
    }
    var more = new LinkedHashMap<>(renames());
    more.put(from, to);
    return with(RENAMES, Collections.unmodifiableMap(more));
  }

  /** What to do about finished steps that are not among the names. */
  public RemovedSteps removed() {
    return options.get(REMOVED);
  }

  /** What to do about finished steps that the code no longer has. */
  public StepPlan onRemoved(RemovedSteps policy) {
    return with(REMOVED, Objects.requireNonNull(policy, "policy"));
  }

  /** The version of this definition; 0 for none. */
  public int version() {
    return options.get(VERSION);
  }

  /** The handler that decides about jobs of older versions. */
  public VersionChange change() {
    return options.get(CHANGE);
  }

  /**
   * Gives this definition a version, from 1. A job that a newer version has started is left to
   * other clients. It is worked again a little later, and no attempt is used up.
   *
   * @param handler decides about jobs that an older version, or one without a number, has started
   * @throws IllegalArgumentException if the number is less than 1
   */
  public StepPlan version(int number, VersionChange handler) {
    if (number < 1) {
      throw new IllegalArgumentException("the version of a plan counts from 1, not " + number);
    }
    return with(VERSION, number).with(CHANGE, Objects.requireNonNull(handler, "handler"));
  }

  boolean covers(String step) {
    int key = step.indexOf('[');
    return names().contains(step) || (key > 0 && names().contains(step.substring(0, key)));
  }

  String sortedNames() {
    return new TreeSet<>(names()).toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StepPlan that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("StepPlan");
  }
}
