package dev.cairn.testing;

import dev.cairn.spi.Checkpoint;

/** What becomes true with a transaction of a job. */
sealed interface Change {
  /**
   * A checkpoint that was saved.
   *
   * @param sequence the last one saved under a name has the highest
   */
  record Write(Checkpoint checkpoint, long sequence) implements Change {}

  /** An item that has left the quarantine. */
  record Release(String step, String position) implements Change {}
}
