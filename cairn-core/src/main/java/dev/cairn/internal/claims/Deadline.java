package dev.cairn.internal.claims;

import dev.cairn.internal.concurrent.Nanos;
import java.time.Duration;

/**
 * Until when a client has stopped: made once, and passed down to all that has to end. Jobs may go
 * on by themselves until the grace period is over; what is left after that, outcomes to write,
 * loops to end, a database that does not answer, shares one further span of time. Thread-safe.
 */
public final class Deadline {
  private long allowanceNanos;
  private long graceEndNanos;

  /**
   * A deadline that counts from now.
   *
   * @param grace how long jobs may go on
   * @param allowance how long all the rest may take after that
   */
  public Deadline(Duration grace, Duration allowance) {
    this.graceEndNanos = System.nanoTime() + Nanos.of(grace);
    this.allowanceNanos = Nanos.of(allowance);
  }

  /** A deadline without a grace period. */
  public static Deadline in(Duration time) {
    return new Deadline(Duration.ZERO, time);
  }

  /** The jobs may go on no longer than this from now. */
  public synchronized void shortenGrace(Duration grace) {
    long end = System.nanoTime() + Nanos.of(grace);
    if (end - graceEndNanos < 0) {
      graceEndNanos = end;
    }
  }

  /** Everything, jobs too, has to have ended within this time from now. */
  public synchronized void shorten(Duration time) {
    shortenGrace(time);
    long end = System.nanoTime() + Nanos.of(time);
    if (end - (graceEndNanos + allowanceNanos) < 0) {
      allowanceNanos = Math.max(end - graceEndNanos, 0);
    }
  }

  /** How long jobs may still go on; zero if they may not. */
  public synchronized Duration grace() {
    return Duration.ofNanos(Math.max(graceEndNanos - System.nanoTime(), 0));
  }

  /** How long all the rest may still take; zero if the time is up. */
  public synchronized Duration rest() {
    return Duration.ofNanos(Math.max(graceEndNanos + allowanceNanos - System.nanoTime(), 0));
  }

  /** The rest, but no more than this. */
  public Duration atMost(Duration time) {
    Duration rest = rest();
    return rest.compareTo(time) < 0 ? rest : time;
  }
}
