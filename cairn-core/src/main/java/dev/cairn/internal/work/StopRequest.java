package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.ResumePolicy;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether and why an attempt has to stop: what it was asked, the limits that ask by themselves, and
 * whether it has obeyed. Thread-safe.
 */
final class StopRequest {
  private final AttemptLimits limits;

  /** Its own: the limits and the reason change together. */
  private final Object lock = new Object();

  private volatile @Nullable InterruptionReason reason;
  private volatile boolean jobLost;
  private volatile boolean raised;
  private volatile @Nullable String ownReason;
  private volatile boolean stuck;
  private volatile long interruptAtNanos = Long.MAX_VALUE;

  /**
   * Nothing is asked yet.
   *
   * @param lastMoveNanos when the checkpoints have moved last
   */
  StopRequest(ResumePolicy policy, LongSupplier lastMoveNanos) {
    this.limits = new AttemptLimits(policy, lastMoveNanos);
  }

  AttemptLimits limits() {
    return limits;
  }

  /** Empty while the attempt may go on. */
  Optional<InterruptionReason> reason() {
    return Optional.ofNullable(reason);
  }

  /**
   * Throws if the attempt has to stop.
   *
   * @param attempt in words, for the message
   */
  void yieldIfAsked(String attempt) {
    InterruptionReason asked = reason;
    if (asked != null) {
      raised = true;
      throw new JobInterruption(asked, attempt + " has to stop: " + explain(asked));
    }
  }

  /** Whether {@link #yieldIfAsked} has thrown, whatever the worker has made of it (R13). */
  boolean isRaised() {
    return raised;
  }

  /**
   * Asks the attempt to stop. The first reason stays, but for the loss of the lease, and for a
   * cancellation of what may end by itself: that one is not to go on.
   */
  void ask(InterruptionReason newReason) {
    synchronized (lock) {
      InterruptionReason first = reason;
      if (first == null
          || newReason == InterruptionReason.LEASE_LOST
          || (newReason == InterruptionReason.CANCELLED && Deadlines.arePatientWith(first))) {
        reason = newReason;
      }
    }
  }

  /** Asks the attempt to stop; whether this is the reason now. */
  boolean askFor(InterruptionReason newReason) {
    synchronized (lock) {
      ask(newReason);
      return reason == newReason;
    }
  }

  /** The worker itself wants to stop. */
  void askBecause(String why) {
    ownReason = why;
    ask(InterruptionReason.REQUESTED);
  }

  /**
   * Asks the attempt to stop if one of its limits has passed. One that was asked before and has not
   * stopped within its limits has failed, or it would be given back without end. In a shutdown it
   * has what is left of the grace.
   */
  void askIfLimitHasPassed(long now) {
    synchronized (lock) {
      InterruptionReason first = reason;
      if (first != null
          && (first == InterruptionReason.SHUTDOWN || !Deadlines.arePatientWith(first))) {
        return;
      }
      InterruptionReason passed = limits.passed(now);
      if (first == null || (passed != null && passed != InterruptionReason.MAX_RUNTIME)) {
        reason = passed;
      }
    }
  }

  /** The job is somebody else's. */
  void loseJob() {
    synchronized (lock) {
      jobLost = true;
      reason = InterruptionReason.LEASE_LOST;
    }
  }

  /** Whether the job is somebody else's, so that no outcome is written. */
  boolean isJobLost() {
    return jobLost;
  }

  /** Whether the job is somebody else's, or may be. */
  boolean isLeaseLost() {
    return reason == InterruptionReason.LEASE_LOST;
  }

  /**
   * The attempt uses steps for the first time, so its progress is watched. One that has run into
   * its timeout just before has to stop all the same: it is either of the two, never both.
   *
   * @return whether it is watched
   */
  boolean watchProgress() {
    synchronized (lock) {
      if (reason == InterruptionReason.TIMEOUT) {
        return false;
      }
      limits.watchProgress();
      return true;
    }
  }

  /** When the thread is to be interrupted, in {@link System#nanoTime()}. */
  long interruptAtNanos() {
    return interruptAtNanos;
  }

  void setInterruptAt(long nanos) {
    interruptAtNanos = nanos;
  }

  boolean isStuck() {
    return stuck;
  }

  /** It goes on long after its timeout, and that was reported. */
  void markStuck() {
    stuck = true;
  }

  /** In words, for people. */
  String explain(InterruptionReason reason) {
    return switch (reason) {
      case SHUTDOWN -> "its client shuts down";
      case CANCELLED -> "it was cancelled";
      case TIMEOUT -> "its %s has passed".formatted(limits.timeout());
      case MAX_RUNTIME ->
          "it reached its maximum runtime of %s, and other jobs wait"
              .formatted(limits.maxRuntimeText());
      case PROGRESS_DEADLINE ->
          "its checkpoints have not moved for " + limits.progressDeadlineText();
      case SUSPENDED -> "it waits";
      case REQUESTED -> Objects.requireNonNullElse(ownReason, "an operator interrupted it");
      case PAUSED -> "it was paused";
      case LEASE_LOST ->
          jobLost
              ? "it was rescued, claimed again, changed or deleted in the meantime"
              : "its client could not send its heartbeat, or the database lost its checkpoints";
      case DATABASE_LOST ->
          "its connection to the database broke, or the server was shut down; this uses up no"
              + " attempt";
    };
  }
}
