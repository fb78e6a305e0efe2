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
   * The next older claim of the same job. Changed only while the register holds the job's entry. A
   * claim that was removed still leads to the older ones, because other threads may be reading it.
   */
  private volatile @Nullable HeldClaim older;

  HeldClaim(Claim claim) {
    this.claim = claim;
  }

  public Claim claim() {
    return claim;
  }

  /**
   * Adds another claim of the job at its place in the order of claims. The answers to claims may
   * arrive in a different order.
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

  /** Removes a claim of the job. Returns the newest one that is left; null if none is. */
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

  /** Calls {@code action} with this claim and the older claims of the same job. */
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

  /** The run under this claim; empty if it has not started. */
  public synchronized Optional<Run> run() {
    return Optional.ofNullable(run);
  }

  /** Records that a thread works under this claim. */
  public synchronized void workedBy(Thread thread) {
    worker = thread;
  }

  /** Records that the worker's code is about to run, and passes earlier interruptions on to it. */
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
   * Asks the run under this claim to stop, even if it has not started. A run that has not started
   * receives the first reason; only the loss of the lease replaces it.
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

  /** Tells the run that the job belongs to another claim. */
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
   * Ends the run. The first caller has to take care of the outcome: the thread that worked, or the
   * client that abandons the run.
   *
   * @return whether the caller is the first
   */
  public synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  /**
   * Undoes {@link #end}, because its caller could not pass on the outcome. The watcher has to take
   * care of it.
   */
  public synchronized void reopen() {
    ended = false;
    left = true;
  }

  /**
   * Notes that no thread could work under this claim. The watcher has to find it and take care of
   * its outcome.
   */
  public synchronized void leave() {
    left = true;
  }

  /** Whether the outcome is being taken care of. */
  public synchronized boolean hasEnded() {
    return ended;
  }

  /**
   * Whether this claim has no outcome, and its thread has ended or could not start. False while the
   * thread has yet to start.
   */
  public synchronized boolean isAbandoned() {
    if (ended) {
      return false;
    }
    if (worker == null) {
      return left;
    }
    // Asked first, because it never waits: before JDK 25, the state of a living thread waits for
    // an interrupt that closes a hanging file.
    return !worker.isAlive() && (left || worker.getState() == Thread.State.TERMINATED);
  }
}
