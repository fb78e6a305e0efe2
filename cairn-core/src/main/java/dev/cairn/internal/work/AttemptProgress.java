package dev.cairn.internal.work;

import java.util.HashSet;
import java.util.Set;

/** Whether one attempt has got any further than the one before it. Thread-safe. */
final class AttemptProgress {
  private volatile boolean made;

  /** The steps whose cursor is not where this attempt has found it. */
  private Set<String> elsewhere = Set.of();

  /** Notes that the attempt has finished a step, or moved a cursor on. */
  void made() {
    made = true;
  }

  boolean isMade() {
    return made;
  }

  /** Notes whether the cursor of a step is where this attempt has found it, or elsewhere. */
  synchronized void moved(String step, boolean isElsewhere) {
    if (isElsewhere) {
      if (elsewhere.isEmpty()) {
        elsewhere = new HashSet<>();
      }
      elsewhere.add(step);
    } else if (!elsewhere.isEmpty()) {
      elsewhere.remove(step);
    }
  }

  /** Whether the attempt has made progress, or moved any cursor to another position. */
  synchronized boolean hasMoved() {
    return made || !elsewhere.isEmpty();
  }
}
