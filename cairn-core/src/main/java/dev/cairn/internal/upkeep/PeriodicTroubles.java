package dev.cairn.internal.upkeep;

import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Logs that a periodic job cannot be inserted: for each kind of failure at first and then once a
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

  private boolean isToBeLogged(String job, Throwable failure, Instant now) {
    var trouble = new Trouble(job, failure.getClass());
    Instant last = told.get(trouble);
    if (last != null && !now.isBefore(last) && now.isBefore(last.plus(TELL_AGAIN))) {
      return false;
    }
    told.put(trouble, now);
    return true;
  }

  /**
   * Logs a failure, unless that was done a short time ago.
   *
   * @param isHeld whether another transaction holds the job up
   * @param now the time of the database, which may go back
   */
  void tell(String job, boolean isHeld, Throwable failure, Instant now) {
    if (!isToBeLogged(job, failure, now)) {
      return;
    }
    if (isHeld) {
      log.warn(
          "Periodic job '{}' cannot be inserted now, probably because another transaction holds its "
              + "unique key, or its row of cairn_periodic; will retry soon, after the others"
              + " [CAIRN-526]",
          job,
          failure);
    } else {
      log.warn("Could not insert periodic job '{}'; will retry soon [CAIRN-526]", job, failure);
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
