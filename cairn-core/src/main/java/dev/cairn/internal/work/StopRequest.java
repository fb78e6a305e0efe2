package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.ResumePolicy;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether an attempt has to stop, and why: requests from outside, its own limits, and whether it
 * has stopped for them. Thread-safe.
 */
final class StopRequest {
  private final AttemptLimits limits;

  /** Guards the limits and the reason, which change together. */
  private final Object lock = new Object();

  private volatile @Nullable InterruptionReason reason;
  private volatile boolean jobLost;
  private volatile boolean raised;
  private volatile @Nullable String ownReason;
  private volatile boolean stuck;
  private volatile long interruptAtNanos = Long.MAX_VALUE;

  /**
   * Creates a request that does not ask the attempt to stop.
   *
   * @param policy returns the policy of the attempt, which is the worker's once that has said it
   * @param lastMoveNanos returns the time of the last checkpoint
   */
  StopRequest(Supplier<ResumePolicy> policy, LongSupplier lastMoveNanos) {
    this.limits = new AttemptLimits(policy, lastMoveNanos);
  }

  AttemptLimits limits() {
    return limits;
  }

  /** Sets the timeout. One that has passed before still counts. */
  void setTimeout(AttemptTimeout timeout, long fromNanos) {
    synchronized (lock) {
      limits.setTimeout(timeout, fromNanos);
    }
  }

  /** Sets the maximum run time, as in {@link AttemptLimits#setMaxRuntime}. */
  void setMaxRuntime(Duration time, String setting, long fromNanos) {
    synchronized (lock) {
      limits.setMaxRuntime(time, setting, fromNanos);
    }
  }

  /** The reason to stop; empty while the attempt may continue. */
  Optional<InterruptionReason> reason() {
    return Optional.ofNullable(reason);
  }

  /**
   * Throws if the attempt has to stop.
   *
   * @param attempt returns the job and the attempt, for the message
   */
  void yieldIfAsked(Supplier<String> attempt) {
    InterruptionReason asked = reason;
    if (asked != null) {
      raised = true;
      throw new JobInterruption(asked, attempt.get() + " has to stop: " + explain(asked));
    }
  }

  /** Whether {@link #yieldIfAsked} has thrown, even if the worker swallowed the exception (R13). */
  boolean isRaised() {
    return raised;
  }

  /**
   * Asks the attempt to stop. The first reason stays, with two exceptions: a lost lease replaces
   * any reason, and a cancellation replaces a reason for which the attempt may end on its own.
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

  /** Asks the attempt to stop. Returns whether this is the reason now. */
  boolean askFor(InterruptionReason newReason) {
    synchronized (lock) {
      ask(newReason);
      return reason == newReason;
    }
  }

  /** Notes that the worker itself wants to stop. */
  void askBecause(String why) {
    ownReason = why;
    ask(InterruptionReason.REQUESTED);
  }

  /**
   * Asks the attempt to stop if one of its limits has passed. If the attempt was asked to stop
   * before, and then exceeds its timeout or its progress deadline, it has failed: otherwise, it
   * could be handed back again and again. During a shutdown, it may use the rest of the grace
   * period.
   */
  void askIfLimitHasPassed(long now) {
    synchronized (lock) {
      InterruptionReason first = reason;
      if (isLimit(first)) {
        return;
      }
      // Called even if the reason stays the same, because the limits then remember the passed time,
      // by which Deadlines finds stuck attempts.
      InterruptionReason passed = limits.passed(now);
      if (!isLimit(passed)) {
        limits.forgetPassed();
      }
      if (first != null
          && (first == InterruptionReason.SHUTDOWN || !Deadlines.arePatientWith(first))) {
        return;
      }
      if (first == null || (passed != null && passed != InterruptionReason.MAX_RUNTIME)) {
        reason = passed;
      }
    }
  }

  private static boolean isLimit(@Nullable InterruptionReason reason) {
    return reason == InterruptionReason.TIMEOUT || reason == InterruptionReason.PROGRESS_DEADLINE;
  }

  /** Notes that the job belongs to another attempt. */
  void loseJob() {
    synchronized (lock) {
      jobLost = true;
      reason = InterruptionReason.LEASE_LOST;
    }
  }

  /** Whether the job belongs to another attempt, so that no outcome is written. */
  boolean isJobLost() {
    return jobLost;
  }

  /** Whether the job belongs or may belong to another attempt. */
  boolean isLeaseLost() {
    return reason == InterruptionReason.LEASE_LOST;
  }

  /**
   * Starts to watch progress, because the attempt uses steps for the first time. An attempt that
   * exceeded its timeout just before that still has to stop: the two limits never apply together.
   *
   * @return whether progress is watched
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

  /** When to interrupt the thread, in {@link System#nanoTime()}. */
  long interruptAtNanos() {
    return interruptAtNanos;
  }

  void setInterruptAt(long nanos) {
    interruptAtNanos = nanos;
  }

  boolean isStuck() {
    return stuck;
  }

  /** Notes that the attempt still runs long after its timeout, and that this was reported. */
  void markStuck() {
    stuck = true;
  }

  /** The reason in words. */
  String explain(InterruptionReason reason) {
    return switch (reason) {
      case SHUTDOWN -> "its client shuts down";
      case CANCELLED -> "it was cancelled";
      case TIMEOUT -> "its %s has passed".formatted(limits.timeout());
      case MAX_RUNTIME ->
          "it reached its maximum runtime of %s, and has to let other jobs run"
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
