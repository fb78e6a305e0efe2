package dev.cairn.internal.claims;

import dev.cairn.internal.concurrent.Nanos;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * The other clients take this one for dead when its last heartbeat is older than its timeout, by the
 * clock of the database. So it has to know by itself, without asking anybody, when that may be: the
 * beat was written after it was sent, so counting from then is on the safe side.
 */

/**
 * How long this client may act in its own name: until the start of its last confirmed heartbeat
 * plus the timeout, less a margin, by the monotonic clock. After it, the client claims, leads and
 * rescues nothing, and its running jobs are interrupted. The heartbeat renews the lease; all others
 * only read it. Thread-safe.
 */
public final class Lease {
  /**
   * This part of the timeout is the margin: an interval of heartbeats. So after an outage just
   * shorter than the timeout, no client rescues those that sent their last heartbeat before it.
   */
  private static final int MARGIN_PARTS = 4;

  private final Duration timeout;
  private final long timeoutNanos;
  private boolean renewed;
  private boolean ended;
  private int number;
  private long validUntilNanos;
  private long sentNanos;
  private long heldSinceNanos;

  /** The database's clock at the last heartbeat; null if that is not known. */
  private @Nullable Instant databaseTime;

  /**
   * A lease that is not valid yet.
   *
   * @param timeout after which the other clients consider this one dead
   */
  public Lease(Duration timeout) {
    this.timeout = timeout;
    this.timeoutNanos = Nanos.of(timeout);
  }

  /** After it, the other clients consider this one dead. */
  public Duration timeout() {
    return timeout;
  }

  /**
   * A heartbeat was confirmed. If the clock of the database has gone forward meanwhile, as it may
   * after a failover, the last heartbeats of all others look old: each gets the time to send
   * another one, as after an outage. This client's own jobs go on.
   *
   * @param sent when it was sent, in {@link System#nanoTime()}
   * @param at the time of the database at which it was written
   * @return whether the lease was not valid before
   */
  public synchronized boolean renew(long sent, Instant at) {
    boolean jumped = renewed && hasJumped(sent - sentNanos, at);
    databaseTime = at;
    boolean anew = renew(sent);
    if (jumped) {
      heldSinceNanos = sent;
    }
    return anew;
  }

  /** By more than a heartbeat may be on its way. */
  private boolean hasJumped(long elapsedNanos, Instant at) {
    return databaseTime != null
        && Nanos.of(Duration.between(databaseTime, at)) - elapsedNanos
            > timeoutNanos / MARGIN_PARTS;
  }

  /**
   * A heartbeat was confirmed, at an unknown time of the database.
   *
   * @param sent when it was sent, in {@link System#nanoTime()}
   * @return whether the lease was not valid before
   */
  public synchronized boolean renew(long sent) {
    if (ended) {
      // A heartbeat was under way when the client stopped.
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

  /** The number of this lease, which changes each time that the lease has run out. */
  public synchronized int number() {
    return number;
  }

  /** Whether it has been valid all the time since it had this number. */
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
   * the database all clients look dead, and each gets the time to show that it is alive.
   */
  public synchronized Duration heldFor() {
    return isValid()
        ? Duration.ofNanos(Math.max(System.nanoTime() - heldSinceNanos, 0))
        : Duration.ZERO;
  }

  /** Ends the lease for good: the client has stopped. */
  public synchronized void end() {
    ended = true;
    renewed = false;
  }
}
