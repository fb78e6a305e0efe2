package dev.cairn.observability;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names as tags of meters, of which a registry forgets none: the first thousand, and one for all
 * others. Whoever may insert jobs may invent kinds, and a program may add and remove queues of ever
 * new names. Thread-safe.
 */
final class BoundedNames {
  static final String OTHER = "other";

  private static final int NAMES_MAX = 1_000;

  private final Set<String> names = ConcurrentHashMap.newKeySet();

  /** The tag for a name. */
  String bounded(String name) {
    if (names.size() < NAMES_MAX) {
      names.add(name);
      return name;
    }
    return names.contains(name) ? name : OTHER;
  }
}
