package dev.cairn.resumable;

import dev.cairn.internal.store.MetadataKeys;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints.Saved;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
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

  /**
   * The state that a River client has left: the name of the step after which the job continues, or
   * null if River recorded no finished step. It has no value once the code has reached that step.
   * The store reads it too.
   */
  private static final String RIVER = OWN + "river";

  /** The position of a step that River has recorded, until the code reaches it. */
  private static final int RIVERS_PLACE = 0;

  private static final String NULL = "null";

  private final Map<String, Checkpoint> byName = new LinkedHashMap<>();

  /**
   * The checkpoints of earlier attempts that the code has not reached: few, so that lookups are
   * cheap.
   */
  private final NavigableSet<String> ahead = new TreeSet<>();

  /** The renames to apply to the items that were put aside. */
  private final List<Consumer<Quarantine>> itemRenames = new ArrayList<>();

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
    ahead.clear();
    ahead.addAll(byName.keySet());
  }

  /** The code has reached a step. */
  void pass(String path) {
    ahead.remove(path);
  }

  @Nullable Checkpoint find(String path) {
    return byName.get(path);
  }

  void put(Checkpoint checkpoint) {
    byName.put(checkpoint.name(), checkpoint);
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
    ahead.clear();
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
    apply(itemRenames, quarantine);
  }

  /**
   * Deletes the items of deleted steps that were put aside. Comes after the steps are deleted: an
   * item whose step still exists would be skipped.
   */
  void forgetItems(Quarantine quarantine) {
    apply(itemsForgotten, quarantine);
  }

  private void apply(List<Consumer<Quarantine>> changes, Quarantine quarantine) {
    if (hasItemsAside) {
      changes.forEach(change -> change.accept(quarantine));
    }
    changes.clear();
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
        || byName.keySet().stream().anyMatch(name -> isWithin(name, path));
  }

  /**
   * Moves the state of a step and its nested steps to another name. Returns whether there was any.
   */
  boolean rename(String from, String to) {
    if (knows(to) || !knows(from)) {
      return false;
    }
    itemRenames.add(quarantine -> quarantine.rename(from, to));
    for (Checkpoint old : all()) {
      if (isWithin(old.name(), from)) {
        byName.remove(old.name());
        ahead.remove(old.name());
        String name = to + old.name().substring(from.length());
        put(new Checkpoint(name, old.position(), old.finished(), old.value(), old.progress()));
        ahead.add(name);
      }
    }
    if (from.equals(riverStep)) {
      riverStep = to;
      put(new Checkpoint(RIVER, null, true, RiverState.json(to)));
    }
    return true;
  }

  void forget(String path) {
    itemsForgotten.add(quarantine -> quarantine.forget(path));
    byName.keySet().removeIf(name -> isWithin(name, path));
  }

  private static boolean isWithin(String name, String path) {
    return name.equals(path) || name.startsWith(path + "/");
  }

  /** The steps right below {@code parent} that are in progress and not among {@code entered}. */
  List<String> inProgress(String parent, Set<String> entered) {
    return children(parent, entered, false);
  }

  /** The top-level steps that have finished and are not among {@code entered}. */
  List<String> finished(Set<String> entered) {
    return children("", entered, true);
  }

  private List<String> children(String parent, Set<String> entered, boolean finished) {
    // Only within the parent, because a job with many parts asks for each of them.
    return ahead.subSet(parent, parent + Character.MAX_VALUE).stream()
        .map(byName::get)
        .filter(Objects::nonNull)
        .filter(checkpoint -> finished ? checkpoint.finished() : isInProgress(checkpoint))
        .map(Checkpoint::name)
        .filter(name -> name.startsWith(parent) && !isOwn(name))
        .map(name -> isOfRiver(byName.get(name)) ? name : childOf(parent, name))
        .filter(child -> !entered.contains(parent + child))
        .filter(child -> !finished || isFinished(parent + child))
        .distinct()
        .sorted()
        .toList();
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
