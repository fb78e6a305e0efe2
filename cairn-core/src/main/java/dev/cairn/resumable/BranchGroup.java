package dev.cairn.resumable;

import dev.cairn.internal.foreign.ForeignFailure;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The shared state of the branches of one parallel step. Thread-safe. */
final class BranchGroup {
  private final @Nullable BranchGroup outer;
  private @Nullable Throwable failure;
  private @Nullable Wait wait;
  private volatile boolean stopped;

  /**
   * @param outer the group of the branch that contains the parallel step; null if there is none
   */
  BranchGroup(@Nullable BranchGroup outer) {
    this.outer = outer;
  }

  /**
   * Notes that a branch has failed: the others, and their nested branches, stop at their next
   * checkpoint.
   */
  synchronized void fail(Throwable cause) {
    stopped = true;
    if (cause instanceof Stopped) {
      return;
    }
    if (failure == null) {
      failure = cause;
    } else {
      new ForeignFailure(failure).suppress(cause);
    }
  }

  void stop() {
    stopped = true;
  }

  void yieldIfStopped() {
    for (BranchGroup group = this; group != null; group = group.outer) {
      if (group.stopped) {
        throw new Stopped();
      }
    }
  }

  /** Notes that a branch has ended because it waits. */
  synchronized void add(Wait another) {
    wait = wait == null ? another : wait.with(another);
  }

  /** The combined wait of the branches that have ended to wait; null if there is none. */
  synchronized @Nullable Wait waiting() {
    return wait;
  }

  /** The first failure, with the others suppressed. */
  synchronized @Nullable Throwable failure() {
    return failure;
  }

  /**
   * The reason to suspend an attempt.
   *
   * @param until by the database's clock
   * @param steps the steps whose signal or job may end the wait earlier
   */
  record Wait(Instant until, List<String> steps) {
    private Wait with(Wait another) {
      Instant earliest = until.isBefore(another.until) ? until : another.until;
      return new Wait(earliest, Stream.concat(steps.stream(), another.steps.stream()).toList());
    }
  }

  /**
   * Ends a branch because another one has failed. It is an error for the same reasons as
   * JobInterruption.
   */
  static final class Stopped extends Error {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super("another branch of the parallel step has failed", null, false, false);
    }
  }
}
