package dev.cairn.internal.store;

import dev.cairn.jobs.ClientRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The clients and their heartbeats. */
public interface ClientStore {
  /**
   * The heartbeats of one client.
   *
   * @param timeout how long after a heartbeat the client counts as dead
   * @param life when this life of the client began, as returned by {@link #begin}; null if unknown
   */
  Pulse pulse(String clientId, Duration timeout, @Nullable Instant life);

  /**
   * Begins a life of a client under its id, unless another client has begun one or sent a heartbeat
   * since {@code last}.
   *
   * @param last the last heartbeat under the id, as returned by {@link #lastSign}
   */
  Beginning begin(String clientId, Duration timeout, Optional<Sign> last);

  /**
   * The result of {@link #begin}.
   *
   * @param life when the life began, later than any life before it; null if another client has sent
   *     a heartbeat, or if the client's row is locked
   * @param now the time of the database; if the life has begun, the time of its first heartbeat
   */
  record Beginning(@Nullable Instant life, Instant now) {}

  /**
   * Rescues the jobs of clients whose timeout has passed. The jobs are available at once, at their
   * old place in the queue, with their checkpoints in River's keys. Skips locked jobs and clients
   * whose row is locked. Needs no leader, because the dead client may have been the leader.
   *
   * @param rescuer never rescues its own jobs, nor those of a client whose timeout is longer than
   *     the rescuer's lease has held. Rescues nothing if the heartbeat that it names is not its
   *     last one, or is too old
   * @param anyOrder whether to take other jobs each time, if there are more than the limit
   */
  Rescue rescueFromDeadClients(Rescuer rescuer, int limit, boolean anyOrder);

  /**
   * What a rescue has done.
   *
   * @param isRefused whether a client is dead and has jobs, but the rescuer's heartbeat did not
   *     allow to rescue them
   */
  record Rescue(List<RescuedJob> jobs, boolean isRefused) {}

  /**
   * Rescues all jobs that run in the name of a client which is about to send its first heartbeat.
   * An earlier process with the same id died while it worked these jobs, and this counts as a
   * crash.
   */
  List<RescuedJob> rescueFormerLife(String clientId, int limit);

  /**
   * The clients that have not signed off, in the order of their ids.
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
   * @param heartbeat its own last confirmed heartbeat
   * @param heldFor for how long its own lease has been valid without a break
   */
  record Rescuer(String clientId, Written heartbeat, Duration heldFor) {}

  /**
   * A heartbeat that was written.
   *
   * @param at the time of the database
   * @param heartbeatAt the heartbeat in the client's row: this time, or a little later if the clock
   *     of the database has gone back
   */
  record Written(Instant at, Instant heartbeatAt) {}

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
     * @param sending called when there is a connection, right before the statement is sent
     * @throws SupersededException if a later life has begun under the id
     * @return what was written; empty if the client's row is locked, so that nothing was
     */
    Optional<Written> beat(Runnable sending);

    /** Registers the client, or sends a heartbeat, as {@link #beat(Runnable)} does. */
    default Optional<Written> beat() {
      return beat(() -> {});
    }

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
