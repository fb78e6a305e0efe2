package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.concurrent.Wakeup;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The attempts whose outcome is not on its way yet. Thread-safe. */
final class RunningAttempts {
  private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();
  private final Wakeup wakeup = new Wakeup();
  private volatile boolean awaited;

  void add(Attempt attempt) {
    attempts.add(attempt);
  }

  void remove(Attempt attempt) {
    attempts.remove(attempt);
    if (awaited && attempts.isEmpty()) {
      wakeup.ring();
    }
  }

  /**
   * Waits until none is left, somebody wakes the caller, or the time is up. One caller at a time.
   */
  void awaitNone(Duration timeout) {
    awaited = true;
    if (!attempts.isEmpty()) {
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
    return attempts.isEmpty();
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
