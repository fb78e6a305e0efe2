package dev.cairn.resumable;

import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a failure says of the item that was worked (R20, R31). */
final class ItemFailure {
  /**
   * Classes of SQLSTATE by which a constraint or a trigger that was deferred until the commit
   * refuses the rows.
   */
  private static final Set<String> REFUSALS = Set.of("22", "23", "27", "44", "P0");

  /** Classes that say nothing of the rows: a lost connection, a collision, a time limit. */
  private static final Set<String> TRANSIENT = Set.of("08", "25", "40", "53", "55", "57", "58");

  private ItemFailure() {}

  /**
   * Whether a failure of the code that works an item is one of the item. It is none if it says
   * something of the whole job, or of the database.
   */
  static boolean isOfItem(Exception failure) {
    return !StepRunner.endsAttempt(failure)
        && new ForeignFailure(failure).find(StoreUnavailableException.class) == null
        && !is(TRANSIENT, new ForeignFailure(failure).find(SQLException.class));
  }

  /** Whether the database has refused the rows of a transaction at its commit. */
  static boolean isRefusal(Exception failure) {
    return is(REFUSALS, failure instanceof SQLException e ? e : null);
  }

  private static boolean is(Set<String> classes, @Nullable SQLException failure) {
    String state = failure == null ? null : failure.getSQLState();
    return state != null && classes.contains(state.substring(0, Math.min(2, state.length())));
  }

  /** Tells whether a transaction has failed because of the items in it. Used by one thread. */
  static final class Blame {
    private boolean works;

    /** The code works the items, and not Cairn. */
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
