package dev.cairn.resumable;

import dev.cairn.JobInterruption;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.util.List;
import java.util.function.Supplier;

/**
 * Whether steps were renamed whose rows still have the old names. Writing the new ones writes the
 * checkpoints of all steps, so it is not done for each finished step, but before anything is
 * written under one of the new names, and when the attempt ends. Thread-safe.
 */
final class OwedRenames {
  private boolean owed;

  synchronized void owe() {
    owed = true;
  }

  synchronized boolean isOwed() {
    return owed;
  }

  private synchronized void settled() {
    owed = false;
  }

  /** Writes the checkpoints of all steps, if that is owed. */
  void settle(Checkpoints checkpoints, Supplier<List<Checkpoint>> all) {
    if (isOwed()) {
      checkpoints.replaceAll(all.get());
      settled();
    }
  }

  /** As {@link #settle}, if that is possible: what ends the attempt is what counts. */
  void settleAtEnd(Checkpoints checkpoints, Supplier<List<Checkpoint>> all, Throwable end) {
    var said = new ForeignFailure(end);
    if (said.find(StoreUnavailableException.class) != null) {
      return;
    }
    try {
      settle(checkpoints, all);
    } catch (RuntimeException | JobInterruption e) {
      said.suppress(e);
    }
  }
}
