package dev.cairn.internal.work;

import java.util.concurrent.atomic.AtomicBoolean;

/** The place of one running job in its queue. Only the first release has an effect. Thread-safe. */
final class Slot {
  private final Runnable onRelease;
  private final boolean ofQueue;
  private final AtomicBoolean released = new AtomicBoolean();

  Slot(Runnable onRelease) {
    this(onRelease, true);
  }

  /**
   * @param ofQueue whether the job was claimed because there was a slot in its queue; false for one
   *     that is worked apart from its queue
   */
  Slot(Runnable onRelease, boolean ofQueue) {
    this.onRelease = onRelease;
    this.ofQueue = ofQueue;
  }

  boolean isOfQueue() {
    return ofQueue;
  }

  void release() {
    if (released.compareAndSet(false, true)) {
      onRelease.run();
    }
  }
}
