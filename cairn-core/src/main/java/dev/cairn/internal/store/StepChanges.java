package dev.cairn.internal.store;

import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.jobs.StepProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Changes of an operator to a job's saved steps (R28).
 *
 * @param all whether to delete all of them
 * @param forgotten the paths of the steps to delete, with the items that they have put aside
 * @param again the paths of the steps to delete whose items stay put aside
 * @param set the steps with a new state
 */
public record StepChanges(
    boolean all, Set<String> forgotten, Set<String> again, List<NewState> set) {
  public static final StepChanges NONE = new StepChanges(false, Set.of(), Set.of(), List.of());

  /** The job starts from its beginning. */
  public static final StepChanges FORGET_ALL = new StepChanges(true, Set.of(), Set.of(), List.of());

  public StepChanges {
    forgotten = Set.copyOf(forgotten);
    again = Set.copyOf(again);
    set = List.copyOf(set);
  }

  /**
   * The new state of a step.
   *
   * @param value its cursor, or its result if finished, as JSON; null if there is none
   */
  public record NewState(String name, boolean finished, @Nullable String value) {}

  public boolean isEmpty() {
    return !all && forgotten.isEmpty() && again.isEmpty() && set.isEmpty();
  }

  /** The paths of all steps to delete. */
  public List<String> deleted() {
    return Stream.concat(forgotten.stream(), again.stream()).toList();
  }

  /** Gives one step a new state and leaves all other steps unchanged. */
  public static StepChanges setting(String name, boolean finished, @Nullable String value) {
    return new StepChanges(false, Set.of(), Set.of(), List.of(new NewState(name, finished, value)));
  }

  /**
   * Runs a step and all steps behind it again. Behind a top-level step are the top-level steps with
   * a higher position, with their nested steps. Behind a nested step are its siblings that began
   * later. The enclosing steps of the step become unfinished and run their remaining work.
   *
   * <p>A step that continues at a cursor keeps the upper bound of its source. Its nested steps run
   * again for the items that it reads again.
   *
   * @param target one of {@code steps}
   * @param cursor where the step continues; null for its beginning
   */
  public static StepChanges rewind(
      List<StepProgress> steps, StepProgress target, @Nullable String cursor) {
    StepProgress top = top(steps, target);
    var forgotten = new HashSet<String>();
    var again = new HashSet<String>();
    var set = new ArrayList<NewState>();
    for (StepProgress step : steps) {
      if (step.equals(target)) {
        if (cursor == null) {
          forgotten.add(step.name());
        } else {
          set.add(new NewState(step.name(), false, cursor));
        }
      } else if (isWithin(target, step)) {
        if (step.finished()) {
          set.add(new NewState(step.name(), false, null));
        }
      } else if (isWithin(step, target)) {
        if (cursor == null) {
          forgotten.add(step.name());
        } else if (!step.name().equals(pin(target))) {
          // Items before the cursor are not read again, so those put aside stay put aside.
          again.add(step.name());
        }
      } else if (isBehind(step, top(steps, step), target, top)) {
        forgotten.add(step.name());
      }
    }
    return new StepChanges(false, forgotten, again, set);
  }

  /** Where a step keeps the pinned state of its source. */
  private static String pin(StepProgress step) {
    return step.name() + "/" + MetadataKeys.OWN_PREFIX + "pin";
  }

  private static boolean isBehind(
      StepProgress step, StepProgress itsTop, StepProgress target, StepProgress top) {
    if (!itsTop.equals(top)) {
      Integer itsPlace = place(itsTop);
      Integer place = place(top);
      return itsPlace != null && place != null && itsPlace > place;
    }
    Instant begun = step.startedAt();
    return begun == null || target.startedAt() == null || !begun.isBefore(target.startedAt());
  }

  /**
   * The place of a step. A step that River has recorded but the job has not reached has position 0;
   * it is behind all steps that the job has reached.
   */
  private static @Nullable Integer place(StepProgress step) {
    Integer position = step.position();
    return position != null && position == 0 ? Integer.valueOf(Integer.MAX_VALUE) : position;
  }

  private static boolean isWithin(StepProgress inner, StepProgress outer) {
    return inner.name().startsWith(outer.name() + "/");
  }

  /** The top-level step that contains a step, or the step itself. */
  private static StepProgress top(List<StepProgress> steps, StepProgress step) {
    return steps.stream()
        .filter(it -> it.position() != null && (it.equals(step) || isWithin(step, it)))
        .max(Comparator.comparingInt(it -> it.name().length()))
        .orElse(step);
  }
}
