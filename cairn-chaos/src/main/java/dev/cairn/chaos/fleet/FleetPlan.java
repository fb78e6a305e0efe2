package dev.cairn.chaos.fleet;

import dev.cairn.Retention;
import java.time.Duration;

/**
 * The worker processes of a fleet.
 *
 * @param workers the number of processes
 * @param spared the number of these processes that no attack kills or replaces. All other attacks
 *     strike them, too
 * @param heartbeatTimeout the heartbeat timeout of the clients
 * @param retention how long jobs that have ended stay in the table
 */
public record FleetPlan(int workers, int spared, Duration heartbeatTimeout, Duration retention) {
  /** A fleet in which any process may be killed, and jobs stay as long as by default. */
  public static FleetPlan of(int workers, Duration heartbeatTimeout) {
    return new FleetPlan(workers, 0, heartbeatTimeout, Retention.defaults().completed());
  }

  /** The same with processes that are spared, and another retention. */
  public FleetPlan sparing(int processes, Duration keptFor) {
    return new FleetPlan(workers, processes, heartbeatTimeout, keptFor);
  }
}
