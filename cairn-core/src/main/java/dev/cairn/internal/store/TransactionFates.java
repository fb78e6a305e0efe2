package dev.cairn.internal.store;

import java.sql.Connection;

/** Finds out the result of a transaction that foreign code has ended. */
public interface TransactionFates {
  /** Identifies the transaction of a connection, for {@link #fate}. */
  Mark mark(Connection connection);

  /** The result of a transaction, read on another connection. */
  Fate fate(Mark mark);

  /**
   * A transaction. Its number alone does not identify it: after a promotion or a crash, a server
   * assigns numbers that were already used.
   *
   * @param number the number that the server has assigned to it
   * @param server identifies the server, and its run since its last start or crash
   */
  record Mark(long number, String server) {}

  /** Makes it impossible to commit the transaction. Never throws. */
  void abort(Connection connection);

  /** The results of a transaction. */
  enum Fate {
    OPEN,
    COMMITTED,
    ROLLED_BACK,
    /**
     * The server no longer knows: it has restarted or crashed, or another server has taken its
     * place.
     */
    UNKNOWN
  }
}
