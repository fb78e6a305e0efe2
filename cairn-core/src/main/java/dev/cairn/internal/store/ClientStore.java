package dev.cairn.internal.store;

import java.time.Duration;
import java.util.List;

/** The clients and their signs of life. */
public interface ClientStore {
  /** Registers a client or renews its sign of life. */
  void heartbeat(String clientId, Duration timeout);

  /** Removes a client that has no running job any more. */
  void remove(String clientId);

  /**
   * Takes the jobs of clients that are past their timeout away from them: available at once, with
   * their checkpoints in River's keys. Passes over locked jobs. Needs no leader, since the dead
   * client may have been the leader.
   */
  List<RescuedJob> rescueFromDeadClients(int limit);

  /** A job that was taken from a dead client. */
  record RescuedJob(long id, String kind, String clientId, String state) {}
}
