package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.concurrent.Wakeup;
import dev.cairn.internal.store.Claim;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The claimed jobs whose outcome is not on its way yet. A job counts from its claim on, before a
 * thread has taken it up: otherwise a client that stops just then would sign off while the job is
 * still its own, and nobody would rescue it. Thread-safe.
 */
final class RunningAttempts {
  private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();
  private final Set<Claim> claims = ConcurrentHashMap.newKeySet();
  private final Wakeup wakeup = new Wakeup();
  private volatile boolean awaited;
  private volatile boolean closed;

  /** Counts a job that was claimed and whose attempt is about to begin. */
  void expect(Claim claim) {
    claims.add(claim);
  }

  /** The attempt of a job that is counted already. */
  void add(Attempt attempt) {
    attempts.add(attempt);
    if (closed) {
      attempt.interrupt(InterruptionReason.SHUTDOWN);
    }
  }

  /** Once for each attempt, after its outcome was handed on. */
  void remove(Attempt attempt) {
    attempts.remove(attempt);
    claims.remove(attempt.claimed().claim());
    if (awaited && claims.isEmpty()) {
      wakeup.ring();
    }
  }

  /** Asks all attempts to stop, those that are yet to begin too. */
  void close() {
    closed = true;
    attempts.forEach(attempt -> attempt.interrupt(InterruptionReason.SHUTDOWN));
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Waits until none is left, somebody wakes the caller, or the time is up. One caller at a time.
   */
  void awaitNone(Duration timeout) {
    awaited = true;
    if (!isEmpty()) {
      wakeup.await(timeout);
    }
  }

  /** Ends the wait of {@link #awaitNone}. */
  void wake() {
    wakeup.ring();
  }

  List<Attempt> all() {
    return List.copyOf(attempts);
  }

  boolean isEmpty() {
    return claims.isEmpty();
  }

  /** The jobs that were claimed and whose outcome is not on its way yet. */
  Set<Long> jobIds() {
    return claims.stream().map(Claim::jobId).collect(Collectors.toSet());
  }

  /** Asks the attempt of a job to stop, if it runs here; whether it does. */
  boolean interrupt(long jobId, InterruptionReason reason) {
    boolean found = false;
    for (Attempt attempt : attempts) {
      if (attempt.claimed().claim().jobId() == jobId) {
        attempt.interrupt(reason);
        found = true;
      }
    }
    return found;
  }
}
