package dev.cairn.internal.store;

import dev.cairn.TransactionBody;
import org.jspecify.annotations.Nullable;

/** Transactions that are retried after collisions. */
public interface Transactions {
  /**
   * Runs {@code body} in a transaction and commits it. Repeats it after a serialization failure or
   * a deadlock, a limited number of times (R4).
   *
   * @param job the job and the attempt, for messages
   * @param guard wraps everything except the body, above all the commit
   */
  <T extends @Nullable Object> T run(String job, TransactionBody<T> body, StatementGuard guard)
      throws Exception;

  /** The transaction that the calling thread is in. */
  CurrentTransaction current();

  /**
   * Whether code has failed because of an outage of the database: the connection broke, or the
   * server was shut down, crashed or is starting. This includes databases other than the client's.
   * Serialization failures and deadlocks are not outages: {@link #run} retries them, and if they
   * persist, the retry policy decides.
   */
  boolean isOutage(Throwable failure);

  /**
   * Holds back interrupts while a statement of Cairn runs on the thread, because an interrupt
   * closes the connection of a virtual thread.
   */
  interface StatementGuard {
    /** For threads that are never interrupted. */
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
