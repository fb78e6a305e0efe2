package dev.cairn.internal.claims;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.store.Claim;
import java.util.Optional;
import java.util.function.Consumer;
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

  /**
   * The next older claim of the same job. Changed only while the register holds the job's entry;
   * one that was taken out still leads on whoever is just there.
   */
  private volatile @Nullable HeldClaim older;

  HeldClaim(Claim claim) {
    this.claim = claim;
  }

  public Claim claim() {
    return claim;
  }

  /**
   * Puts another claim of the job in its place; answers may come in another order than claims.
   *
   * @return the newest one
   */
  HeldClaim with(HeldClaim other) {
    if (other.claim.attemptedAt().isAfter(claim.attemptedAt())) {
      other.older = this;
      return other;
    }
    HeldClaim next = older;
    older = next == null ? other : next.with(other);
    return this;
  }

  /** Takes a claim of the job out; returns the newest one that is left, null if none is. */
  @Nullable HeldClaim without(HeldClaim other) {
    HeldClaim next = older;
    if (other == this) {
      return next;
    }
    if (next != null) {
      older = next.without(other);
    }
    return this;
  }

  /** Passes on this claim and those of the same job that are older. */
  void thisAndOlder(Consumer<HeldClaim> action) {
    for (HeldClaim held = this; held != null; held = held.older) {
      action.accept(held);
    }
  }

  boolean isOrHasOlder(Claim sought) {
    for (HeldClaim held = this; held != null; held = held.older) {
      if (held.claim.equals(sought)) {
        return true;
      }
    }
    return false;
  }

  /** Tells the runs under older claims that they have lost the job. */
  void olderRunsLose() {
    HeldClaim next = older;
    if (next != null) {
      next.thisAndOlder(held -> {
        if (!held.hasEnded()) {
          held.lose();
        }
      });
    }
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
