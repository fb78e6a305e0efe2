package dev.cairn.internal.store;

import dev.cairn.TransactionBody;
import org.jspecify.annotations.Nullable;

/** Transactions, run again when the database asks for it. */
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

  /**
   * Whether code has failed because the database was taken away from it, through no fault of its
   * own: the connection broke, or the server was shut down, crashed or is starting. Also one that
   * is not the client's. Serialization failures and deadlocks are none: they are run again above,
   * and one that goes on is for the retry policy.
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
