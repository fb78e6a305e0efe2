package dev.cairn;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of a client, for health checks. It is read from memory, so it is also available while
 * the database does not answer. May get further components.
 *
 * @param clientId the client's id
 * @param phase whether it is new, started, stopping or stopped
 * @param sinceHeartbeat how long ago its last confirmed heartbeat was sent; null if there was none
 *     in this life
 * @param mayWork whether its heartbeats get through, so that it may claim, lead and continue its
 *     jobs; false also before the start and after the stop
 * @param superseded whether another client has started under its id, so that it works no more jobs
 *     (CAIRN-108): end this process, or stop the client and start it again
 * @param leads whether it is the leader
 * @param queues the queues that it works, by name
 */
public record ClientStatus(
    String clientId,
    Phase phase,
    @Nullable Duration sinceHeartbeat,
    boolean mayWork,
    boolean superseded,
    boolean leads,
    Map<String, QueueStatus> queues) {
  public ClientStatus {
    queues = Map.copyOf(queues);
  }

  /** A phase in the life of a client. May get further constants. */
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
