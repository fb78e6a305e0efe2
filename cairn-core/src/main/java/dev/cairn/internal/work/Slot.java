package dev.cairn.internal.work;

import java.util.concurrent.atomic.AtomicBoolean;

/** The place of one running job in its queue. Released once, by whoever is first. Thread-safe. */
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
