package dev.cairn.internal.work;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The number of further jobs of a queue that may run now. Thread-safe, but only the fetcher takes
 * slots.
 */
final class Slots {
  private final int size;
  private final AtomicInteger free;

  Slots(int size) {
    this.size = size;
    this.free = new AtomicInteger(size);
  }

  int free() {
    return free.get();
  }

  int size() {
    return size;
  }

  int taken() {
    return size - free.get();
  }

  boolean areAllFree() {
    return free.get() == size;
  }

  void take(int count) {
    free.addAndGet(-count);
  }

  void release() {
    free.incrementAndGet();
  }
}
