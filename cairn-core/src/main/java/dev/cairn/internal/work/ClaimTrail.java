package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimMark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Places that the claims of one queue have passed, some thousand jobs apart, so that the way back
 * can be walked in sections. Called by one thread.
 */
final class ClaimTrail {
  private static final int PLACES_MAX = 1_024;

  /**
   * Each place is a mark for every priority that was claimed by then; the first is the beginning.
   */
  private final List<Map<Integer, ClaimMark>> places = new ArrayList<>(List.of(Map.of()));

  private int jobsApart = 10_000;
  private int jobs;

  /** How many sections there are, the last of them from the last place to where claims are now. */
  int sections() {
    return places.size();
  }

  /** Where a section begins. */
  List<ClaimMark> place(int section) {
    return List.copyOf(places.get(section).values());
  }

  /** So many more jobs were claimed, and claims are here now. */
  void claimed(int count, Map<Integer, ClaimMark> marks) {
    jobs += count;
    if (jobs >= jobsApart) {
      jobs = 0;
      places.add(Map.copyOf(marks));
    }
    if (places.size() > PLACES_MAX) {
      thinOut();
    }
  }

  private void thinOut() {
    for (int place = places.size() - 1; place > 0; place -= 2) {
      places.remove(place);
    }
    jobsApart *= 2;
  }

  /** Claims have gone back to here. */
  void cutBehind(ClaimMark mark) {
    while (places.size() > 1 && isBehind(places.getLast(), mark)) {
      places.removeLast();
    }
  }

  private static boolean isBehind(Map<Integer, ClaimMark> place, ClaimMark mark) {
    ClaimMark there = place.get(mark.priority());
    return there != null && ClaimMark.ORDER.compare(there, mark) > 0;
  }
}
