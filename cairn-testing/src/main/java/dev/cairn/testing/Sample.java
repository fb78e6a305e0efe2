package dev.cairn.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Some of many elements, each as likely as any other. Keeps no more than it is to choose, however
 * many are offered.
 */
final class Sample<T> {
  private final int most;
  private final RandomGenerator random;
  private final List<T> chosen = new ArrayList<>();
  private long offered;

  Sample(int most, RandomGenerator random) {
    this.most = Math.max(0, most);
    this.random = random;
  }

  /** Whether it chooses any. */
  boolean isWanted() {
    return most > 0;
  }

  /** The n-th element replaces a chosen one with the probability {@code most / n}. */
  void offer(T element) {
    offered++;
    if (chosen.size() < most) {
      chosen.add(element);
      return;
    }
    long place = random.nextLong(offered);
    if (place < most) {
      chosen.set((int) place, element);
    }
  }

  List<T> chosen() {
    return List.copyOf(chosen);
  }
}
