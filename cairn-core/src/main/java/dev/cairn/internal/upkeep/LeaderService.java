package dev.cairn.internal.upkeep;

import java.time.Duration;

/** One duty of the leader. Made anew for each term, and called by one thread. */
interface LeaderService {
  /** The name of its thread: {@code cairn-<name>}. */
  String name();

  /**
   * Does what is to be done now and returns how long to wait for the next time. Called only while
   * the term lasts; one that runs many statements asks in between whether it still does.
   */
  Duration turn();
}
