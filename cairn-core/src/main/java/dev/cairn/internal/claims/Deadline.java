package dev.cairn.internal.claims;

import dev.cairn.internal.concurrent.Nanos;
import java.time.Duration;

/**
 * The time by which a client must have stopped. It is created once and passed to everything that
 * has to end. Jobs may run until the end of the grace period. Everything else, such as writing
 * outcomes, ending loops and waiting for the database, shares one further span of time.
 * Thread-safe.
 */
public final class Deadline {
  private long allowanceNanos;
  private long graceEndNanos;

  /**
   * A deadline that counts from now.
   *
   * @param grace how long jobs may run
   * @param allowance how long everything else may take after that
   */
  public Deadline(Duration grace, Duration allowance) {
    this.graceEndNanos = System.nanoTime() + Nanos.of(grace);
    this.allowanceNanos = Nanos.of(allowance);
  }

  /** A deadline without a grace period. */
  public static Deadline in(Duration time) {
    return new Deadline(Duration.ZERO, time);
  }

  /** Limits how long jobs may run from now on. */
  public synchronized void shortenGrace(Duration grace) {
    long end = System.nanoTime() + Nanos.of(grace);
    if (end - graceEndNanos < 0) {
      graceEndNanos = end;
    }
  }

  /** Limits the time in which everything, including jobs, has to end from now on. */
  public synchronized void shorten(Duration time) {
    shortenGrace(time);
    long end = System.nanoTime() + Nanos.of(time);
    if (end - (graceEndNanos + allowanceNanos) < 0) {
      allowanceNanos = Math.max(end - graceEndNanos, 0);
    }
  }

  /** How long jobs may still run; zero if they may not. */
  public synchronized Duration grace() {
    return Duration.ofNanos(Math.max(graceEndNanos - System.nanoTime(), 0));
  }

  /** The {@link #grace}, but at most {@code time}. */
  public Duration graceAtMost(Duration time) {
    Duration grace = grace();
    return grace.compareTo(time) < 0 ? grace : time;
  }

  /** How long everything else may still take; zero if the time has passed. */
  public synchronized Duration rest() {
    return Duration.ofNanos(Math.max(graceEndNanos + allowanceNanos - System.nanoTime(), 0));
  }

  /** The {@link #rest}, but at most {@code time}. */
  public Duration atMost(Duration time) {
    Duration rest = rest();
    return rest.compareTo(time) < 0 ? rest : time;
  }
}
