package dev.cairn.internal.store;

import java.sql.Connection;

/** Tells the result of a transaction that foreign code has ended. */
public interface TransactionFates {
  /** The mark of a transaction that has written nothing, so that nothing can be lost. */
  long NOTHING_WRITTEN = 0;

  /** Names the transaction of a connection, to ask for it later. */
  long mark(Connection connection);

  /** The result of a transaction, asked on another connection. */
  Fate fate(long mark);

  /** Makes it impossible to commit the transaction. Never throws. */
  void abort(Connection connection);

  /** The results of a transaction. */
  enum Fate {
    OPEN,
    COMMITTED,
    ROLLED_BACK
  }
}
