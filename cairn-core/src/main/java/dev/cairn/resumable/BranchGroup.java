package dev.cairn.resumable;

import dev.cairn.internal.foreign.ForeignFailure;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the branches of one parallel step know of each other. Thread-safe. */
final class BranchGroup {
  private final @Nullable BranchGroup outer;
  private @Nullable Throwable failure;
  private @Nullable Wait wait;
  private volatile boolean stopped;

  /**
   * @param outer that of the branch which the parallel step is in; null if it is in none
   */
  BranchGroup(@Nullable BranchGroup outer) {
    this.outer = outer;
  }

  /** A branch has failed: the others, and those within them, stop at their next checkpoint. */
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

  /** A branch has ended to wait. */
  synchronized void add(Wait another) {
    wait = wait == null ? another : wait.with(another);
  }

  /** What the branches wait for that have ended to wait; null if none has. */
  synchronized @Nullable Wait waiting() {
    return wait;
  }

  /** The first failure, with the others suppressed. */
  synchronized @Nullable Throwable failure() {
    return failure;
  }

  /**
   * What an attempt is to be suspended for.
   *
   * @param until by the database's clock
   * @param steps those that what they wait for ends sooner, if it comes
   */
  record Wait(Instant until, List<String> steps) {
    private Wait with(Wait another) {
      Instant earliest = until.isBefore(another.until) ? until : another.until;
      return new Wait(earliest, Stream.concat(steps.stream(), another.steps.stream()).toList());
    }
  }

  /** Ends a branch because another one has failed. An error for the reasons of JobInterruption. */
  static final class Stopped extends Error {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super("another branch of the parallel step has failed", null, false, false);
    }
  }
}
