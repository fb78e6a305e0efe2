package dev.cairn.internal.store;

import dev.cairn.spi.Checkpoint;

/**
 * A checkpoint to write.
 *
 * @param sequence grows with each write of an attempt; an older write never replaces a newer one
 * @param contended whether a transaction of the worker may lock the row: it is then skipped instead
 *     of waited for
 * @param savedNanos when it was saved, in {@link System#nanoTime()}
 */
public record CheckpointWrite(
    Checkpoint checkpoint, long sequence, boolean contended, long savedNanos) {
  /** A checkpoint that is saved now. */
  public CheckpointWrite(Checkpoint checkpoint, long sequence, boolean contended) {
    this(checkpoint, sequence, contended, System.nanoTime());
  }

  /** The same write, skipped if a transaction of the worker locks its row. */
  public CheckpointWrite asContended() {
    return new CheckpointWrite(checkpoint, sequence, true, savedNanos);
  }

  /** The time spent in the step until it was saved. */
  public long spentMillis() {
    return checkpoint.progress().spent().toMillis();
  }

  /** How long before now the step began, without the time between attempts, in microseconds. */
  public long beganMicrosAgo() {
    return checkpoint.progress().spent().plusNanos(System.nanoTime() - savedNanos).toNanos()
        / 1_000;
  }
}
