package dev.cairn.chaos.history;

import dev.cairn.StoreUnavailableException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an outage of the database is, by the definition on the page on operating. Of Cairn's
 * own decisions, only {@link StoreUnavailableException} counts. An outage is not a failure of the
 * worker.
 */
public final class Outage {
  /** The number of outages of a job that do not count as failures. */
  public static final int FREE = 5;

  private static final Set<String> STATES = Set.of("57P01", "57P02", "57P03", "57P05");
  private static final int CAUSES_MAX = 20;

  private Outage() {}

  /** Whether an outage made the worker throw this. */
  public static boolean caused(Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
      if (cause instanceof StoreUnavailableException
          || (cause instanceof SQLException e && isOutage(e.getSQLState()))) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static boolean isOutage(@Nullable String state) {
    return state != null && (state.startsWith("08") || STATES.contains(state));
  }

  /** How many of a job's outages count as failures of its worker. */
  public static long counted(long outages) {
    return Math.max(0, outages - FREE);
  }
}
