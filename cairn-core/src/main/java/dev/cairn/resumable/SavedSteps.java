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

/** What is known of a job's steps: what earlier attempts saved, and what this one finishes. */
final class SavedSteps {
  /** Names beginning with this are Cairn's own. */
  static final String OWN = MetadataKeys.OWN_PREFIX;

  /** Parts the names of a path. River knows no paths, and its names may have it. */
  static final char SLASH = '/';

  /**
   * What a River client has left, as long as the code has not come as far: the name of the step
   * behind which the job goes on, or null if River knew of no finished one. Without a value once
   * the code has come there. The store reads it too.
   */
  private static final String RIVER = OWN + "river";

  /** The place of a step of which River has told, until the code comes to it. */
  private static final int RIVERS_PLACE = 0;

  private static final String NULL = "null";

  private final Map<String, Checkpoint> byName = new LinkedHashMap<>();

  /** What earlier attempts saved and the code has not come to yet: few, so that looks are cheap. */
  private final NavigableSet<String> ahead = new TreeSet<>();

  /** What becomes of the items that were put aside, as their steps are renamed. */
  private final List<Consumer<Quarantine>> itemRenames = new ArrayList<>();

  /** The same, as their steps are forgotten. */
  private final List<Consumer<Quarantine>> itemsForgotten = new ArrayList<>();

  private boolean hasItemsAside;

  /** The step up to which a River client has come, until this run has come there too. */
  private @Nullable String riverStep;

  /** What this run has passed over on the way there: finished, if it comes there. */
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
   * Takes over what River's keys say, which the end of any attempt would otherwise write over: it
   * is durable before the first step runs.
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

  /** Nothing of what is saved has been come to. */
  void lookAhead() {
    ahead.clear();
    ahead.addAll(byName.keySet());
  }

  /** The code has come to a step. */
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

  /** Whether items of the job are put aside. */
  boolean hasItemsAside() {
    return hasItemsAside;
  }

  /**
   * Has what the job has put aside follow its steps to their new names. Before the steps are
   * renamed in the database: until they are it is done again, which does no harm.
   */
  void renameItems(Quarantine quarantine) {
    apply(itemRenames, quarantine);
  }

  /**
   * Forgets what the job has put aside in steps that are forgotten. Behind that: an item whose step
   * was not forgotten yet would be passed over.
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
   * A step is passed over on the way to River's. It counts as finished only if this run comes
   * there: if the code has no step of that name, nobody knows what River has done.
   */
  void passBehindRiver(Checkpoint finished) {
    behindRiver.add(finished);
  }

  /** This run has come to River's step. Returns what is to be saved now, and no sooner. */
  List<Checkpoint> passRiverStep() {
    riverStep = null;
    var passed = new Checkpoint(RIVER, null, true, null);
    behindRiver.add(passed);
    behindRiver.forEach(this::put);
    List<Checkpoint> all = List.copyOf(behindRiver);
    behindRiver.clear();
    return all;
  }

  /** Whether a River client has told of a step in progress, and the code has not come to it. */
  static boolean isOfRiver(@Nullable Checkpoint checkpoint) {
    Integer position = checkpoint == null ? null : checkpoint.position();
    return position != null && position == RIVERS_PLACE;
  }

  /**
   * Whether a step that was never begun may run before this one, which is in progress: River knew
   * of no finished step, so all before the one that it told of are still to be done.
   */
  boolean mayFollow(String waiting) {
    Checkpoint river = byName.get(RIVER);
    return river != null && NULL.equals(river.value()) && isOfRiver(byName.get(waiting));
  }

  /** The last step in progress, else the last finished one, without its result. */
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

  /** Whether anything was saved for a step or one within it. */
  boolean knows(String path) {
    return path.equals(riverStep)
        || byName.keySet().stream().anyMatch(name -> isWithin(name, path));
  }

  /** Carries the state of a step and those within it over; whether there was any. */
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
    // Only what is within the parent: a job of many parts asks for each of them.
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
