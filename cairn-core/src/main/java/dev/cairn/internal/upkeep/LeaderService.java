package dev.cairn.internal.upkeep;

import java.time.Duration;

/** One duty of the leader. Created for each term, and called by one thread. */
interface LeaderService {
  /** The name of its thread: {@code cairn-<name>}. */
  String name();

  /**
   * Does what is due and returns how long to wait for the next turn. Called only during the term. A
   * service that runs many statements checks the term between them.
   */
  Duration turn();

  /** The last action of its thread. */
  default void end() {}
}
