package dev.cairn.internal.claims;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.store.Claim;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One claim that the database has given to this client, until its outcome is written or refused.
 * Thread-safe.
 */
public final class HeldClaim {
  private final Claim claim;
  private @Nullable Run run;
  private @Nullable Thread worker;
  private @Nullable InterruptionReason interruption;
  private boolean lost;
  private boolean ended;
  private boolean left;

  HeldClaim(Claim claim) {
    this.claim = claim;
  }

  public Claim claim() {
    return claim;
  }

  /** What works under it; empty while that has not begun. */
  public synchronized Optional<Run> run() {
    return Optional.ofNullable(run);
  }

  /** A thread begins to work under it. */
  public synchronized void workedBy(Thread thread) {
    worker = thread;
  }

  /** The worker's code is about to run; what was said to the claim before is passed on. */
  public void begin(Run begun) {
    InterruptionReason reason;
    boolean isLost;
    synchronized (this) {
      run = begun;
      reason = interruption;
      isLost = lost;
    }
    if (isLost) {
      begun.lose();
    } else if (reason != null) {
      begun.interrupt(reason);
    }
  }

  /**
   * Asks what works under it to stop, also if it is yet to begin. The first reason stays, but for
   * the loss of the lease.
   */
  public void interrupt(InterruptionReason reason) {
    Run running;
    synchronized (this) {
      if (interruption == null || reason == InterruptionReason.LEASE_LOST) {
        interruption = reason;
      }
      running = run;
    }
    if (running != null) {
      running.interrupt(reason);
    }
  }

  /** The job is somebody else's. */
  public void lose() {
    Run running;
    synchronized (this) {
      lost = true;
      running = run;
    }
    if (running != null) {
      running.lose();
    }
  }

  /**
   * Whoever is first ends the run and has to see to the outcome: the thread that worked, or the
   * client that gives it up.
   *
   * @return whether the caller is the first
   */
  public synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  /** Nobody sees to the outcome after all: it could not be handed on. */
  public synchronized void reopen() {
    ended = false;
    left = true;
  }

  /** Whoever was to work under it could not: somebody has to find it and see to its outcome. */
  public synchronized void leave() {
    left = true;
  }

  /** Whether somebody sees to the outcome. */
  public synchronized boolean hasEnded() {
    return ended;
  }

  /** Whether nobody works under it any more, and there is no outcome; not if it is to begin. */
  public synchronized boolean isAbandoned() {
    if (ended) {
      return false;
    }
    return worker == null ? left : worker.getState() == Thread.State.TERMINATED || isUnstarted();
  }

  private boolean isUnstarted() {
    return left && worker != null && worker.getState() == Thread.State.NEW;
  }
}
