package dev.cairn.resumable;

import dev.cairn.internal.foreign.ForeignFailure;
import org.jspecify.annotations.Nullable;

/** What the branches of one parallel step know of each other. Thread-safe. */
final class BranchGroup {
  private @Nullable Throwable failure;
  private volatile boolean stopped;

  /** A branch has failed: the others stop at their next checkpoint. */
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
    if (stopped) {
      throw new Stopped();
    }
  }

  /** The first failure, with the others suppressed. */
  synchronized @Nullable Throwable failure() {
    return failure;
  }

  /** Ends a branch because another one has failed. An error for the reasons of JobInterruption. */
  static final class Stopped extends Error {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super("another branch of the parallel step has failed", null, false, false);
    }
  }
}
