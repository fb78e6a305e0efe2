package dev.cairn.internal.store;

import dev.cairn.jobs.ClientRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The clients and their heartbeats. */
public interface ClientStore {
  /**
   * The heartbeats of one client.
   *
   * @param timeout how long after a heartbeat the client counts as dead
   */
  Pulse pulse(String clientId, Duration timeout);

  /**
   * Rescues the jobs of clients whose timeout has passed. The jobs are available at once, at their
   * old place in the queue, with their checkpoints in River's keys. Skips locked jobs and clients
   * whose row is locked. Needs no leader, because the dead client may have been the leader.
   *
   * @param rescuer never rescues its own jobs, nor those of a client whose timeout is longer than
   *     the rescuer's lease has held
   * @param anyOrder whether to take other jobs each time, if there are more than the limit
   */
  List<RescuedJob> rescueFromDeadClients(Rescuer rescuer, int limit, boolean anyOrder);

  /**
   * Rescues all jobs that run in the name of a client which is about to send its first heartbeat.
   * An earlier process with the same id died while it worked these jobs, and this counts as a
   * crash.
   */
  List<RescuedJob> rescueFormerLife(String clientId, int limit);

  /**
   * The clients that have not signed off, by their id.
   *
   * @param limit how many at most
   */
  List<ClientRow> list(int limit);

  /** The last heartbeat of a client that has not signed off; empty if there is none. */
  Optional<Sign> lastSign(String clientId);

  /**
   * A heartbeat, by the time of the database.
   *
   * @param timeout how long after the heartbeat its client counts as dead
   */
  record Sign(Instant at, Duration age, Duration timeout) {}

  /**
   * The time until this client may rescue the jobs of the next client, if that client sends no
   * further heartbeat; {@code most} if there are no other clients.
   */
  Duration untilNextDeath(Rescuer rescuer, Duration most);

  /**
   * The rescuing client.
   *
   * @param heldFor for how long its own lease has been valid without a break
   */
  record Rescuer(String clientId, Duration heldFor) {}

  /** A job that was taken from a dead client. */
  record RescuedJob(long id, String kind, String clientId, String state) {}

  /**
   * Sends the heartbeats of one client, on a connection of their own, so that jobs which use up the
   * pool cannot make the client look dead. Used by one thread at a time.
   */
  interface Pulse extends AutoCloseable {
    /**
     * Registers the client, or sends a heartbeat.
     *
     * @return the time of the database at which the heartbeat was written; empty if it was not
     *     written because the client's row is locked
     */
    Optional<Instant> beat();

    /**
     * Makes the client count as dead from now on, unless a job still runs in its name.
     *
     * @return whether the client now counts as dead
     */
    boolean signOff();

    /**
     * Aborts the connection, from any thread. A thread that waits for its answer gets an exception.
     */
    void abort();

    @Override
    void close();
  }
}
