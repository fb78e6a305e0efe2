package dev.cairn.internal.store;

import dev.cairn.TransactionBody;
import org.jspecify.annotations.Nullable;

/** Transactions that are retried after collisions. */
public interface Transactions {
  /**
   * Runs {@code body} in a transaction and commits it, again after a serialization failure or a
   * deadlock, a bounded number of times (R4).
   *
   * @param job names the job and the attempt in messages
   * @param guard wraps all but the body, above all the commit
   */
  <T extends @Nullable Object> T run(String job, TransactionBody<T> body, StatementGuard guard)
      throws Exception;

  /** The transaction that the calling thread is in. */
  CurrentTransaction current();

  /**
   * Whether code has failed because of an outage of the database: the connection broke, or the
   * server was shut down, crashed or is starting. This includes databases other than the client's.
   * Serialization failures and deadlocks are not outages: they are retried above, and if they
   * persist, the retry policy decides.
   */
  boolean isOutage(Throwable failure);

  /**
   * Keeps an interrupt away from the thread while a statement of Cairn's runs on it, since an
   * interrupt closes the connection of a virtual thread.
   */
  interface StatementGuard {
    /** For threads that nobody interrupts. */
    StatementGuard NONE =
        new StatementGuard() {
          @Override
          public void enter() {}

          @Override
          public void exit() {}
        };

    void enter();

    void exit();
  }
}
