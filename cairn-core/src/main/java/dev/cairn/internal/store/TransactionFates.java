package dev.cairn.internal.store;

import java.sql.Connection;

/** Finds out the result of a transaction that foreign code has ended. */
public interface TransactionFates {
  /** Identifies the transaction of a connection, for {@link #fate}. */
  Mark mark(Connection connection);

  /** The result of a transaction, read on another connection. */
  Fate fate(Mark mark);

  /**
   * A transaction. Its number alone says nothing: a server that was promoted, or has crashed, gives
   * numbers again that were already given.
   *
   * @param number the number that the server has given to it
   * @param server identifies the server and its life
   */
  record Mark(long number, String server) {}

  /** Makes it impossible to commit the transaction. Never throws. */
  void abort(Connection connection);

  /** The results of a transaction. */
  enum Fate {
    OPEN,
    COMMITTED,
    ROLLED_BACK,
    /** The server that knew it is gone: it has restarted, or another has its place. */
    UNKNOWN
  }
}
