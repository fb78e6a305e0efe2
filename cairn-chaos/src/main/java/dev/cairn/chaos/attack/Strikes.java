package dev.cairn.chaos.attack;

import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** The record of all strikes. Thread-safe. */
final class Strikes {
  private final List<Strike> done = new CopyOnWriteArrayList<>();

  List<Strike> all() {
    return List.copyOf(done);
  }

  void add(Strike strike) {
    done.add(strike);
  }

  /**
   * Carries out a strike, and records whether it was completed and hit anything.
   *
   * @return how often it hit; 0 if it met nothing
   */
  long strike(String attack, String client, Set<Harm> harms, Deed deed) throws Exception {
    long begin = System.currentTimeMillis();
    long hits = 0;
    try {
      hits = deed.run();
    } finally {
      done.add(new Strike(attack, client, begin, System.currentTimeMillis(), harms, hits > 0));
    }
    return hits;
  }

  /** Prepares a strike, or ends one. It may do harm, which is recorded, but is no strike. */
  void prepare(String attack, String client, Set<Harm> harms, Preparation preparation)
      throws Exception {
    long begin = System.currentTimeMillis();
    try {
      preparation.run();
    } finally {
      done.add(new Strike(attack, client, begin, System.currentTimeMillis(), harms, false));
    }
  }

  /** What is done. */
  @FunctionalInterface
  interface Deed {
    /**
     * Carries it out. An exception means that it was not done, or not completely.
     *
     * @return how often it hit: the statements, connections, sessions, rows, tables, jobs or
     *     processes that it met. 0 if it met nothing, and so has shown nothing
     */
    long run() throws Exception;

    /** One that hits once, if it does not throw. */
    static Deed once(Preparation what) {
      return () -> {
        what.run();
        return 1;
      };
    }
  }

  /** What is done before or after a strike. */
  @FunctionalInterface
  interface Preparation {
    void run() throws Exception;
  }
}
