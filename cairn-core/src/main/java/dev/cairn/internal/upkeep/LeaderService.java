package dev.cairn.internal.upkeep;

import java.time.Duration;

/** One duty of the leader. Called by the leader's thread of this service only. */
interface LeaderService {
  /** The name of its thread: {@code cairn-<name>}. */
  String name();

  /** A term begins: what was known before may be out of date. */
  default void begin() {}

  /** Does what is to be done now and returns how long to wait for the next time. */
  Duration turn();
}
