package dev.cairn.programs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What outlives an attempt: all that is known of the steps of a job, by their paths. What is known
 * of a step goes with that of the steps within it: it gets another name, or is forgotten, with
 * them.
 */
final class Kept {
  private final Set<String> begun = new HashSet<>();
  private final Set<String> finished = new HashSet<>();
  private final Map<String, Integer> positions = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();

  /** What a source was split into. */
  private final Map<String, List<Place>> parts = new HashMap<>();

  /** Whose source has moved on. */
  private final Set<String> moved = new HashSet<>();

  private final Map<String, Integer> skipped = new HashMap<>();
  private final Map<String, Set<String>> listed = new LinkedHashMap<>();

  /** Where in their pages those lie. */
  private final Map<String, Place.Aside> aside = new HashMap<>();

  /** For how long. */
  private final Map<String, Integer> asleep = new HashMap<>();

  private final Set<String> overslept = new HashSet<>();

  /** The version of the code by which the job was begun; 0 if that had none. */
  private int version;

  boolean isNew() {
    return version == 0 && begun.isEmpty();
  }

  int version() {
    return version;
  }

  void version(int number) {
    version = number;
  }

  void begin(String path) {
    begun.add(path);
  }

  boolean isFinished(String path) {
    return finished.contains(path);
  }

  void finish(String path) {
    begun.add(path);
    finished.add(path);
  }

  int position(String path) {
    return positions.getOrDefault(path, 0);
  }

  void position(String path, int number) {
    begun.add(path);
    moved.add(path);
    positions.put(path, number);
  }

  /** The cursor stands there, whatever was before: the step is not finished. */
  void moveTo(String path, int number) {
    finished.remove(path);
    position(path, number);
  }

  Place place(String path) {
    return places.computeIfAbsent(path, key -> Place.atBeginning());
  }

  List<Place> parts(String path, Supplier<List<Place>> split) {
    return parts.computeIfAbsent(path, key -> split.get());
  }

  void moves(String path) {
    moved.add(path);
  }

  int skipped(String path) {
    return skipped.getOrDefault(path, 0);
  }

  void skip(String path) {
    skipped.merge(path, 1, Integer::sum);
  }

  void list(String path, String item) {
    listed.computeIfAbsent(path, key -> new LinkedHashSet<>()).add(item);
  }

  Map<String, Set<String>> listed() {
    return listed;
  }

  void aside(String path, String item, Place.Aside where) {
    aside.put(Meaning.id(path, item), where);
  }

  Place.Aside aside(String path, String item) {
    return aside.get(Meaning.id(path, item));
  }

  boolean hasSlept(String path) {
    return overslept.contains(path);
  }

  void sleep(String path, int millis) {
    asleep.put(path, millis);
  }

  /** Those wake that sleep for less than so long. Returns whether there are any. */
  boolean wake(int millis) {
    List<String> awake =
        asleep.entrySet().stream()
            .filter(sleep -> sleep.getValue() < millis)
            .map(Map.Entry::getKey)
            .toList();
    overslept.addAll(awake);
    awake.forEach(asleep::remove);
    return !awake.isEmpty();
  }

  /** The top-level steps that have finished. */
  Set<String> finishedTopLevel() {
    var all = new LinkedHashSet<String>();
    finished.stream().filter(path -> path.indexOf('/') < 0).sorted().forEach(all::add);
    return all;
  }

  /**
   * The steps right within one that are in progress: that have not finished, and whose cursor, or
   * the cursor of a step within them, has moved.
   *
   * @param prefix of the paths of those within it
   */
  Set<String> inProgress(String prefix) {
    var all = new LinkedHashSet<String>();
    for (String path : moved) {
      if (path.startsWith(prefix) && !finished.contains(path)) {
        int end = path.indexOf('/', prefix.length());
        String child = end < 0 ? path : path.substring(0, end);
        if (!finished.contains(child)) {
          all.add(child);
        }
      }
    }
    return all;
  }

  /** What undoes all that is renamed, forgotten or declared to be finished from now on. */
  Runnable undo() {
    var before = new Kept();
    before.takeOver(this);
    return () -> takeOver(before);
  }

  private void takeOver(Kept other) {
    version = other.version;
    replace(begun, other.begun);
    replace(finished, other.finished);
    replace(moved, other.moved);
    replace(overslept, other.overslept);
    replace(positions, other.positions);
    replace(places, other.places);
    replace(parts, other.parts);
    replace(skipped, other.skipped);
    replace(listed, other.listed);
    replace(aside, other.aside);
    replace(asleep, other.asleep);
  }

  private static <T> void replace(Set<T> set, Set<T> other) {
    set.clear();
    set.addAll(other);
  }

  private static <V> void replace(Map<String, V> map, Map<String, V> other) {
    map.clear();
    map.putAll(other);
  }

  private boolean knows(String path) {
    return begun.stream().anyMatch(known -> isWithin(known, path));
  }

  private static boolean isWithin(String key, String path) {
    return key.equals(path) || key.startsWith(path + "/") || key.startsWith(path + ":");
  }

  void clear() {
    change(key -> null);
    version = 0;
  }

  void forget(String path) {
    change(key -> isWithin(key, path) ? null : key);
  }

  /** Nothing happens if nothing is known by the old name, or if something is by the new one. */
  void rename(String from, String to) {
    if (knows(from) && !knows(to)) {
      change(key -> isWithin(key, from) ? to + key.substring(from.length()) : key);
    }
  }

  /**
   * Changes all paths.
   *
   * @param to the new path; null to forget it
   */
  private void change(UnaryOperator<String> to) {
    for (Set<String> set : List.of(begun, finished, moved, overslept)) {
      for (String path : new ArrayList<>(set)) {
        set.remove(path);
        String next = to.apply(path);
        if (next != null) {
          set.add(next);
        }
      }
    }
    for (Map<String, ?> map : List.of(positions, places, parts, skipped, listed, aside, asleep)) {
      change(map, to);
    }
  }

  private static <V> void change(Map<String, V> map, UnaryOperator<String> to) {
    for (String path : new ArrayList<>(map.keySet())) {
      V value = map.remove(path);
      String next = to.apply(path);
      if (next != null) {
        map.put(next, value);
      }
    }
  }
}
