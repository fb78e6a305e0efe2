package dev.cairn.internal.work;

/**
 * The number of further jobs of a queue that may run now. Thread-safe, but only the fetcher takes
 * slots.
 */
final class Slots {
  private volatile Runnable listener = () -> {};
  private int size;
  private int taken;

  Slots(int size) {
    this.size = size;
  }

  /** Sets the listener that is called when a slot becomes free. It replaces the previous one. */
  void tell(Runnable newListener) {
    listener = newListener;
  }

  /**
   * Changes how many jobs may run. Running jobs keep their slots, even if there are more of them.
   */
  synchronized void resize(int newSize) {
    size = newSize;
  }

  synchronized int free() {
    return Math.max(size - taken, 0);
  }

  synchronized int size() {
    return size;
  }

  synchronized int taken() {
    return taken;
  }

  synchronized boolean areAllFree() {
    return taken == 0;
  }

  synchronized void take(int count) {
    taken += count;
  }

  void release() {
    synchronized (this) {
      taken--;
    }
    listener.run();
  }
}
