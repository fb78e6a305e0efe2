package dev.cairn.spring.boot;

/**
 * Whether the context has begun to stop the client. A bean of its own: the two parts of the life
 * cycle must not depend on each other, since Spring stops what depends on something first.
 */
final class ClientStop {
  private volatile boolean begun;

  void begin() {
    begun = true;
  }

  void reset() {
    begun = false;
  }

  boolean hasBegun() {
    return begun;
  }
}
