package dev.cairn.internal.store;

import dev.cairn.InterruptionReason;

/** Notifications between clients through the database. */
public interface Notifications {
  /**
   * Starts to listen, on a connection held until the subscription is closed.
   *
   * @throws dev.cairn.StoreUnavailableException if the database cannot be reached
   */
  Subscription subscribe();

  /** Listens on one connection. Used by one thread. */
  interface Subscription extends AutoCloseable {
    /**
     * Waits for notifications and passes them on. Returns after at most {@code timeoutMillis}.
     *
     * @return whether there were any
     * @throws dev.cairn.StoreUnavailableException if the connection broke
     */
    boolean poll(int timeoutMillis, Listener listener);

    /**
     * Pings the database on this connection.
     *
     * @throws dev.cairn.StoreUnavailableException if there is no answer within some seconds
     */
    void ping();

    /** Aborts the connection, from any thread. */
    void abort();

    @Override
    void close();
  }

  /** Receives notifications. Payloads are as River writes them; unknown ones are ignored. */
  interface Listener {
    /** Jobs were inserted into a queue. */
    default void inserted(String queue) {}

    /** A running job is requested to stop: to be cancelled, interrupted or paused. */
    default void interruptRequested(long jobId, InterruptionReason reason) {}

    /** A queue, or all if it is {@code *}, was paused. */
    default void queuePaused(String queue) {}

    /** A queue, or all if it is {@code *}, was resumed. */
    default void queueResumed(String queue) {}

    /** The leader has stepped down, so another may be elected at once. */
    default void leaderResigned() {}

    /** The leader is asked to step down. */
    default void resignRequested() {}
  }
}
