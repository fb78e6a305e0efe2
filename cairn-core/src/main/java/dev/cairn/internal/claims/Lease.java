package dev.cairn.internal.claims;

import dev.cairn.internal.concurrent.Nanos;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/*
 * The other clients consider this one dead when its last heartbeat is older than its timeout, by
 * the clock of the database. This client must know that moment too, even if the database does not
 * answer. A heartbeat is written after it was sent, so it is safe to count from the moment of
 * sending.
 */

/**
 * How long this client may act in its own name: from when its last confirmed heartbeat was sent,
 * for the timeout, less a margin, by the monotonic clock. After that, the client does not claim,
 * lead or rescue, and its running jobs are interrupted. Only the heartbeat renews the lease.
 * Thread-safe.
 */
public final class Lease {
  /**
   * The margin is the timeout divided by this: one interval of heartbeats. So after an outage just
   * shorter than the timeout, no client rescues the jobs of clients that sent their last heartbeat
   * before the outage.
   */
  private static final int MARGIN_PARTS = 4;

  private final Duration timeout;
  private final long timeoutNanos;
  private volatile Runnable renewal = () -> {};
  private final List<Runnable> jumpListeners = new CopyOnWriteArrayList<>();
  private boolean renewed;
  private boolean ended;
  private int number;
  private long validUntilNanos;
  private long sentNanos;
  private long heldSinceNanos;

  /** The database's clock at the last heartbeat; null if that is not known. */
  private @Nullable Instant databaseTime;

  /** The last confirmed heartbeat, as stored in the client's row; null if that is not known. */
  private @Nullable Instant heartbeatAt;

  /**
   * A lease that is not valid yet.
   *
   * @param timeout if the last heartbeat is older than this, the other clients consider this client
   *     dead
   */
  public Lease(Duration timeout) {
    this.timeout = timeout;
    this.timeoutNanos = Nanos.of(timeout);
  }

  /** If the last heartbeat is older than this, the other clients consider this client dead. */
  public Duration timeout() {
    return timeout;
  }

  /**
   * Sets who sends the heartbeats.
   *
   * @param heartbeat sends one soon, and returns at once
   */
  public void renewedBy(Runnable heartbeat) {
    renewal = heartbeat;
  }

  /**
   * Adds an action for the case that the clock of the database has jumped forward. Perhaps it has
   * not, but the monotonic clock of this host stood still while the host was suspended: then this
   * lease looked valid after other clients could take over.
   *
   * @param action must return at once
   */
  public void whenJumped(Runnable action) {
    jumpListeners.add(action);
  }

  /** Asks for a heartbeat, because the last one is too old for what this client has to do. */
  public void askForRenewal() {
    renewal.run();
  }

  /**
   * Notes that a heartbeat was confirmed. If the clock of the database has jumped forward
   * meanwhile, as it may after a failover, the last heartbeats of all other clients look old: each
   * client gets the time to send another one, as after an outage. This client's own jobs continue.
   *
   * @param sent when the heartbeat was sent, in {@link System#nanoTime()}
   * @param at the time of the database at which the heartbeat was written
   * @param heartbeat the heartbeat, as stored in the client's row
   * @return whether the lease was not valid before
   */
  public synchronized boolean renew(long sent, Instant at, Instant heartbeat) {
    boolean jumped = renewed && hasJumped(sent - sentNanos, at);
    databaseTime = at;
    heartbeatAt = heartbeat;
    boolean anew = renew(sent);
    if (jumped) {
      heldSinceNanos = sent;
      jumpListeners.forEach(Runnable::run);
    }
    return anew;
  }

  /** Whether the clock has jumped by more than the time that a heartbeat may take. */
  private boolean hasJumped(long elapsedNanos, Instant at) {
    return databaseTime != null
        && Nanos.of(Duration.between(databaseTime, at)) - elapsedNanos
            > timeoutNanos / MARGIN_PARTS;
  }

  /**
   * Notes that a heartbeat was confirmed, without its time in the database. Outside of this class,
   * only tests call this.
   *
   * @param sent when the heartbeat was sent, in {@link System#nanoTime()}
   * @return whether the lease was not valid before
   */
  public synchronized boolean renew(long sent) {
    if (ended) {
      // The heartbeat was on its way when the client stopped.
      return false;
    }
    boolean wasValid = isValid();
    if (!wasValid) {
      heldSinceNanos = sent;
      number++;
    }
    renewed = true;
    sentNanos = sent;
    validUntilNanos = sent + timeoutNanos - timeoutNanos / MARGIN_PARTS;
    return !wasValid && isValid();
  }

  /** Whether this client may claim, lead and continue its jobs. */
  public synchronized boolean isValid() {
    return renewed && validUntilNanos - System.nanoTime() > 0;
  }

  /** The number of this lease. It changes when the lease is renewed after it had expired. */
  public synchronized int number() {
    return number;
  }

  /** Whether the lease has been valid without a break since it had this number. */
  public synchronized boolean isStill(int earlier) {
    return earlier == number && isValid();
  }

  /** How long ago the last confirmed heartbeat was sent; empty if there was none. */
  public synchronized Optional<Duration> sinceRenewal() {
    return renewed
        ? Optional.of(Duration.ofNanos(Math.max(System.nanoTime() - sentNanos, 0)))
        : Optional.empty();
  }

  /** How long the lease is still valid; zero if it is not valid. */
  public synchronized Duration remaining() {
    return renewed
        ? Duration.ofNanos(Math.max(validUntilNanos - System.nanoTime(), 0))
        : Duration.ZERO;
  }

  /**
   * For how long the lease has been valid without a break; zero if it is not valid. No client is
   * rescued before this client's lease has held for the timeout of that client. After an outage of
   * the database, all clients look dead, so each gets the time to show that it is alive.
   */
  public synchronized Duration heldFor() {
    return isValid()
        ? Duration.ofNanos(Math.max(System.nanoTime() - heldSinceNanos, 0))
        : Duration.ZERO;
  }

  /**
   * The values that a statement needs if it treats other clients as dead. All values belong to the
   * same heartbeat.
   *
   * @param writtenAt the time of the database at which the last confirmed heartbeat was written
   * @param heartbeatAt that heartbeat, as stored in the client's row
   * @param heldFor see {@link Lease#heldFor}
   */
  public record Standing(Instant writtenAt, Instant heartbeatAt, Duration heldFor) {
    /** Whether both belong to the same heartbeat. */
    public boolean isOfSameHeartbeat(Standing other) {
      return writtenAt.equals(other.writtenAt) && heartbeatAt.equals(other.heartbeatAt);
    }
  }

  /** Empty if the lease is not valid, or if its last heartbeat is not known. */
  public synchronized Optional<Standing> standing() {
    return isValid() && databaseTime != null && heartbeatAt != null
        ? Optional.of(new Standing(databaseTime, heartbeatAt, heldFor()))
        : Optional.empty();
  }

  /** Ends the lease for good: the client has stopped. */
  public synchronized void end() {
    ended = true;
    renewed = false;
  }
}
