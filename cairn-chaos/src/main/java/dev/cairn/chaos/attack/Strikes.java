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

  /** Does something, and records whether that went all the way. */
  void strike(String attack, String client, Set<Harm> harms, Deed deed) throws Exception {
    long begin = System.currentTimeMillis();
    boolean whole = false;
    try {
      deed.run();
      whole = true;
    } finally {
      done.add(new Strike(attack, client, begin, System.currentTimeMillis(), harms, whole));
    }
  }

  /** What is done. */
  @FunctionalInterface
  interface Deed {
    /** An exception says that it was not done, or not all of it. */
    void run() throws Exception;
  }
}
