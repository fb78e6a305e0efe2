package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.TimeLimitException;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.ForeignFailure;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ends attempts that run for too long. It asks them to stop first, interrupts their threads after
 * the interrupt delay, and reports those that still run. It wakes only for the earliest deadline,
 * so it rarely wakes if all jobs of a client have the same timeout.
 */
final class Deadlines {
  /**
   * An attempt that is asked to stop for one of these reasons may end on its own, for example at a
   * checkpoint, until its limits have passed.
   */
  private static final Set<InterruptionReason> PATIENT =
      EnumSet.of(
          InterruptionReason.SHUTDOWN,
          InterruptionReason.MAX_RUNTIME,
          InterruptionReason.SUSPENDED,
          InterruptionReason.REQUESTED,
          InterruptionReason.PAUSED);

  private final Attempts running;
  private final Lease lease;
  private final long interruptDelayNanos;
  private final StuckJobs stuckJobs;
  private final Loop loop = new Loop("cairn-deadlines", this::turn);
  private volatile long nextTurnNanos = Long.MAX_VALUE;

  Deadlines(Attempts running, Lease lease, Duration interruptDelay, StuckJobs stuckJobs) {
    this.running = running;
    this.lease = lease;
    this.interruptDelayNanos = Nanos.of(interruptDelay);
    this.stuckJobs = stuckJobs;
  }

  /** Whether an attempt that is asked to stop for this reason may end on its own. */
  static boolean arePatientWith(InterruptionReason reason) {
    return PATIENT.contains(reason);
  }

  void start() {
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  boolean join(Duration timeout) {
    return loop.join(timeout);
  }

  /** Watches the limits of an attempt. */
  void watch(Attempt attempt) {
    long deadline = attempt.stopRequest().limits().nextNanos();
    if (deadline != Long.MAX_VALUE && deadline - nextTurnNanos < 0) {
      loop.ring();
    }
  }

  /** Checks all attempts at once, because some were asked to stop. */
  void lookNow() {
    loop.ring();
  }

  /**
   * If a time limit within an attempt has ended it, asks whether the lease was over before: then
   * this process was perhaps suspended, and the limit uses up no attempt.
   */
  void judge(Attempt attempt, @Nullable Throwable failure) {
    if (failure != null
        && new ForeignFailure(failure).find(TimeLimitException.class) != null
        && !lease.isValid()) {
      attempt.interrupt(InterruptionReason.LEASE_LOST);
    }
  }

  private Duration turn() {
    // Attempts that begin during this turn wake the loop again.
    nextTurnNanos = Long.MAX_VALUE;
    long now = System.nanoTime();
    long earliest = Long.MAX_VALUE;
    List<Attempt> all = running.all();
    // Asked after the time was read: so a limit counts only if it passed while the lease was valid.
    // After a pause of this process, the heartbeat may not have noticed yet that it is not.
    if (!lease.isValid()) {
      all.forEach(attempt -> attempt.interrupt(InterruptionReason.LEASE_LOST));
    }
    for (Attempt attempt : all) {
      earliest = Math.min(earliest, look(attempt, now));
    }
    if (earliest == Long.MAX_VALUE) {
      return Loop.UNTIL_RUNG;
    }
    nextTurnNanos = earliest;
    return Duration.ofNanos(Math.max(earliest - System.nanoTime(), 1));
  }

  /** Returns when to look at this attempt again. */
  private long look(Attempt attempt, long now) {
    attempt.stopRequest().askIfLimitHasPassed(now);
    InterruptionReason reason = attempt.interruption().orElse(null);
    if (reason == null) {
      return attempt.stopRequest().limits().nextNanos();
    }
    return Math.min(interrupt(attempt, reason, now), lookIfStuck(attempt, now));
  }

  private long lookIfStuck(Attempt attempt, long now) {
    if (attempt.stopRequest().isStuck()) {
      return Long.MAX_VALUE;
    }
    long passed = attempt.stopRequest().limits().passedNanos();
    if (passed == Long.MAX_VALUE) {
      return attempt.stopRequest().limits().lastNanos();
    }
    long stuckAt = Math.max(passed, noticed(attempt)) + Nanos.of(stuckJobs.threshold());
    if (now < stuckAt) {
      return stuckAt;
    }
    attempt.stopRequest().markStuck();
    stuckJobs.report(attempt);
    return Long.MAX_VALUE;
  }

  /**
   * When the attempt was first seen to have to stop at once. If code hangs before the worker, a
   * limit is noticed late, and the interrupt comes first even then.
   */
  private long noticed(Attempt attempt) {
    long interruptAt = attempt.stopRequest().interruptAtNanos();
    return interruptAt == Long.MAX_VALUE ? Long.MIN_VALUE : interruptAt - interruptDelayNanos;
  }

  private long interrupt(Attempt attempt, InterruptionReason reason, long now) {
    if (attempt.gate().hasDelivered()) {
      return Long.MAX_VALUE;
    }
    long atTheLatest =
        PATIENT.contains(reason)
            ? attempt.stopRequest().limits().lastNanos()
            : now + interruptDelayNanos;
    // The reason may have become more urgent since the last look.
    attempt
        .stopRequest()
        .setInterruptAt(Math.min(attempt.stopRequest().interruptAtNanos(), atTheLatest));
    if (now >= attempt.stopRequest().interruptAtNanos()) {
      attempt.gate().interrupt();
      return Long.MAX_VALUE;
    }
    return attempt.stopRequest().interruptAtNanos();
  }
}
