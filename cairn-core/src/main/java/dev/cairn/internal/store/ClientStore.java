package dev.cairn.internal.store;

import java.time.Duration;
import java.util.List;

/** The clients and their signs of life. */
public interface ClientStore {
  /**
   * The signs of life of one client.
   *
   * @param timeout how long after a sign the client counts as dead
   */
  Pulse pulse(String clientId, Duration timeout);

  /**
   * Takes the jobs of clients that are past their timeout away from them: available at once, with
   * their checkpoints in River's keys. Passes over locked jobs. Needs no leader, since the dead
   * client may have been the leader.
   */
  List<RescuedJob> rescueFromDeadClients(int limit);

  /**
   * How long it will be until the next client counts as dead, should it give no more signs; the
   * most there is if there are no clients.
   */
  Duration untilNextDeath(Duration most);

  /** A job that was taken from a dead client. */
  record RescuedJob(long id, String kind, String clientId, String state) {}

  /**
   * Gives one client's signs of life, on a connection kept for this alone, so that jobs which use
   * up the pool cannot make the client look dead. Used by one thread at a time.
   */
  interface Pulse extends AutoCloseable {
    /** Registers the client or renews its sign of life. */
    void beat();

    /** Removes the client, which has no running job any more. */
    void forget();

    @Override
    void close();
  }
}
