package dev.cairn.resumable;

import dev.cairn.Job;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints.Saved;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a job: the checkpoints of earlier attempts, and the steps that this attempt
 * finishes.
 */
final class SavedSteps {
  /** Names beginning with this are Cairn's own. */
  static final String OWN = MetadataKeys.OWN_PREFIX;

  /** Separates the names of a path. River has no paths, and its names may contain a slash. */
  static final char SLASH = '/';

  /** Begins the key of one run of a step. */
  private static final char KEY = '[';

  /** All paths of steps within a step sort between its name with a slash and with this. */
  private static final char AFTER_SLASH = SLASH + 1;

  /**
   * The state that a River client has left: the name of the step after which the job continues, or
   * null if River recorded no finished step. It has no value once the code has reached that step.
   * The store reads it too.
   */
  private static final String RIVER = OWN + "river";

  /** The position of a step that River has recorded, until the code reaches it. */
  private static final int RIVERS_PLACE = 0;

  private static final String NULL = "null";

  private final NavigableMap<String, Checkpoint> byName = new TreeMap<>();

  /** The checkpoints of earlier attempts that the code has not reached. */
  private final NavigableSet<String> ahead = new TreeSet<>();

  /**
   * Those of them that are in progress: few, however many items of a loop have finished steps, so
   * each new step looks for them only.
   */
  private final NavigableSet<String> inProgressAhead = new TreeSet<>();

  /** How many of those ahead are steps of the code. */
  private int stepsAhead;

  /** The renames to apply to the items that were put aside. */
  private final List<Rename> itemRenames = new ArrayList<>();

  private record Rename(String from, String to) {}

  /** The deletions to apply to the items that were put aside. */
  private final List<Consumer<Quarantine>> itemsForgotten = new ArrayList<>();

  private boolean hasItemsAside;

  /** River's last step, until this run has reached it. */
  private @Nullable String riverStep;

  /**
   * The steps that this run has skipped before River's step. They have finished if the run reaches
   * it.
   */
  private final List<Checkpoint> behindRiver = new ArrayList<>();

  /** Whether River may have begun steps of a job. */
  static boolean hasRiverKeys(Job<?> job) {
    return job.metadata().contains("\"" + MetadataKeys.RESUMABLE_PREFIX);
  }

  static SavedSteps load(MiddlewareContext context, StepValues values) {
    var steps = new SavedSteps();
    Saved state = context.checkpoints().load();
    state.checkpoints().stream().filter(it -> !it.isNote()).forEach(steps::put);
    steps.hasItemsAside = state.hasItemsAside();
    if (state.metadataIsNewer()) {
      steps.takeOver(values.riverState());
      context.checkpoints().takeOver(List.copyOf(steps.all()));
    }
    steps.riverStep = steps.savedRiverStep(values);
    steps.lookAhead();
    return steps;
  }

  /**
   * Takes over the values of River's keys, which the end of any attempt would otherwise overwrite.
   * They are durable before the first step runs.
   */
  private void takeOver(RiverState river) {
    byName.values().removeIf(own -> isInProgress(own) && own.position() != null);
    byName.remove(RIVER);
    river
        .cursors()
        .forEach((name, cursor) -> put(new Checkpoint(name, RIVERS_PLACE, false, cursor)));
    if (river.step() != null || !river.cursors().isEmpty()) {
      put(new Checkpoint(RIVER, null, true, river.stepJson()));
    }
  }

  private @Nullable String savedRiverStep(StepValues values) {
    Checkpoint river = byName.get(RIVER);
    return river == null || river.value() == null ? null : values.riverStep(river.value());
  }

  /** Starts with no saved step reached. */
  void lookAhead() {
    leaveNoneAhead();
    byName.keySet().forEach(this::setAhead);
  }

  private void leaveNoneAhead() {
    ahead.clear();
    inProgressAhead.clear();
    stepsAhead = 0;
  }

  private void setAhead(String name) {
    if (ahead.add(name) && isStep(name)) {
      stepsAhead++;
    }
    if (isInProgress(byName.get(name))) {
      inProgressAhead.add(name);
    } else {
      inProgressAhead.remove(name);
    }
  }

  /** The code has reached a step, or the step is gone. */
  void pass(String name) {
    if (ahead.remove(name) && isStep(name)) {
      stepsAhead--;
    }
    inProgressAhead.remove(name);
  }

  /** Whether a step was saved that the code has not reached. */
  boolean isAhead(String name) {
    return ahead.contains(name);
  }

  /** The number of saved steps that the code has not reached. */
  int stepsAhead() {
    return stepsAhead;
  }

  private static boolean isStep(String name) {
    return !name.contains(OWN);
  }

  @Nullable Checkpoint find(String path) {
    return byName.get(path);
  }

  void put(Checkpoint checkpoint) {
    String name = checkpoint.name();
    byName.put(name, checkpoint);
    if (ahead.contains(name)) {
      setAhead(name);
    }
  }

  Collection<Checkpoint> all() {
    return List.copyOf(byName.values());
  }

  boolean isEmpty() {
    return byName.isEmpty() && riverStep == null;
  }

  void clear() {
    itemsForgotten.add(Quarantine::forgetAll);
    byName.clear();
    leaveNoneAhead();
    riverStep = null;
    behindRiver.clear();
  }

  /** Whether the job has put items aside. */
  boolean hasItemsAside() {
    return hasItemsAside;
  }

  /**
   * Renames the steps of the items that were put aside. Comes before the steps are renamed in the
   * database. Repeating it until then does no harm.
   */
  void renameItems(Quarantine quarantine) {
    if (hasItemsAside && !itemRenames.isEmpty()) {
      // A step may have thousands of keyed runs, of which few have put items aside.
      var steps = itemRenames.size() == 1 ? null : new TreeSet<>(quarantine.steps().keySet());
      for (Rename each : itemRenames) {
        if (steps == null || steps.contains(each.from()) || !below(steps, each.from()).isEmpty()) {
          quarantine.rename(each.from(), each.to());
        }
      }
    }
    itemRenames.clear();
  }

  /**
   * Deletes the items of deleted steps that were put aside. Comes after the steps are deleted: an
   * item whose step still exists would be skipped.
   */
  void forgetItems(Quarantine quarantine) {
    if (hasItemsAside) {
      itemsForgotten.forEach(change -> change.accept(quarantine));
    }
    itemsForgotten.clear();
  }

  @Nullable String riverStep() {
    return riverStep;
  }

  /**
   * Notes that a step before River's step was skipped. It counts as finished only if this run
   * reaches River's step: if the code has no step of that name, nobody knows what River has done.
   */
  void passBehindRiver(Checkpoint finished) {
    behindRiver.add(finished);
  }

  /**
   * This run has reached River's step. Returns the checkpoints to save now, which must not be saved
   * earlier.
   */
  List<Checkpoint> passRiverStep() {
    riverStep = null;
    var passed = new Checkpoint(RIVER, null, true, null);
    behindRiver.add(passed);
    behindRiver.forEach(this::put);
    List<Checkpoint> all = List.copyOf(behindRiver);
    behindRiver.clear();
    return all;
  }

  /** Whether a River client has recorded a step in progress that the code has not reached. */
  static boolean isOfRiver(@Nullable Checkpoint checkpoint) {
    Integer position = checkpoint == null ? null : checkpoint.position();
    return position != null && position == RIVERS_PLACE;
  }

  /**
   * Whether a step that was never begun may run before this step, which is in progress. It may if
   * River recorded no finished step, because then all steps before this one still have to be done.
   */
  boolean mayFollow(String waiting) {
    Checkpoint river = byName.get(RIVER);
    return river != null && NULL.equals(river.value()) && isOfRiver(byName.get(waiting));
  }

  /** The last step in progress, or else the last finished step, without its result. */
  Optional<Checkpoint> latest() {
    Comparator<Checkpoint> byPlace =
        Comparator.<Checkpoint>comparingInt(it -> it.position() == null ? 0 : it.position())
            .thenComparing(Checkpoint::name);
    List<Checkpoint> steps = all().stream().filter(it -> !it.name().contains(OWN)).toList();
    return steps.stream()
        .filter(SavedSteps::isInProgress)
        .max(byPlace)
        .or(() -> Optional.ofNullable(riverStep).map(SavedSteps::finishedStep))
        .or(() ->
            steps.stream()
                .filter(Checkpoint::finished)
                .max(byPlace)
                .map(last -> finishedStep(last.name())));
  }

  private static Checkpoint finishedStep(String name) {
    return new Checkpoint(name, null, true, null);
  }

  /** Whether anything was saved for a step or a nested one. */
  boolean knows(String path) {
    return path.equals(riverStep)
        || byName.containsKey(path)
        || !below(byName.navigableKeySet(), path).isEmpty();
  }

  /** Those of the names that are paths of steps within a step. */
  static NavigableSet<String> below(NavigableSet<String> names, String path) {
    return names.subSet(path + SLASH, true, path + AFTER_SLASH, false);
  }

  /** What was saved for a step and the steps within it. */
  private List<Checkpoint> within(String path) {
    return Stream.concat(Stream.of(path), below(byName.navigableKeySet(), path).stream())
        .map(byName::get)
        .filter(Objects::nonNull)
        .toList();
  }

  /** The keyed runs of a top-level step, such as {@code page[3]} of {@code page}. */
  Set<String> keyedRuns(String step) {
    String begin = step + KEY;
    Set<String> runs = new TreeSet<>();
    for (String name : byName.tailMap(begin).keySet()) {
      if (!name.startsWith(begin)) {
        break;
      }
      runs.add(isOfRiver(byName.get(name)) ? name : childOf("", name));
    }
    if (riverStep != null && riverStep.startsWith(begin)) {
      runs.add(riverStep);
    }
    return runs;
  }

  /**
   * Moves the state of a step and its nested steps to another name. Returns whether there was any.
   */
  boolean rename(String from, String to) {
    return rename(from, to, (old, now) -> {});
  }

  /**
   * As {@link #rename(String, String)}.
   *
   * @param moved told the old and the new name of each checkpoint; the same name twice for one that
   *     only got another value
   */
  boolean rename(String from, String to, BiConsumer<String, String> moved) {
    if (knows(to) || !knows(from)) {
      return false;
    }
    itemRenames.add(new Rename(from, to));
    for (Checkpoint old : within(from)) {
      byName.remove(old.name());
      pass(old.name());
      String name = to + old.name().substring(from.length());
      put(new Checkpoint(name, old.position(), old.finished(), old.value(), old.progress()));
      setAhead(name);
      moved.accept(old.name(), name);
    }
    if (from.equals(riverStep)) {
      riverStep = to;
      put(new Checkpoint(RIVER, null, true, RiverState.json(to)));
      moved.accept(RIVER, RIVER);
    }
    return true;
  }

  void forget(String path) {
    itemsForgotten.add(quarantine -> quarantine.forget(path));
    for (Checkpoint gone : within(path)) {
      byName.remove(gone.name());
      pass(gone.name());
    }
  }

  /** The steps right below {@code parent} that are in progress and not among {@code entered}. */
  List<String> inProgress(String parent, Set<String> entered) {
    return children(inProgressAhead, parent, entered).toList();
  }

  /** The top-level steps that have finished and are not among {@code entered}. */
  List<String> finished(Set<String> entered) {
    return children(ahead, "", entered).filter(this::isFinished).toList();
  }

  private Stream<String> children(NavigableSet<String> names, String parent, Set<String> entered) {
    // Only within the parent, because a job with many parts asks for each of them.
    return names.subSet(parent, parent + Character.MAX_VALUE).stream()
        .filter(name -> name.startsWith(parent) && !isOwn(name))
        .map(name -> isOfRiver(byName.get(name)) ? name : childOf(parent, name))
        .filter(child -> !entered.contains(parent + child))
        .distinct()
        .sorted();
  }

  private boolean isFinished(String path) {
    Checkpoint checkpoint = byName.get(path);
    return checkpoint != null && checkpoint.finished();
  }

  private static String childOf(String parent, String path) {
    int end = path.indexOf(SLASH, parent.length());
    return path.substring(parent.length(), end < 0 ? path.length() : end);
  }

  static boolean isInProgress(@Nullable Checkpoint checkpoint) {
    return checkpoint != null && !checkpoint.finished() && checkpoint.value() != null;
  }

  static boolean isOwn(String name) {
    return name.startsWith(OWN);
  }
}
