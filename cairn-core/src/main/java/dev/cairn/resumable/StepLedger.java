package dev.cairn.resumable;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.text.ByteLimit;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoint.Progress;
import dev.cairn.spi.MiddlewareContext;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/*
 * What is known about a step when the code reaches it:
 *
 * finished: a saved checkpoint says so, or River's "last step" is ahead or here. It is skipped.
 *
 * in progress: there is a saved cursor. It runs with the cursor.
 *
 * unknown: it was never begun. It runs if no other step at this place is in progress. Otherwise the
 * code either has a new step before that one, or has renamed or removed it. In the second case, it
 * would be wrong to continue, so the job stops unless plan(...) says which case it is.
 *
 * Positions are the order in which this run reaches its top-level steps. River knows only one last
 * finished step, so every skipped step whose position has changed is saved again with its new one.
 * A step that begins is saved as begun, without a value. This makes it visible while it runs and
 * tells River where the unbroken prefix ends. It costs a short step nothing, because the step's end
 * replaces it before it is written.
 */

/**
 * Decides which steps of one attempt run, and saves how they end. Listeners are called without its
 * lock, which the branches of a parallel step share. Thread-safe.
 */
final class StepLedger {
  private static final Log log = Log.of(StepLedger.class);

  private final MiddlewareContext context;
  private final StepValues values;
  private final ResumableLimits limits;
  private final StepEvents events;
  private final OwedFlush owed = new OwedFlush();
  private final OwedRenames renames = new OwedRenames();
  private final NavigableSet<String> entered = new TreeSet<>();

  /** Steps that skip failed items, and may therefore leave nested steps in progress. */
  private final Set<String> passingOver = new HashSet<>();

  /** Failed steps whose cursor a transaction may have moved. */
  private final Set<String> unknown = new HashSet<>();

  /** Steps with a cursor that transactions move. */
  private final Set<String> rows = new HashSet<>();

  /** Events that were found while the lock was held, and are not published yet. */
  private final Queue<Runnable> untold = new ConcurrentLinkedQueue<>();

  private final LoadedSteps loaded;
  private int topLevelSteps;

  private @Nullable StepPlan plan;
  private @Nullable ItemsAside aside;

  StepLedger(MiddlewareContext context, StepValues values, ResumableLimits limits) {
    this.context = context;
    this.values = values;
    this.limits = limits;
    this.events = new StepEvents(context);
    this.loaded = new LoadedSteps(context, values, events, untold);
  }

  void plan(StepScope scope, StepPlan steps) throws Exception {
    requireOwnThread(scope, "plan");
    SavedSteps known = loaded.get();
    synchronized (this) {
      if (!entered.isEmpty() || plan != null) {
        throw new IllegalStateException(
            "plan(...) of %s is called after its first step, or twice [CAIRN-314]"
                .formatted(values.job()));
      }
      plan = steps;
    }
    tell();
    new PlannedChange(context, values, events, steps, known, owed).apply();
  }

  /** Notes that the code has reached a step, and finds out what to do with it. */
  StepEntry enter(StepScope scope, String name, StepOptions options) {
    requireOwnThread(scope, "step '" + name + "'");
    StepNames.require(values, name);
    return come(scope, path(scope, name), options.renamedFrom());
  }

  /** Cairn has reached one of its own steps. */
  StepEntry enterOwn(StepScope scope, String name) {
    return come(scope, path(scope, name), null);
  }

  private StepEntry come(StepScope scope, String path, @Nullable String renamedFrom) {
    scope.yieldIfInterrupted();
    loaded.load();
    try {
      if (renamedFrom != null) {
        requireOutsideOfLoops(scope, path, renamedFrom);
        rename(scope.prefix() + renamedFrom, path);
      }
      if (!isFinished(path)) {
        writeRenames();
      }
      return enter(scope, path);
    } finally {
      tell();
    }
  }

  private StepEntry enter(StepScope scope, String path) {
    synchronized (this) {
      requireNew(scope, path);
      if (scope.failed() != null) {
        throw new IllegalStateException(
            "step '%s' of %s does not run: step '%s' before it has failed [CAIRN-310]"
                .formatted(path, values.job(), scope.failed()));
      }
      entered.add(path);
      scope.reach(path);
      saved().pass(path);
      Integer position = scope.isTop() ? ++topLevelSteps : null;
      var entry = new StepEntry(path, position, saved().find(path));
      if (saved().riverStep() != null && scope.isTop()) {
        return enterBehindRiver(entry);
      }
      if (entry.isFinished()) {
        keepPosition(entry);
        untold.add(() -> events.skipped(entry));
      } else if (!SavedSteps.isInProgress(entry.saved()) && !scope.isBranch()) {
        requireNothingElseInProgress(path);
      }
      return entry;
    }
  }

  private synchronized boolean isFinished(String path) {
    Checkpoint checkpoint = saved().find(path);
    return checkpoint != null && checkpoint.finished();
  }

  private void tell() {
    for (Runnable next = untold.poll(); next != null; next = untold.poll()) {
      next.run();
    }
  }

  /** Nothing may be saved while a rename is written, so no loop may move its position. */
  private void requireOutsideOfLoops(StepScope scope, String path, String from) {
    if (!scope.isOutsideOfLoops()) {
      throw new IllegalStateException(
          ("step '%s' of %s has renamedFrom(\"%s\"): a step cannot be renamed within a branch, "
                  + "a part or a step with a cursor, because positions move meanwhile. Keep the old name "
                  + "there [CAIRN-315]")
              .formatted(path, values.job(), from));
    }
  }

  private void rename(String from, String to) {
    SavedSteps known;
    synchronized (this) {
      known = saved();
      if (!known.rename(from, to, renames::owe)) {
        return;
      }
      aside = null;
    }
    known.renameItems(context.quarantine());
    if (known.hasItemsAside() || known.riverStep() != null) {
      // The items have their new names, and the steps before River's are saved without running.
      writeRenames();
    }
  }

  /** Writes the new names of renamed steps, if that is owed. */
  void writeRenames() {
    renames.settle(context.checkpoints(), this::find);
  }

  private synchronized @Nullable Checkpoint find(String name) {
    return saved().find(name);
  }

  /**
   * Skips the steps that a River client has finished, as River does (see river-compat). The skipped
   * steps are saved when the code reaches River's last step. They are durable before the next step
   * begins, because its transaction may be committed before anything else is written.
   */
  private StepEntry enterBehindRiver(StepEntry entry) {
    boolean isRivers = entry.path().equals(saved().riverStep());
    boolean goesOn = isRivers && SavedSteps.isInProgress(entry.saved());
    StepEntry met = goesOn || entry.isFinished() ? entry : entry.finishedWith(null);
    if (!goesOn) {
      untold.add(() -> events.skipped(entry));
      saved().passBehindRiver(met.finished(met.saved() == null ? null : met.saved().value()));
    }
    if (isRivers) {
      saved().passRiverStep().forEach(context.checkpoints()::save);
      owed.owe();
    }
    return met;
  }

  private void keepPosition(StepEntry entry) {
    Checkpoint checkpoint = entry.saved();
    Integer position = entry.position();
    if (checkpoint != null && position != null && !position.equals(checkpoint.position())) {
      Checkpoint moved = entry.finished(checkpoint.value());
      saved().put(moved);
      if (!renames.isOwed(moved.name())) {
        context.checkpoints().save(moved);
      }
    }
  }

  /** Called before the body of a step runs. */
  void begin(StepScope scope, StepEntry entry) {
    owed.settle(context.checkpoints());
    entry.meter().start();
    if (!SavedSteps.isInProgress(entry.saved())) {
      context.checkpoints().save(entry.at(null));
    }
    scope.open(entry);
  }

  /** Called before code runs within a step that has finished and stays finished. */
  void reopen(StepScope scope, StepEntry entry) {
    writeRenames();
    owed.settle(context.checkpoints());
    entry.meter().start();
    scope.open(entry);
  }

  /** Saves the progress that the code reports for the running step. */
  void progress(StepScope scope, long done, @Nullable Long total) {
    requireOwnThread(scope, "progress");
    StepEntry running = scope.current();
    if (running == null) {
      throw new IllegalStateException(
          ("progress of %s was reported outside of a step: call progress(...) in the body of a "
                  + "step [CAIRN-319]")
              .formatted(values.job()));
    }
    running.meter().set(done, total);
    context.checkpoints().working();
    if (!running.meter().followsCursor() && !running.isFinished()) {
      context.checkpoints().save(running.at(null));
    }
  }

  /** How the code can finish the running step itself; empty if the step has already finished. */
  Optional<FinishByHand> finishable(StepScope scope, String name) {
    requireOwnThread(scope, "finishTx(\"%s\")".formatted(name));
    StepEntry running = scope.current();
    if (running == null || !running.hasName(name)) {
      throw new IllegalStateException(
          "finishTx of %s names step '%s', but %s runs: name the innermost step [CAIRN-328]"
              .formatted(
                  values.job(), name, running == null ? "none" : "'" + running.path() + "'"));
    }
    FinishByHand byHand = scope.finishable(running);
    if (byHand == null && !running.isFinished()) {
      throw new IllegalStateException(
          ("step '%s' of %s cannot be finished by finishTx, because it has a result, a cursor, "
                  + "a source or branches: use step(name, body), or stepTx and advanceTx [CAIRN-328]")
              .formatted(running.path(), values.job()));
    }
    return Optional.ofNullable(byHand);
  }

  /** Checks the branches of a parallel step: none that was in progress may be missing. */
  synchronized void requireBranches(StepEntry entry, Set<String> names) {
    names.forEach(name -> StepNames.require(values, name));
    for (String gone : saved().inProgress(entry.path() + "/", Set.of())) {
      if (!names.contains(gone)) {
        throw mismatch(values, entry.path() + "/" + gone, "is not among the branches");
      }
    }
  }

  /** Notes that a step skips items, so nested steps in progress may belong to those. */
  synchronized void passesItemsOver(StepEntry entry) {
    passingOver.add(entry.path());
  }

  /** The items that the job has put aside in earlier attempts. */
  synchronized ItemsAside aside() {
    if (aside == null) {
      aside = new ItemsAside(context, saved().hasItemsAside());
    }
    return aside;
  }

  /** The saved value of a name; null if there is none. */
  synchronized @Nullable String savedValue(String name) {
    Checkpoint checkpoint = saved().find(name);
    return checkpoint == null ? null : checkpoint.value();
  }

  /** The saved progress of a step. */
  synchronized Progress savedProgress(String name) {
    Checkpoint checkpoint = saved().find(name);
    return checkpoint == null ? Progress.UNKNOWN : checkpoint.progress();
  }

  /** Notes where a step was when it failed. If it is tried again, it continues from there. */
  synchronized void noteProgress(Checkpoint checkpoint) {
    saved().put(checkpoint);
    unknown.remove(checkpoint.name());
  }

  /**
   * Notes that only the database knows where a step was when it failed. If the step is tried again,
   * the database is asked.
   */
  synchronized void noteUnknown(String path) {
    unknown.add(path);
  }

  /** Whether only the database knows where a step is. */
  synchronized boolean isUnknown(String path) {
    return unknown.contains(path);
  }

  /**
   * Notes that the cursor of a step needs a row. Returns whether this is the attempt's first call
   * for it.
   */
  synchronized boolean addRow(String path) {
    return rows.add(path);
  }

  /** Notes that a step is tried again: its nested steps are met again. */
  synchronized void retry(StepEntry entry) {
    SavedSteps.below(entered, entry.path()).clear();
  }

  /** Notes that the body of a transaction is run again: the steps in it are met again. */
  synchronized void reachAgain(List<String> paths) {
    paths.forEach(entered::remove);
    paths.forEach(path -> SavedSteps.below(entered, path).clear());
    topLevelSteps -= (int) paths.stream().filter(it -> it.indexOf(SavedSteps.SLASH) < 0).count();
  }

  /** Finishes a step. This is durable before the next step begins, or with the outcome. */
  void finish(StepEntry entry, @Nullable String result) {
    synchronized (this) {
      if (!passingOver.contains(entry.path())) {
        requireAllMet(entry);
      }
      context.checkpoints().save(entry.finished(result));
      noteFinished(entry, result);
      owed.owe();
    }
    context.checkpoints().progressed();
  }

  /** Called before a step finishes: none of its nested steps may be in progress. */
  synchronized void requireAllMet(StepEntry around) {
    for (String gone : saved().inProgress(around.path() + "/", entered)) {
      throw mismatch(
          values, around.path() + "/" + gone, "its enclosing step has ended without reaching it");
    }
  }

  /** Notes that a step has finished, and that this is already durable. */
  synchronized void noteFinished(StepEntry entry, @Nullable String result) {
    saved().put(entry.finished(result));
  }

  /** Called when the attempt ends before its job. */
  void leave(Throwable end) {
    renames.settleAtEnd(context.checkpoints(), this::find, end);
  }

  /** Called when the worker has returned. It must not have left out a step that was in progress. */
  void endRun() {
    try {
      if (SavedSteps.hasRiverKeys(context.job())) {
        loaded.load();
      }
      requireAllMet();
      warnOfUnmet();
    } catch (CheckpointMismatchException e) {
      leave(e);
      throw e;
    } finally {
      tell();
    }
  }

  private void warnOfUnmet() {
    List<String> unmet = aside == null ? List.of() : aside.unmet();
    if (!unmet.isEmpty()) {
      log.warn(
          "{} should process the quarantined items of its steps {} again, but its code no longer reaches"
              + " these steps. The items stay in quarantine. Restore the names of the steps, or rewind"
              + " the job to their enclosing step [CAIRN-326]",
          values.job(),
          unmet);
    }
  }

  private synchronized void requireAllMet() {
    if (!loaded.isLoaded()) {
      return;
    }
    for (String gone : saved().inProgress("", entered)) {
      throw mismatch(values, gone, "the code has ended without reaching it");
    }
    if (saved().riverStep() != null) {
      throw mismatch(values, saved().riverStep(), "the code has ended without reaching it");
    }
    List<String> removed = plan == null ? saved().finished(entered) : List.of();
    if (!removed.isEmpty()) {
      log.info("{} has finished steps that its code no longer has: {}", values.job(), removed);
      removed.forEach(step -> untold.add(() -> events.removed(step)));
    }
  }

  private SavedSteps saved() {
    return loaded.get();
  }

  private String path(StepScope scope, String name) {
    return ByteLimit.ofPath(
        () -> "the path of step '%s' of %s".formatted(name, values.job()), scope.prefix() + name);
  }

  private void requireNew(StepScope scope, String path) {
    if (entered.contains(path)) {
      throw new IllegalStateException(
          ("step '%s' of %s runs twice: give each run a name of its own, such as "
                  + "Steps.name(\"%s\", key) [CAIRN-304]")
              .formatted(path, values.job(), path));
    }
    if (entered.size() + saved().stepsAhead() >= limits.steps() && !saved().isAhead(path)) {
      throw new IllegalStateException(
          "step '%s' of %s is one more than the %d steps allowed: use a cursor, or raise resumableLimits [CAIRN-306]"
              .formatted(path, values.job(), limits.steps()));
    }
    if (plan != null && scope.isTop() && !plan.covers(path)) {
      throw new IllegalStateException(
          "step '%s' of %s is not in its plan %s [CAIRN-305]"
              .formatted(path, values.job(), plan.sortedNames()));
    }
  }

  private void requireNothingElseInProgress(String path) {
    String parent = path.substring(0, path.lastIndexOf('/') + 1);
    if (parent.isEmpty()
        ? plan != null
        : passingOver.contains(parent.substring(0, parent.length() - 1))) {
      return;
    }
    for (String waiting : saved().inProgress(parent, entered)) {
      if (!(parent + waiting).equals(path) && !saved().mayFollow(parent + waiting)) {
        throw mismatch(
            values,
            parent + waiting,
            ("the code first reaches step '%s', which was never started. If '%s' is a new step, "
                    + "declare all steps with Steps.plan(...)")
                .formatted(path, path));
      }
    }
  }

  static CheckpointMismatchException mismatch(StepValues values, String step, String what) {
    return new CheckpointMismatchException(
        ("step '%s' of %s was in progress in an earlier attempt, but %s. If it was renamed, "
                + "declare that with renamedFrom(\"%s\") or in the plan, or restore its old name; its "
                + "state is kept and no attempt is used up [CAIRN-301]")
            .formatted(step, values.job(), what, step));
  }

  private void requireOwnThread(StepScope scope, String call) {
    if (!scope.isOwnThread()) {
      throw new IllegalStateException(
          ("%s of %s was called on thread '%s': call steps on the job's own thread, and within "
                  + "parallel(...) on the branch's thread [CAIRN-308]")
              .formatted(call, values.job(), Thread.currentThread().getName()));
    }
  }
}
