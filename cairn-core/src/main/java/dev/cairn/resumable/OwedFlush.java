package dev.cairn.resumable;

import dev.cairn.spi.Checkpoints;

/**
 * Steps that have finished and may not be durable yet. No step begins before they are (R1): also
 * not in a branch while another one waits for the same write, nor after a write that has failed.
 * Thread-safe.
 */
final class OwedFlush {
  /** How many finished steps were given to be saved. */
  private long finished;

  /** How many of these are durable for certain. */
  private long durable;

  /** Notes that a finished step was given to be saved. */
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
