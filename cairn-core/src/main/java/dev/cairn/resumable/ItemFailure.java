package dev.cairn.resumable;

import dev.cairn.CairnException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.LentConnection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides whether a failure is caused by the item that was processed (R20, R31). */
final class ItemFailure {
  /**
   * Classes of SQLSTATE that report that a deferred constraint or trigger refuses the rows at the
   * commit.
   */
  private static final Set<String> REFUSALS = Set.of("22", "23", "27", "44", "P0");

  /**
   * Classes that are not caused by the rows: a lost connection, a refused login, a collision, a
   * time limit.
   */
  private static final Set<String> TRANSIENT =
      Set.of("08", "25", "28", "40", "53", "55", "57", "58");

  /**
   * In a statement of Cairn, which limits what it writes, these say that the server has no room for
   * more notifications.
   */
  private static final Set<String> LIMITS = Set.of("54");

  private static final String NO_SUCH_DATABASE = "3D000";

  /** An earlier statement has failed, and the code of the item has gone on. */
  private static final String IN_FAILED_TRANSACTION = "25P02";

  private ItemFailure() {}

  /**
   * Whether a failure is caused by the item. A failure that concerns the whole job or the database
   * is not.
   */
  static boolean isOfItem(Exception failure) {
    var thrown = new ForeignFailure(failure);
    SQLException said = first(thrown);
    return !StepRunner.endsAttempt(failure)
        && thrown.find(LentConnection.Closed.class) == null
        && thrown.find(StoreUnavailableException.class) == null
        && !isOfDatabase(said)
        && !(thrown.find(CairnException.class) != null && is(LIMITS, said));
  }

  /**
   * If an earlier statement of the transaction has failed and the code has gone on, the driver says
   * so as the cause of what the next statement fails with. The chain of causes is foreign, and may
   * be a circle.
   */
  private static @Nullable SQLException first(ForeignFailure thrown) {
    for (Throwable each : thrown.chain()) {
      if (each instanceof SQLException said && !IN_FAILED_TRANSACTION.equals(said.getSQLState())) {
        return said;
      }
    }
    return thrown.find(SQLException.class);
  }

  /** A pool without a free connection reports this by the type only: there is no SQLSTATE. */
  private static boolean isOfDatabase(@Nullable SQLException failure) {
    if (failure != null && IN_FAILED_TRANSACTION.equals(failure.getSQLState())) {
      return false;
    }
    return failure instanceof SQLTransientException
        || failure instanceof SQLRecoverableException
        || failure instanceof SQLNonTransientConnectionException
        || is(TRANSIENT, failure)
        || (failure != null && NO_SUCH_DATABASE.equals(failure.getSQLState()));
  }

  /**
   * Whether the database has refused the rows of a transaction at its commit. The framework that
   * commits may wrap what the database says, and Cairn wraps the failures of its own statements.
   */
  static boolean isRefusal(Exception failure) {
    var thrown = new ForeignFailure(failure);
    return thrown.find(CairnException.class) == null
        && is(REFUSALS, thrown.find(SQLException.class));
  }

  private static boolean is(Set<String> classes, @Nullable SQLException failure) {
    String state = failure == null ? null : failure.getSQLState();
    return state != null && classes.contains(state.substring(0, Math.min(2, state.length())));
  }

  /** Finds out whether a transaction has failed because of the items in it. Used by one thread. */
  static final class Blame {
    private boolean works;

    /** Marks that the user's code for the items is running, not Cairn's. */
    void during(StepBody body) throws Exception {
      works = true;
      body.run();
      works = false;
    }

    boolean isOfItems(Exception failure) {
      return works ? isOfItem(failure) : isRefusal(failure);
    }
  }
}
