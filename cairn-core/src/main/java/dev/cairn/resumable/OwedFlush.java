package dev.cairn.resumable;

import dev.cairn.spi.Checkpoints;

/**
 * Steps that have finished and may not be durable yet. No step begins before all of them are
 * durable (R1). This also holds in a branch while another branch waits for the same write, and
 * after a write that has failed. Thread-safe.
 */
final class OwedFlush {
  /** How many finished steps were handed over to be saved. */
  private long finished;

  /** How many of these are certainly durable. */
  private long durable;

  /** Notes that a finished step was handed over to be saved. */
  synchronized void owe() {
    finished++;
  }

  /** Waits until each step that has finished so far is durable. */
  void settle(Checkpoints checkpoints) {
    long upTo;
    synchronized (this) {
      upTo = finished;
      if (durable >= upTo) {
        return;
      }
    }
    checkpoints.flush();
    synchronized (this) {
      durable = Math.max(durable, upTo);
    }
  }
}
