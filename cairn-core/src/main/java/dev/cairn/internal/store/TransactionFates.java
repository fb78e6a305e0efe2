package dev.cairn.internal.store;

import java.sql.Connection;

/** Finds out the result of a transaction that foreign code has ended. */
public interface TransactionFates {
  /** The mark of a transaction that has written nothing, so that nothing can be lost. */
  long NOTHING_WRITTEN = 0;

  /** Identifies the transaction of a connection, for {@link #fate}. */
  long mark(Connection connection);

  /** The result of a transaction, read on another connection. */
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
