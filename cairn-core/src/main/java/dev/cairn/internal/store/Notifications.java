package dev.cairn.internal.store;

import dev.cairn.InterruptionReason;

/** What clients tell each other through the database. */
public interface Notifications {
  /**
   * Begins to listen, on a connection held until the subscription is closed.
   *
   * @throws dev.cairn.StoreUnavailableException if the database cannot be reached
   */
  Subscription subscribe();

  /** Listens on one connection. Used by one thread. */
  interface Subscription extends AutoCloseable {
    /**
     * Waits for notifications and hands them on. Returns after at most {@code timeoutMillis}.
     *
     * @return whether there were any
     * @throws dev.cairn.StoreUnavailableException if the connection broke
     */
    boolean poll(int timeoutMillis, Listener listener);

    /**
     * Asks the database for a sign on this connection.
     *
     * @throws dev.cairn.StoreUnavailableException if none comes within some seconds
     */
    void ping();

    /** Breaks the connection off, from any thread. */
    void abort();

    @Override
    void close();
  }

  /** Receives what was heard. Payloads are as River writes them; unknown ones are not passed on. */
  interface Listener {
    /** Jobs were inserted into a queue. */
    default void inserted(String queue) {}

    /** Somebody wants a running job to stop: to be cancelled, interrupted or paused. */
    default void interruptRequested(long jobId, InterruptionReason reason) {}

    /** A queue, or all of them if it is {@code *}, is worked no more. */
    default void queuePaused(String queue) {}

    /** A queue, or all of them if it is {@code *}, is worked again. */
    default void queueResumed(String queue) {}

    /** The leader has stepped down, so another may be elected at once. */
    default void leaderResigned() {}

    /** Somebody asks the leader to step down. */
    default void resignRequested() {}
  }
}
