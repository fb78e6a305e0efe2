package dev.cairn.spi;

import dev.cairn.Cairn;
import java.time.Duration;

/**
 * Work of an extension that one client of a schema does at a time: the one that leads. Begins anew
 * with each term, on a thread of its own. Thread-safe.
 */
public interface LeaderTask {
  /**
   * The name of its thread is {@code cairn-} and this. Asked once, when the task is added to a
   * client. Must be neither null nor blank.
   */
  String name();

  /**
   * Does the present work. Called only while the client leads. An exception is logged, and the next
   * turn comes after a growing pause of at most five seconds.
   *
   * @param client the client that leads
   * @return how long to wait for the next turn
   */
  Duration turn(Cairn client);

  /**
   * The term is over, or the client stops: another client may lead by now. Called once for each
   * term, after its last turn, also if there was no turn.
   */
  default void end() {}
}
