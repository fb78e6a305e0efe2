package dev.cairn.benchmarks.measure;

import java.util.List;

/** The order in which things are measured within a round. */
public final class Turns {
  private Turns() {}

  /**
   * The things in the order of this round: forwards in rounds 1, 3 and so on, backwards in the
   * others. So none of them always comes right after the same other one.
   */
  public static <T> List<T> of(int round, List<T> things) {
    return round % 2 == 1 ? things : things.reversed();
  }
}
