package dev.cairn;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a client is, as it knows by itself: taken without a statement, so also while the database
 * does not answer. For health checks. May get further components.
 *
 * @param clientId the client's id
 * @param phase where it is in its life
 * @param sinceHeartbeat how long ago its last confirmed heartbeat was sent; null if there was none
 *     in this life
 * @param mayWork whether its heartbeats get through, so that it may claim, lead and continue its
 *     jobs; false also before the start and after the stop
 * @param leads whether it is the leader
 * @param queues the queues that it works, by name
 */
public record ClientStatus(
    String clientId,
    Phase phase,
    @Nullable Duration sinceHeartbeat,
    boolean mayWork,
    boolean leads,
    Map<String, QueueStatus> queues) {
  public ClientStatus {
    queues = Map.copyOf(queues);
  }

  /** Where a client is in its life. */
  public enum Phase {
    /** Not started yet, or only used to insert. */
    NEW,
    /** Works its queues. */
    STARTED,
    /** Claims no more, and waits for its running jobs. */
    STOPPING,
    /** Has stopped. It can be started again. */
    STOPPED
  }

  /**
   * A queue that the client works. May get further components.
   *
   * @param maxWorkers how many of its jobs may run at once in this client
   * @param running how many run now
   * @param failingFor for how long all claims have failed; null if the last one did not fail
   */
  public record QueueStatus(int maxWorkers, int running, @Nullable Duration failingFor) {}
}
