package dev.cairn.spring.boot;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether the context has begun to stop the client. A bean of its own: the two parts of the life
 * cycle must not depend on each other, since Spring stops what depends on something first.
 */
final class ClientStop {
  private final AtomicBoolean begun = new AtomicBoolean();

  /** Returns whether it had not begun before. */
  boolean begin() {
    return begun.compareAndSet(false, true);
  }

  void reset() {
    begun.set(false);
  }

  boolean hasBegun() {
    return begun.get();
  }
}
