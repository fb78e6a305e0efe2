package dev.cairn.resumable;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoint.Progress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Measures one step: the time spent in it, over all attempts, and its progress (R27). */
final class StepMeter {
  private final Duration spentBefore;
  private long startedNanos;
  private boolean started;
  private boolean ofCursor;
  private @Nullable Long done;
  private @Nullable Long total;

  /**
   * @param saved the checkpoint of earlier attempts
   */
  StepMeter(@Nullable Checkpoint saved) {
    Progress before = saved == null ? Progress.UNKNOWN : saved.progress();
    this.spentBefore = before.spent();
    this.done = before.done();
    this.total = before.total();
  }

  synchronized void start() {
    startedNanos = System.nanoTime();
    started = true;
  }

  /** Notes that the step saves positions, and that its progress is saved with them. */
  synchronized void followCursor() {
    ofCursor = true;
  }

  synchronized boolean followsCursor() {
    return ofCursor;
  }

  synchronized void set(long newDone, @Nullable Long newTotal) {
    if (newDone < 0 || (newTotal != null && newTotal < 0)) {
      throw new IllegalArgumentException(
          "progress cannot be %d of %s: neither may be negative".formatted(newDone, newTotal));
    }
    done = newDone;
    // The finished work is part of the total, which may have grown since it was determined.
    total = newTotal == null ? null : Long.valueOf(Math.max(newTotal, newDone));
  }

  synchronized Progress read() {
    Duration spent =
        started
            ? spentBefore.plusNanos(Math.max(System.nanoTime() - startedNanos, 0))
            : spentBefore;
    return new Progress(spent, done, total);
  }
}
