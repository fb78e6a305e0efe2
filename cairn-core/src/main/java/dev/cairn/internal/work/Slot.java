package dev.cairn.internal.work;

import java.util.concurrent.atomic.AtomicBoolean;

/** The place of one running job in its queue. Only the first release has an effect. Thread-safe. */
final class Slot {
  private final Runnable onRelease;
  private final AtomicBoolean released = new AtomicBoolean();

  Slot(Runnable onRelease) {
    this.onRelease = onRelease;
  }

  void release() {
    if (released.compareAndSet(false, true)) {
      onRelease.run();
    }
  }
}
