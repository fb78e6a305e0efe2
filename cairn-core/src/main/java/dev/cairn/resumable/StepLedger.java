package dev.cairn.resumable;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints.Saved;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/*
 * What is known of a step when the code comes to it:
 *
 * finished     a saved checkpoint says so, or River's "last step" lies ahead or here: skipped
 * in progress  a saved cursor: run with it
 * unknown      never begun: run, if no other step at this place is in progress. If one is, the code
 *              has either a new step before it, or has renamed or removed it. Running on would be
 *              wrong in the second case, so the job stops unless plan(...) says which it is.
 *
 * Positions are the order in which this run comes to its top-level steps. River knows only one last
 * finished step, so every skipped step whose position has changed is saved again with its new one.
 * A step that begins is saved as begun, without a value: that makes it seen while it runs, tells
 * River where the unbroken prefix ends, and costs a short one nothing, because its end replaces it
 * before it was written.
 */

/** Decides which steps of one attempt run, and saves how they end. Used by the job's thread. */
final class StepLedger {
  private static final int NAME_LENGTH_MAX = 255;

  private final WorkContext context;
  private final StepValues values;
  private final ResumableLimits limits;
  private final StepEvents events;
  private final Thread owner = Thread.currentThread();
  private final Set<String> entered = new HashSet<>();
  private final Deque<StepEntry> open = new ArrayDeque<>();
  private final Map<String, Checkpoint> saved = new HashMap<>();
  private boolean loaded;
  private int topLevelSteps;
  private boolean flushNeeded;
  private @Nullable Set<String> plan;
  private @Nullable String failed;

  /** The step up to which a River client has come, until this run has come there too. */
  private @Nullable String riverStep;

  StepLedger(WorkContext context, StepValues values, ResumableLimits limits) {
    this.context = context;
    this.values = values;
    this.limits = limits;
    this.events = new StepEvents(context);
  }

  void plan(String... names) {
    requireOwnThread("plan");
    load();
    if (!entered.isEmpty()) {
      throw new IllegalStateException(
          "plan(...) of %s comes after its first step".formatted(job()));
    }
    plan = Set.of(names);
    for (String gone : inProgress("")) {
      if (!plan.contains(gone)) {
        throw mismatch(gone, "is not in the plan " + new TreeSet<>(plan));
      }
    }
    if (riverStep != null && !plan.contains(riverStep)) {
      throw mismatch(riverStep, "is not in the plan " + new TreeSet<>(plan));
    }
  }

  /** The code has come to a step. */
  StepEntry enter(String name) {
    requireOwnThread("step '" + name + "'");
    load();
    String path = path(name);
    requireNew(path);
    context.yieldIfInterrupted();
    if (failed != null) {
      throw new IllegalStateException(
          "step '%s' of %s does not run: step '%s' before it has failed"
              .formatted(path, job(), failed));
    }
    entered.add(path);
    Integer position = open.isEmpty() ? ++topLevelSteps : null;
    var entry = new StepEntry(path, position, saved.get(path));
    if (riverStep != null && open.isEmpty()) {
      return enterBehindRiver(entry);
    }
    if (entry.isFinished()) {
      keepPosition(entry);
      events.skipped(entry);
    } else if (!isInProgress(entry.saved())) {
      requireNothingElseInProgress(path);
    }
    return entry;
  }

  /** Passes over what a River client has finished, as River does (see river-compat). */
  private StepEntry enterBehindRiver(StepEntry entry) {
    if (entry.path().equals(riverStep)) {
      riverStep = null;
      if (isInProgress(entry.saved())) {
        return entry;
      }
    }
    events.skipped(entry);
    if (entry.isFinished()) {
      keepPosition(entry);
      return entry;
    }
    StepEntry passed = entry.finishedWith(null);
    context.checkpoints().save(passed.finished(null));
    return passed;
  }

  private void keepPosition(StepEntry entry) {
    Checkpoint checkpoint = entry.saved();
    Integer position = entry.position();
    if (checkpoint != null && position != null && !position.equals(checkpoint.position())) {
      context.checkpoints().save(entry.finished(checkpoint.value()));
    }
  }

  /** The body of a step is about to run. */
  void begin(StepEntry entry) {
    if (flushNeeded) {
      context.checkpoints().flush();
      flushNeeded = false;
    }
    entry.meter().start();
    if (!isInProgress(entry.saved())) {
      context.checkpoints().save(entry.at(null));
    }
    open.push(entry);
  }

  /** The code says how far the step that runs has come. */
  void progress(long done, @Nullable Long total) {
    requireOwnThread("progress");
    StepEntry running = open.peek();
    if (running == null) {
      throw new IllegalStateException(
          "progress of %s was told outside of a step: call it in the body of one".formatted(job()));
    }
    running.meter().set(done, total);
    if (!running.meter().followsCursor()) {
      context.checkpoints().save(running.at(null));
    }
  }

  /** The body of a step has ended. */
  void end(StepEntry entry, boolean returned) {
    open.pop();
    if (!returned && failed == null) {
      failed = entry.path();
    }
  }

  /** A step has finished: durable before the next one begins, or with the outcome. */
  void finish(StepEntry entry, @Nullable String result) {
    context.checkpoints().save(entry.finished(result));
    flushNeeded = true;
  }

  /** The worker has returned: nothing that was in progress may have been left out. */
  void endRun() {
    if (!loaded && !hasRiverKeys()) {
      return;
    }
    load();
    for (String gone : inProgress("")) {
      throw mismatch(gone, "the code has ended without coming to it");
    }
    if (riverStep != null) {
      throw mismatch(riverStep, "the code has ended without coming to it");
    }
  }

  private boolean hasRiverKeys() {
    return context.job().metadata().contains("\"river:resumable_");
  }

  private void load() {
    if (loaded) {
      return;
    }
    Saved state = context.checkpoints().load();
    state.checkpoints().forEach(checkpoint -> saved.put(checkpoint.name(), checkpoint));
    if (state.metadataIsNewer()) {
      RiverState river = values.riverState();
      saved.values().removeIf(own -> isInProgress(own) && own.position() != null);
      river
          .cursors()
          .forEach((name, cursor) -> saved.put(name, new Checkpoint(name, null, false, cursor)));
      riverStep = river.step();
    }
    loaded = true;
    tellWhereItGoesOn();
  }

  private void tellWhereItGoesOn() {
    Comparator<Checkpoint> byPlace =
        Comparator.<Checkpoint>comparingInt(it -> it.position() == null ? 0 : it.position())
            .thenComparing(Checkpoint::name);
    Optional<Checkpoint> latest =
        saved.values().stream().filter(StepLedger::isInProgress).max(byPlace);
    if (latest.isPresent()) {
      events.resumed(latest.get().name(), latest.get().value());
    } else if (riverStep != null) {
      events.resumed(riverStep, null);
    } else {
      saved.values().stream()
          .filter(Checkpoint::finished)
          .max(byPlace)
          .ifPresent(last -> events.resumed(last.name(), null));
    }
  }

  private String path(String name) {
    if (name.isBlank() || name.length() > NAME_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "a step of %s has the name '%s': it must have 1 to %d characters"
              .formatted(job(), name, NAME_LENGTH_MAX));
    }
    StepEntry parent = open.peek();
    return parent == null ? name : parent.path() + "/" + name;
  }

  private void requireNew(String path) {
    if (entered.contains(path)) {
      throw new IllegalStateException(
          ("step '%s' of %s is there twice: give each run of it a name of its own, such as "
                  + "Steps.name(\"%s\", key)")
              .formatted(path, job(), path));
    }
    if (entered.size() >= limits.steps()) {
      throw new IllegalStateException(
          "%s has more than %d steps: use a cursor, or raise resumableLimits"
              .formatted(job(), limits.steps()));
    }
    if (plan != null && open.isEmpty() && !plan.contains(path)) {
      throw new IllegalStateException(
          "step '%s' of %s is not in its plan %s".formatted(path, job(), new TreeSet<>(plan)));
    }
  }

  private void requireNothingElseInProgress(String path) {
    String parent = path.substring(0, path.lastIndexOf('/') + 1);
    if (plan != null && parent.isEmpty()) {
      return;
    }
    for (String waiting : inProgress(parent)) {
      if (!(parent + waiting).equals(path)) {
        throw mismatch(
            parent + waiting,
            ("the code comes to step '%s' first, which was never begun. If '%s' is a new step, "
                    + "declare all steps with Steps.plan(...)")
                .formatted(path, path));
      }
    }
  }

  /** The steps below {@code parent} that were in progress and that this run has not come to yet. */
  private List<String> inProgress(String parent) {
    return saved.values().stream()
        .filter(StepLedger::isInProgress)
        .map(Checkpoint::name)
        .filter(name -> name.startsWith(parent))
        .map(name -> childOf(parent, name))
        .filter(child -> !entered.contains(parent + child))
        .distinct()
        .sorted()
        .toList();
  }

  private static String childOf(String parent, String path) {
    int end = path.indexOf('/', parent.length());
    return path.substring(parent.length(), end < 0 ? path.length() : end);
  }

  private static boolean isInProgress(@Nullable Checkpoint checkpoint) {
    return checkpoint != null && !checkpoint.finished() && checkpoint.value() != null;
  }

  private CheckpointMismatchException mismatch(String step, String what) {
    return new CheckpointMismatchException(
        ("step '%s' of %s was in progress in an earlier attempt, but %s. If it was renamed, give it "
                + "its old name back; its state is kept and no attempt is used up")
            .formatted(step, job(), what));
  }

  private void requireOwnThread(String call) {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "%s of %s was called on thread '%s': steps are called by the job's own thread"
              .formatted(call, job(), Thread.currentThread().getName()));
    }
  }

  private String job() {
    Job<?> job = context.job();
    return "job %d (%s)".formatted(job.id(), job.kind());
  }
}
