package dev.cairn.internal.upkeep;

import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Logs why periodic jobs cannot be inserted: each kind of failure of a job at first and then once a
 * minute, until the job is inserted. Such a job is tried again about every second. Used by one
 * thread.
 */
final class PeriodicTroubles {
  private static final Log log = Log.of(PeriodicTroubles.class);
  private static final Duration TELL_AGAIN = Duration.ofMinutes(1);

  /** When each trouble was last logged. */
  private final Map<Trouble, Instant> told = new HashMap<>();

  /** The class of the failure, because its message may differ each time. */
  private record Trouble(String job, Class<?> failure) {}

  /**
   * Logs a failure, unless that was done a short time ago.
   *
   * @param now the time of the database, which may go back
   * @param what what happened, with a place for the id of the job
   */
  void log(String what, String job, Instant now, Throwable failure) {
    var trouble = new Trouble(job, failure.getClass());
    Instant last = told.get(trouble);
    if (last == null || now.isBefore(last) || !now.isBefore(last.plus(TELL_AGAIN))) {
      told.put(trouble, now);
      log.warn(what, job, failure);
    }
  }

  /** Forgets the troubles of a job that was inserted, or is not due. */
  void forget(String job) {
    if (!told.isEmpty()) {
      told.keySet().removeIf(trouble -> trouble.job().equals(job));
    }
  }

  /** Forgets the troubles of all other jobs. */
  void retainAll(Collection<String> jobs) {
    told.keySet().removeIf(trouble -> !jobs.contains(trouble.job()));
  }
}
