package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.spi.Checkpoint;
import dev.cairn.testing.Boundary.Kind;
import dev.cairn.testing.KillSchedule.End;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts the boundaries of one run, and ends it at one of them. Thread-safe. */
final class RunWatch {
  private final @Nullable End end;
  private final List<Boundary> passed = new ArrayList<>();
  private boolean killed;
  private boolean wentOn;
  private boolean ending;

  RunWatch(@Nullable End end) {
    this.end = end;
  }

  /** Whether the run is over as far as its checkpoints go: nothing is saved any more. */
  synchronized void requireAlive() {
    if (killed) {
      wentOn = true;
      throw new Killed();
    }
  }

  synchronized void reached(Kind kind, @Nullable Checkpoint checkpoint, AttemptContext context) {
    requireAlive();
    passed.add(new Boundary(kind, checkpoint));
    if (end == null || end.boundary() != passed.size()) {
      return;
    }
    if (end.fate() == Fate.STOPPED) {
      context.interrupt(InterruptionReason.SHUTDOWN);
      return;
    }
    if (end.fate() == Fate.KEPT) {
      ending = true;
      context.memory().flush();
    }
    killed = true;
    throw new Killed();
  }

  /** Ends the run here; what was not durable is lost. */
  synchronized void kill() {
    killed = true;
    throw new Killed();
  }

  /** Whether it is being ended just now. */
  synchronized boolean isEnding() {
    return ending;
  }

  synchronized boolean isKilled() {
    return killed;
  }

  /** Whether code of the worker went on to use its context after it was killed. */
  synchronized boolean hasGoneOn() {
    return wentOn;
  }

  synchronized List<Boundary> passed() {
    return List.copyOf(passed);
  }

  /** The boundary at which the run was to end; null if it did not come there. */
  synchronized @Nullable Boundary endReached() {
    return end == null || end.boundary() > passed.size() ? null : passed.get(end.boundary() - 1);
  }
}
