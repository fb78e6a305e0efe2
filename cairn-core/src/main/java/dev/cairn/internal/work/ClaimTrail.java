package dev.cairn.internal.work;

import dev.cairn.internal.store.ClaimMark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Marks that the claims of one queue have passed, at least ten thousand jobs apart. They divide the
 * way back into sections. Called by one thread.
 */
final class ClaimTrail {
  private static final int PLACES_MAX = 1_024;

  /**
   * Each place has a mark for every priority that was claimed before it. The first place is the
   * beginning.
   */
  private final List<Map<Integer, ClaimMark>> places = new ArrayList<>(List.of(Map.of()));

  private int jobsApart = 10_000;
  private int jobs;

  /** The number of sections. The last section goes from the last place to the current marks. */
  int sections() {
    return places.size();
  }

  /** Where a section begins. */
  List<ClaimMark> place(int section) {
    return List.copyOf(places.get(section).values());
  }

  /**
   * Records {@code count} further claims and the new marks.
   *
   * @return whether there are half as many sections now, each twice as long
   */
  boolean claimed(int count, Map<Integer, ClaimMark> marks) {
    jobs += count;
    if (jobs >= jobsApart) {
      jobs = 0;
      places.add(Map.copyOf(marks));
    }
    if (places.size() <= PLACES_MAX) {
      return false;
    }
    thinOut();
    return true;
  }

  private void thinOut() {
    for (int place = places.size() - 1; place > 0; place -= 2) {
      places.remove(place);
    }
    jobsApart *= 2;
  }

  /** Drops the places after a mark, because claims continue from that mark. */
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
