package dev.cairn.internal.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The clients and their signs of life. */
public interface ClientStore {
  /**
   * The signs of life of one client.
   *
   * @param timeout how long after a sign the client counts as dead
   */
  Pulse pulse(String clientId, Duration timeout);

  /**
   * Takes the jobs of clients that are past their timeout away from them: available at once, in
   * their old place in the queue, with their checkpoints in River's keys. Passes over locked jobs
   * and over clients whose row is locked. Needs no leader, since the dead client may have been the
   * leader.
   *
   * @param rescuer never rescues itself, nor a client whose timeout is longer than its lease has
   *     held
   * @param anyOrder whether to take others each time, as far as there are more than the limit
   */
  List<RescuedJob> rescueFromDeadClients(Rescuer rescuer, int limit, boolean anyOrder);

  /**
   * The same with all that runs in the name of a client which is about to give its first sign: a
   * process that had the same id has died with those jobs, and that counts as a death.
   */
  List<RescuedJob> rescueFormerLife(String clientId, int limit);

  /** The last sign of a client that has not signed off; empty if there is none. */
  Optional<Sign> lastSign(String clientId);

  /**
   * A sign of life, by the time of the database.
   *
   * @param timeout how long after it its client counts as dead
   */
  record Sign(Instant at, Duration age, Duration timeout) {}

  /**
   * How long it will be until this client may rescue the next one, should that give no more signs;
   * the most there is if there are no others.
   */
  Duration untilNextDeath(Rescuer rescuer, Duration most);

  /**
   * Who rescues.
   *
   * @param heldFor for how long its own lease has been valid without a break
   */
  record Rescuer(String clientId, Duration heldFor) {}

  /** A job that was taken from a dead client. */
  record RescuedJob(long id, String kind, String clientId, String state) {}

  /**
   * Gives one client's signs of life, on a connection kept for this alone, so that jobs which use
   * up the pool cannot make the client look dead. Used by one thread at a time.
   */
  interface Pulse extends AutoCloseable {
    /**
     * Registers the client or renews its sign of life.
     *
     * @return false if somebody holds a lock on the client's row: the sign was not given
     */
    boolean beat();

    /**
     * Has the client count as dead from now on, unless a job still runs in its name.
     *
     * @return whether it does
     */
    boolean signOff();

    /**
     * Breaks the connection off, from any thread: whoever waits for its answer gets an exception.
     */
    void abort();

    @Override
    void close();
  }
}
