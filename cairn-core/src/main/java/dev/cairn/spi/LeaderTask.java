package dev.cairn.spi;

import dev.cairn.Cairn;
import java.time.Duration;

/**
 * A task of an extension that one client of a schema runs at a time: the leader. The task begins
 * again with each term of the leader, on a thread of its own. Must be thread-safe.
 */
public interface LeaderTask {
  /**
   * The name of the task. Its thread has the name {@code cairn-} followed by this name. Called
   * once, when the task is added to a client. Must be neither null nor blank.
   */
  String name();

  /**
   * Called when a client starts that stands for election, before any turn. Not called for a client
   * that is never started, because it only inserts, or that never leads ({@link
   * dev.cairn.CairnBuilder#neverLeads}). The default does nothing.
   */
  default void stand() {}

  /**
   * Does the work that is due. Called only while the client leads. An exception is logged, and the
   * next turn starts after a growing pause of at most five seconds.
   *
   * @param client the client that leads
   * @return how long to wait before the next turn
   */
  Duration turn(Cairn client);

  /**
   * Called when the term is over or the client stops. Another client may already be the leader.
   * Called once for each term, after its last turn, even if there was no turn. The default does
   * nothing.
   */
  default void end() {}
}
