package dev.cairn.internal.store;

import dev.cairn.spi.Checkpoint;

/**
 * A checkpoint to write.
 *
 * @param sequence a number that grows with each write of an attempt; an older write never replaces
 *     a newer one
 * @param contended whether a transaction of the worker may lock the row: the write then skips a
 *     locked row and does not wait for it
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

  /**
   * Whether this only makes a step visible. Such a write may be lost, and no one waits for it. It
   * never replaces a position or an end that its attempt has saved. It is not written while a
   * transaction of the worker locks the job, because that transaction may be about to insert the
   * same row. The same applies to notes.
   */
  public boolean isMereBeginning() {
    return checkpoint.isNote() || (!checkpoint.finished() && checkpoint.value() == null);
  }

  /** The time spent in the step until the checkpoint was saved. */
  public long spentMillis() {
    return checkpoint.progress().spent().toMillis();
  }

  /** How long ago the step began, without the time between attempts, in microseconds. */
  public long beganMicrosAgo() {
    return checkpoint.progress().spent().plusNanos(System.nanoTime() - savedNanos).toNanos()
        / 1_000;
  }
}
