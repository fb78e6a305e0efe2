package dev.cairn.resumable;

import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Converts the steps that older code has saved to a new plan, before any step runs (R10, R11). */
final class PlannedChange {
  private static final Log log = Log.of(PlannedChange.class);
  private static final String VERSION = SavedSteps.OWN + "version";

  /** How long this client leaves a job of a newer version to other clients. */
  private static final Duration DEFERRAL = Duration.ofSeconds(10);

  private final MiddlewareContext context;
  private final StepValues values;
  private final StepEvents events;
  private final StepPlan plan;
  private final SavedSteps saved;
  private final OwedFlush owed;

  PlannedChange(
      MiddlewareContext context,
      StepValues values,
      StepEvents events,
      StepPlan plan,
      SavedSteps saved,
      OwedFlush owed) {
    this.context = context;
    this.values = values;
    this.events = events;
    this.plan = plan;
    this.saved = saved;
    this.owed = owed;
  }

  void apply() throws Exception {
    boolean isNew = saved.isEmpty();
    int version = savedVersion();
    if (version > plan.version()) {
      leaveToOthers(version);
    }
    boolean changed = false;
    for (var rename : plan.renames().entrySet()) {
      changed |= saved.rename(rename.getKey(), rename.getValue());
    }
    for (var rename : plan.renames().entrySet()) {
      changed |= renameKeyed(rename.getKey(), rename.getValue());
    }
    if (version < plan.version()) {
      if (!isNew) {
        changeVersion(version);
        changed = true;
      }
      saveVersion();
      if (isNew) {
        saved.all().forEach(context.checkpoints()::save);
        // Otherwise a step's transaction would be committed first, and after a death the job would
        // count as one of an older version.
        owed.owe();
      }
    }
    changed |= lookForRemoved();
    requireNoneInProgressGone();
    if (changed) {
      saved.renameItems(context.quarantine());
      context.checkpoints().replaceAll(List.copyOf(saved.all()));
      saved.forgetItems(context.quarantine());
    }
  }

  /** Renames the keyed runs of a renamed step, unless the plan names them one by one. */
  private boolean renameKeyed(String from, String to) {
    boolean changed = false;
    if (plan.names().contains(to)) {
      for (String run : saved.keyedRuns(from)) {
        changed |= !plan.covers(run) && saved.rename(run, to + run.substring(from.length()));
      }
    }
    return changed;
  }

  private void saveVersion() {
    if (plan.version() > 0) {
      saved.put(new Checkpoint(VERSION, null, true, Integer.toString(plan.version())));
    }
  }

  private int savedVersion() {
    Checkpoint checkpoint = saved.find(VERSION);
    String value = checkpoint == null ? null : checkpoint.value();
    return value == null ? 0 : Integer.parseInt(value);
  }

  private void leaveToOthers(int version) {
    log.info(
        "{} was started by version {} of its steps, and this client has version {}: the job "
            + "is left to a client with the newer version",
        values.job(),
        version,
        plan.version());
    throw context.waits().suspend(DEFERRAL, false);
  }

  private void changeVersion(int version) throws Exception {
    switch (plan.change().on(new SavedProgress(version, saved, values))) {
      case CONTINUE -> {}
      case RESTART -> {
        log.info("{} starts from zero: its steps have a new version", values.job());
        saved.clear();
      }
      case PARK ->
          throw new CheckpointMismatchException(
              ("%s was started by version %d of its steps, and version %d does not continue it: its "
                      + "state is kept and no attempt is used up [CAIRN-302]")
                  .formatted(values.job(), version, plan.version()));
    }
  }

  private boolean lookForRemoved() {
    List<String> removed =
        saved.finished(Set.of()).stream().filter(step -> !plan.covers(step)).toList();
    if (removed.isEmpty()) {
      return false;
    }
    removed.forEach(events::removed);
    return switch (plan.removed()) {
      case IGNORE -> {
        log.info("{} has finished steps that its code no longer has: {}", values.job(), removed);
        yield false;
      }
      case FAIL ->
          throw new CheckpointMismatchException(
              ("%s has finished the steps %s, which are not in the plan %s: its state is kept and"
                      + " no attempt is used up [CAIRN-301]")
                  .formatted(values.job(), removed, plan.sortedNames()));
      case RESTART -> {
        log.info("{} starts from zero: its code no longer has the steps {}", values.job(), removed);
        saved.clear();
        saveVersion();
        yield true;
      }
    };
  }

  private void requireNoneInProgressGone() {
    for (String gone : saved.inProgress("", Set.of())) {
      requireInPlan(gone);
    }
    if (saved.riverStep() != null) {
      requireInPlan(saved.riverStep());
    }
  }

  private void requireInPlan(String step) {
    if (!plan.covers(step)) {
      throw StepLedger.mismatch(values, step, "is not in the plan " + plan.sortedNames());
    }
  }
}
