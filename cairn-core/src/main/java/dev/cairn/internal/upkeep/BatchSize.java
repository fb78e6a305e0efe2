package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.function.IntUnaryOperator;

/**
 * The number of rows that a service of the leader takes at once: 10,000. After three failures in a
 * row that fewer rows may prevent, such as timeouts, it is 1,000 for the rest of the term, as in
 * River. Used by one thread.
 */
final class BatchSize {
  private static final Log log = Log.of(BatchSize.class);
  private static final int FULL = 10_000;
  private static final int REDUCED = 1_000;
  private static final int FAILURES_MAX = 3;

  private final String service;
  private int failures;

  BatchSize(String service) {
    this.service = service;
  }

  /**
   * Runs a statement.
   *
   * @param statement takes the maximum number of rows and returns the actual number
   * @return whether there may be more
   */
  boolean run(IntUnaryOperator statement) {
    int size = failures < FAILURES_MAX ? FULL : REDUCED;
    try {
      boolean full = statement.applyAsInt(size) >= size;
      if (size == FULL) {
        failures = 0;
      }
      return full;
    } catch (CairnException | Error e) {
      if (isTooMuch(e) && ++failures == FAILURES_MAX) {
        log.warn(
            "cairn-{} continues with batches of {} rows, because its statements took too long [CAIRN-614]",
            service,
            REDUCED);
      }
      throw e;
    }
  }

  /**
   * Whether fewer rows may prevent this failure. An outage or a trigger has nothing to do with the
   * number of rows, unless the connection broke because the server was silent for too long.
   */
  private static boolean isTooMuch(Throwable failure) {
    return failure instanceof Error
        || (failure instanceof ContendedException contended && !contended.isLocked())
        || (new ForeignFailure(failure).find(SocketTimeoutException.class) != null
            && !isWithoutConnection(failure));
  }

  /** Whether no connection could be made, which may end by a time limit, too. */
  private static boolean isWithoutConnection(Throwable failure) {
    return failure instanceof StoreUnavailableException
        && new ForeignFailure(failure)
            .chain().stream()
                .anyMatch(each ->
                    each instanceof SQLException sql
                        && (sql instanceof SQLTransientConnectionException
                            || "08001".equals(sql.getSQLState())));
  }
}
